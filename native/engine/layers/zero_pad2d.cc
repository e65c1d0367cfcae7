#include <algorithm>

#include "table.h"

namespace secateur::engine {

namespace {

// Zeros around an image.
class ZeroPad2d final : public ChannelwiseLayer {
 public:
  ZeroPad2d(Shape input, std::size_t top, std::size_t left)
      : input_(std::move(input)), top_(top), left_(left) {}

  std::optional<Carried> carry(std::span<const std::optional<Narrow>> inputs) const override {
    const auto in = channels_of(inputs, input_);
    if (!in) return std::nullopt;
    return Carried{{size / shape.back(), shape.back(), in->start, in->step, in->width}, {*in}};
  }

  void forward_slice(const Slice& slice) const override {
    const std::size_t width = slice.out_shape.width;
    const std::size_t row = input_[1] * width;
    const float* from = slice.inputs[0];
    std::fill_n(slice.out, slice.count * slice.out_shape.size(), 0.0F);
    for (std::size_t s = 0; s < slice.count; ++s) {
      float* image = slice.out + s * slice.out_shape.size();
      for (std::size_t y = 0; y < input_[0]; ++y, from += row) {
        std::copy_n(from, row, image + ((y + top_) * shape[1] + left_) * width);
      }
    }
  }

  std::size_t hand_back(const BackwardRule&, const HandBack& step, Worker&) const override {
    const std::size_t row = input_[1] * input_[2];
    float* to = step.to[0];
    for (std::size_t s = 0; s < step.count; ++s) {
      for (std::size_t y = 0; y < input_[0]; ++y, to += row) {
        const std::size_t pixel = (y + top_) * shape[1] + left_;
        std::copy_n(step.signal + s * size + pixel * input_[2], row, to);
      }
    }
    return 0;
  }

 private:
  Shape input_;
  std::size_t top_;
  std::size_t left_;
};

}  // namespace

std::unique_ptr<Layer> make_zero_pad2d(SpecReader& spec) {
  if (!spec.expect_counts(1, 4, 0, 0) || !spec.expect_image() || !spec.expect_at_least(0, 4, 0))
    return nullptr;
  const Shape& in = spec.input();
  const Shape out{in[0] + spec.natural(0) + spec.natural(1),
                  in[1] + spec.natural(2) + spec.natural(3), in[2]};
  if (!spec.expect_shape(out)) return nullptr;
  return std::make_unique<ZeroPad2d>(in, spec.natural(0), spec.natural(2));
}

}  // namespace secateur::engine
