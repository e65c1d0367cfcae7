#include <cmath>

#include "kernels.h"
#include "table.h"

namespace secateur::engine {

namespace {

// gamma (x - mean) / sqrt(variance + epsilon) + beta over the last axis, as one scale and shift a
// channel.
class BatchNorm final : public ChannelwiseLayer {
 public:
  BatchNorm(Shape input, std::vector<float> scale, std::vector<float> shift)
      : input_(std::move(input)), scale_(std::move(scale)), shift_(std::move(shift)) {}

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

 private:
  Shape input_;
  std::vector<float> scale_;
  std::vector<float> shift_;
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
  for (std::size_t c = 0; c < channels; ++c) {
    const double exact = scale[c] / std::sqrt(spec.weights(3)[c] + spec.number(0));
    scale[c] = static_cast<float>(exact);
    shift[c] = static_cast<float>(shift[c] - spec.weights(2)[c] * exact);
  }
  return std::make_unique<BatchNorm>(spec.input(), std::move(scale), std::move(shift));
}

}  // namespace secateur::engine
