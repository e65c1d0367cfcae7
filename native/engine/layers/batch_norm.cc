#include <algorithm>
#include <cmath>

#include "backward/parts.h"
#include "kernels.h"
#include "table.h"

namespace secateur::engine {

namespace {

// gamma (x - mean) / sqrt(variance + epsilon) + beta over the last axis, as one scale and shift a
// channel.
class BatchNorm final : public ChannelwiseLayer {
 public:
  // `mean` and `steepness`, 1 / sqrt(variance + epsilon), are what the gradient of gamma takes.
  BatchNorm(Shape input, std::vector<float> scale, std::vector<float> shift,
            std::vector<float> mean = {}, std::vector<float> steepness = {})
      : input_(std::move(input)),
        scale_(std::move(scale)),
        shift_(std::move(shift)),
        mean_(std::move(mean)),
        steepness_(std::move(steepness)) {}

  std::size_t weight_bytes() const override { return 2 * scale_.size() * sizeof(float); }
  bool in_place() const override { return true; }

  std::optional<Carried> carry(std::span<const std::optional<Narrow>> inputs) const override {
    const auto in = channels_of(inputs, input_);
    return in ? std::optional(Carried{*in, {*in}}) : std::nullopt;
  }

  bool join(Tail& tail) const override { return tail.scale(scale_.data(), shift_.data()); }

  void forward_slice(const Slice& slice) const override {
    kernels::kernels().affine(slice.inputs[0], scale_.data() + slice.first,
                              shift_.data() + slice.first, slice.count * slice.out_shape.positions,
                              slice.out_shape.width, slice.out);
  }

  // Diagonal weights.
  bool has_weights() const override { return true; }
  std::unique_ptr<Layer> with_parts(const WeightPart& weights,
                                    const std::optional<WeightPart>& bias) const override {
    return shaped(
        std::make_unique<BatchNorm>(input_, part_of(weights, scale_), part_of(bias, shift_)),
        input_);
  }
  std::unique_ptr<Layer> transposed() const override { return with_parts({}, std::nullopt); }

  std::vector<std::size_t> gradient_sizes() const override {
    return {scale_.size(), scale_.size()};
  }
  std::size_t back_scratch() const override { return 2 * scale_.size(); }

  void add_gradients(const GradientStep& step, Worker& worker) const override {
    const std::size_t channels = scale_.size();
    float* gamma = worker.scratch(back_scratch());
    float* beta = gamma + channels;
    const float* x = step.input;
    const float* signal = step.signal;
    for (std::size_t s = 0; s < step.count; ++s) {
      std::fill_n(gamma, 2 * channels, 0.0F);
      for (std::size_t p = 0; p < size / channels; ++p, x += channels, signal += channels) {
        for (std::size_t c = 0; c < channels; ++c) {
          gamma[c] += signal[c] * ((x[c] - mean_[c]) * steepness_[c]);
          beta[c] += signal[c];
        }
      }
      add_sample_gradient(step, 0, gamma, channels);
      add_sample_gradient(step, 1, beta, channels);
    }
  }

 private:
  Shape input_;
  std::vector<float> scale_;
  std::vector<float> shift_;
  std::vector<float> mean_;
  std::vector<float> steepness_;
};

}  // namespace

std::unique_ptr<Layer> make_batch_norm(SpecReader& spec) {
  if (!spec.expect_counts(1, 0, 1, 4) || !spec.expect_shape(spec.input())) return nullptr;
  const std::size_t channels = spec.input().back();
  if (!spec.expect_weights(0, channels, true) || !spec.expect_weights(1, channels, true) ||
      !spec.expect_weights(2, channels) || !spec.expect_weights(3, channels)) {
    return nullptr;
  }
  std::vector<float> scale = spec.weights(0, channels, 1);
  std::vector<float> shift = spec.weights(1, channels, 0);
  std::vector<float> steepness(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const double root = std::sqrt(spec.weights(3)[c] + spec.number(0));
    const double exact = scale[c] / root;
    steepness[c] = static_cast<float>(1 / root);
    scale[c] = static_cast<float>(exact);
    shift[c] = static_cast<float>(shift[c] - spec.weights(2)[c] * exact);
  }
  return std::make_unique<BatchNorm>(spec.input(), std::move(scale), std::move(shift),
                                     spec.weights(2, channels, 0), std::move(steepness));
}

}  // namespace secateur::engine
