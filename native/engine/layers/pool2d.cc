#include <type_traits>
#include <utility>

#include "kernels.h"
#include "table.h"

namespace secateur::engine {

namespace {

// What a window leaves of every channel; Pool is called as pool(window, in, channels, out).
template <class Pool>
class Pool2d final : public ChannelwiseLayer {
 public:
  Pool2d(const kernels::Window& window, Shape input, Pool pool)
      : window_(window), input_(std::move(input)), pool_(pool) {}

  double macs() const override {
    return static_cast<double>(size) * static_cast<double>(window_.height * window_.width);
  }

  std::optional<Carried> carry(std::span<const std::optional<Narrow>> inputs) const override {
    const auto in = channels_of(inputs, input_);
    if (!in) return std::nullopt;
    return Carried{{size / shape.back(), shape.back(), in->start, in->step, in->width}, {*in}};
  }

  bool join(Tail& tail) const override {
    const kernels::Window& w = window_;
    const bool squares = w.height == 2 && w.width == 2 && w.stride_y == 2 && w.stride_x == 2 &&
                         w.dilation_y == 1 && w.dilation_x == 1 && w.top == 0 && w.left == 0 &&
                         2 * w.out_height <= w.in_height && 2 * w.out_width <= w.in_width;
    return std::is_same_v<Pool, kernels::MaxPool> && squares && tail.pool();
  }

  void forward_slice(const Slice& slice) const override {
    const std::size_t channels = slice.out_shape.width;
    const std::size_t in_size = input_[0] * input_[1] * channels;
    for (std::size_t s = 0; s < slice.count; ++s) {
      pool_(window_, slice.inputs[0] + s * in_size, channels,
            slice.out + s * slice.out_shape.size());
    }
  }

 private:
  kernels::Window window_;
  Shape input_;
  Pool pool_;
};

template <class Pool>
std::unique_ptr<Layer> make_pool(SpecReader& spec, const kernels::Window& window, Pool pool) {
  const Shape out{static_cast<std::size_t>(window.out_height),
                  static_cast<std::size_t>(window.out_width), spec.input()[2]};
  if (!spec.expect_shape(out)) return nullptr;
  return std::make_unique<Pool2d<Pool>>(window, spec.input(), pool);
}

}  // namespace

std::unique_ptr<Layer> make_max_pool2d(SpecReader& spec) {
  if (!spec.expect_counts(1, 10, 0, 0)) return nullptr;
  const auto window = spec.window();
  if (!window) return nullptr;
  return make_pool(spec, *window, kernels::kernels().max_pool);
}

std::unique_ptr<Layer> make_avg_pool2d(SpecReader& spec) {
  if (!spec.expect_counts(1, 11, 0, 0)) return nullptr;
  const auto window = spec.window();
  if (!window) return nullptr;
  const bool include_padding = spec.integer(10) != 0;
  return make_pool(spec, *window,
                   [include_padding](const kernels::Window& w, const float* in,
                                     std::size_t channels, float* out) {
                     kernels::kernels().average_pool(w, include_padding, in, channels, out);
                   });
}

}  // namespace secateur::engine
