#include <algorithm>

#include "backward/average_back.h"
#include "kernels.h"
#include "table.h"

namespace secateur::engine {

namespace {

// A number for the window of every channel.
class Pool2d : public ChannelwiseLayer {
 public:
  Pool2d(const kernels::Window& window, Shape input) : window_(window), input_(std::move(input)) {}

  double macs() const override {
    return static_cast<double>(size) * static_cast<double>(window_.height * window_.width);
  }

  std::optional<Carried> carry(std::span<const std::optional<Narrow>> inputs) const override {
    const auto in = channels_of(inputs, input_);
    if (!in) return std::nullopt;
    return Carried{{size / shape.back(), shape.back(), in->start, in->step, in->width}, {*in}};
  }

  void forward_slice(const Slice& slice) const override {
    const std::size_t channels = slice.out_shape.width;
    const std::size_t in_size = input_[0] * input_[1] * channels;
    for (std::size_t s = 0; s < slice.count; ++s) {
      pool(slice.inputs[0] + s * in_size, channels, slice.out + s * slice.out_shape.size());
    }
  }

 protected:
  virtual void pool(const float* image, std::size_t channels, float* out) const = 0;

  std::size_t input_size() const { return input_[0] * input_[1] * input_[2]; }

  kernels::Window window_;
  Shape input_;
};

class MaxPool2d final : public Pool2d {
 public:
  using Pool2d::Pool2d;

  bool join(Tail& tail) const override {
    const kernels::Window& w = window_;
    const bool squares = w.height == 2 && w.width == 2 && w.stride_y == 2 && w.stride_x == 2 &&
                         w.dilation_y == 1 && w.dilation_x == 1 && w.top == 0 && w.left == 0 &&
                         2 * w.out_height <= w.in_height && 2 * w.out_width <= w.in_width;
    return squares && tail.pool();
  }

  bool takes_one() const override { return true; }

  // The winner under a window takes all, whatever the rule.
  std::size_t hand_back(const BackwardRule&, const HandBack& step, Worker&) const override {
    if (step.winners != nullptr) return hand_back_squares(step);
    std::fill_n(step.to[0], step.count * input_size(), 0.0F);
    for (std::size_t s = 0; s < step.count; ++s) {
      kernels::kernels().max_pool_back(
          window_, {step.inputs[0] + s * input_size(), step.output + s * size,
                    step.signal + s * size, input_[2], step.to[0] + s * input_size()});
    }
    return 0;
  }

 protected:
  void pool(const float* image, std::size_t channels, float* out) const override {
    kernels::kernels().max_pool(window_, image, channels, out);
  }

 private:
  std::size_t hand_back_squares(const HandBack& step) const {
    for (std::size_t s = 0; s < step.count; ++s) {
      kernels::kernels().squares_back({input_[0], input_[1], input_[2], step.winners + s * size,
                                       step.signal + s * size, step.to[0] + s * input_size()});
    }
    return 0;
  }
};

class AveragePool2d final : public Pool2d {
 public:
  AveragePool2d(const kernels::Window& window, Shape input, bool include_padding)
      : Pool2d(window, std::move(input)), include_padding_(include_padding) {}

  std::size_t hand_back(const BackwardRule& rule, const HandBack& step,
                        Worker& worker) const override {
    const auto forward = [&](const float* image, float* averages) {
      pool(image, input_[2], averages);
    };
    const auto spread = [&](const float* signal, float* image) {
      kernels::kernels().average_pool_back(window_, include_padding_, signal, input_[2], image);
    };
    return hand_back_average({input_size(), size, forward, spread}, rule, step, worker);
  }
  std::size_t back_scratch() const override { return average_back_scratch(input_size(), size); }

 protected:
  void pool(const float* image, std::size_t channels, float* out) const override {
    kernels::kernels().average_pool(window_, include_padding_, image, channels, out);
  }

 private:
  bool include_padding_;
};

// The window that `spec` describes if the layer's shape is what it leaves of the input.
std::optional<kernels::Window> pool_window(SpecReader& spec) {
  const auto window = spec.window();
  if (!window) return std::nullopt;
  const Shape out{static_cast<std::size_t>(window->out_height),
                  static_cast<std::size_t>(window->out_width), spec.input()[2]};
  return spec.expect_shape(out) ? window : std::nullopt;
}

}  // namespace

std::unique_ptr<Layer> make_max_pool2d(SpecReader& spec) {
  if (!spec.expect_counts(1, 10, 0, 0)) return nullptr;
  const auto window = pool_window(spec);
  return window ? std::make_unique<MaxPool2d>(*window, spec.input()) : nullptr;
}

std::unique_ptr<Layer> make_avg_pool2d(SpecReader& spec) {
  if (!spec.expect_counts(1, 11, 0, 0)) return nullptr;
  const auto window = pool_window(spec);
  if (!window) return nullptr;
  return std::make_unique<AveragePool2d>(*window, spec.input(), spec.integer(10) != 0);
}

}  // namespace secateur::engine
