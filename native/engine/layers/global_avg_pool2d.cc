#include "backward/average_back.h"
#include "kernels.h"
#include "table.h"

namespace secateur::engine {

namespace {

// The mean of each channel over all positions.
class GlobalAvgPool2d final : public ChannelwiseLayer {
 public:
  explicit GlobalAvgPool2d(Shape input) : input_(std::move(input)) {}

  double macs() const override {
    return static_cast<double>(size) * static_cast<double>(positions());
  }

  std::optional<Carried> carry(std::span<const std::optional<Narrow>> inputs) const override {
    const auto in = channels_of(inputs, input_);
    if (!in) return std::nullopt;
    return Carried{{1, shape.back(), in->start, in->step, in->width}, {*in}};
  }

  void forward_slice(const Slice& slice) const override {
    const std::size_t channels = slice.out_shape.width;
    for (std::size_t s = 0; s < slice.count; ++s) {
      kernels::kernels().global_average(slice.inputs[0] + s * positions() * channels, positions(),
                                        channels, slice.out + s * channels);
    }
  }

  std::size_t hand_back(const BackwardRule& rule, const HandBack& step,
                        Worker& worker) const override {
    const std::size_t channels = input_[2];
    const auto count = static_cast<float>(positions());
    const auto forward = [&](const float* image, float* averages) {
      kernels::kernels().global_average(image, positions(), channels, averages);
    };
    const auto spread = [&](const float* signal, float* image) {
      for (std::size_t i = 0; i < positions() * channels; ++i)
        image[i] = signal[i % channels] / count;
    };
    return hand_back_average({positions() * channels, channels, forward, spread}, rule, step,
                             worker);
  }
  std::size_t back_scratch() const override {
    return average_back_scratch(positions() * input_[2], input_[2]);
  }

 private:
  std::size_t positions() const { return input_[0] * input_[1]; }

  Shape input_;
};

}  // namespace

std::unique_ptr<Layer> make_global_avg_pool2d(SpecReader& spec) {
  if (!spec.expect_counts(1, 0, 0, 0) || !spec.expect_image()) return nullptr;
  const std::size_t channels = spec.input()[2];
  if (spec.shape() != Shape{1, 1, channels} && !spec.expect_shape({channels})) return nullptr;
  return std::make_unique<GlobalAvgPool2d>(spec.input());
}

}  // namespace secateur::engine
