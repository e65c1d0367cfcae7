#include <algorithm>

#include "backward/parts.h"
#include "backward/weighted_squares.h"
#include "kernels.h"
#include "table.h"

namespace secateur::engine {

namespace {

// y w^T of a depthwise convolution.
class DepthwiseBack final : public Layer {
 public:
  DepthwiseBack(const kernels::Window& window, std::size_t multiplier, std::vector<float> kernel)
      : window_(window),
        multiplier_(multiplier),
        kernel_(std::move(kernel)),
        width_(kernel_.size() / static_cast<std::size_t>(window.height * window.width)) {}

  void forward(std::span<const RowList> inputs, std::size_t count, float* out,
               Worker& worker) const override {
    const kernels::DepthwiseWeights weights{kernel_.data(), nullptr, width_, multiplier_};
    std::fill_n(out, count * size, 0.0F);
    for (std::size_t r = 0; r < count && !worker.stopped(); ++r) {
      kernels::kernels().depthwise_back(window_, weights, inputs[0][r], width_ / multiplier_,
                                        out + r * size);
    }
  }
  std::size_t weight_bytes() const override { return kernel_.size() * sizeof(float); }

 private:
  kernels::Window window_;
  std::size_t multiplier_;
  std::vector<float> kernel_;
  std::size_t width_;
};

// Output channel c * multiplier + m sees input channel c alone.
class DepthwiseConv2d final : public ChannelwiseLayer {
 public:
  DepthwiseConv2d(const kernels::Window& window, Shape input, std::size_t multiplier,
                  std::vector<float> kernel, std::vector<float> bias)
      : window_(window),
        input_(std::move(input)),
        multiplier_(multiplier),
        kernel_(std::move(kernel)),
        bias_(std::move(bias)) {}

  double macs() const override {
    return static_cast<double>(size) * static_cast<double>(window_.height * window_.width);
  }
  std::size_t weight_bytes() const override { return kernel_.size() * sizeof(float); }

  std::optional<Carried> carry(std::span<const std::optional<Narrow>> inputs) const override {
    const auto in = channels_of(inputs, input_);
    if (!in) return std::nullopt;
    const Narrow out{size / shape.back(), shape.back(), in->start * multiplier_,
                     in->step * multiplier_, in->width * multiplier_};
    return Carried{out, {*in}};
  }

  void forward_slice(const Slice& slice) const override {
    const std::size_t channels = slice.out_shape.width / multiplier_;
    const std::size_t in_size = input_[0] * input_[1] * channels;
    for (std::size_t s = 0; s < slice.count; ++s) {
      kernels::kernels().depthwise({.window = &window_,
                                    .weights = weights(slice.first),
                                    .in = slice.inputs[0] + s * in_size,
                                    .channels = channels,
                                    .out = slice.out + s * slice.out_shape.size()});
    }
  }

  bool can_forward(const Tail& tail) const override { return !tail.pools(); }

  void forward_tailed(const TailedPass& pass, Worker&) const override {
    for (std::size_t r = 0; r < pass.count; ++r) {
      kernels::kernels().depthwise({.window = &window_,
                                    .weights = weights(0),
                                    .in = pass.rows[r],
                                    .channels = input_[2],
                                    .out = pass.out + r * size,
                                    .tail = pass.tail.numbers(),
                                    .other = pass.tail.adds() ? pass.others[r] : nullptr});
    }
  }

  bool has_weights() const override { return true; }
  std::unique_ptr<Layer> with_parts(const WeightPart& weights,
                                    const std::optional<WeightPart>& bias) const override {
    return shaped(
        std::make_unique<DepthwiseConv2d>(window_, input_, multiplier_, part_of(weights, kernel_),
                                          part_of(bias, bias_)),
        shape);
  }
  std::unique_ptr<Layer> transposed() const override {
    return shaped(std::make_unique<DepthwiseBack>(window_, multiplier_, kernel_), input_);
  }

  std::vector<std::size_t> gradient_sizes() const override {
    return {kernel_.size(), bias_.size()};
  }
  std::size_t back_scratch() const override { return kernel_.size(); }

  std::unique_ptr<WeightedSquares> weighted_squares() const override {
    return std::make_unique<Squares>(*this);
  }

  void add_gradients(const GradientStep& step, Worker& worker) const override {
    each_gradient(step.input, step.signal, step.count, worker, [&](const float* gradient) {
      add_sample_gradient(step, 0, gradient, kernel_.size());
    });
    constexpr float kOne = 1;
    const std::size_t channels = shape.back();
    kernels::kernels().add_outer({step.count, size / channels, &kOne, 0, 1, step.signal, channels,
                                  channels, step.sums[1], step.squares[1], channels});
  }

 private:
  // Calls body(gradient of the kernel) for every sample.
  template <class Body>
  void each_gradient(const float* inputs, const float* signals, std::size_t count, Worker& worker,
                     Body body) const {
    const std::size_t in_size = input_[0] * input_[1] * input_[2];
    float* gradient = worker.scratch(kernel_.size());
    for (std::size_t s = 0; s < count; ++s) {
      std::fill_n(gradient, kernel_.size(), 0.0F);
      kernels::kernels().depthwise_gradient(window_, inputs + s * in_size, signals + s * size,
                                            input_[2], multiplier_, gradient);
      body(gradient);
    }
  }

  // Of a layer that outlives it.
  class Squares final : public WeightedSquares {
   public:
    explicit Squares(const DepthwiseConv2d& layer) : layer_(layer) {}

    void add(const float* inputs, const float* signals, std::size_t count, double* sums,
             Worker& worker) const override {
      layer_.each_gradient(inputs, signals, count, worker, [&](const float* gradient) {
        for (std::size_t i = 0; i < layer_.kernel_.size(); ++i) {
          const auto product =
              static_cast<double>(gradient[i]) * static_cast<double>(layer_.kernel_[i]);
          sums[i % layer_.bias_.size()] += product * product;
        }
      });
    }

    std::size_t scratch() const override { return layer_.kernel_.size(); }
    std::size_t weight_bytes() const override { return 0; }

   private:
    const DepthwiseConv2d& layer_;
  };

  kernels::DepthwiseWeights weights(std::size_t first) const {
    return {kernel_.data() + first, bias_.data() + first, shape.back(), multiplier_};
  }

  kernels::Window window_;
  Shape input_;
  std::size_t multiplier_;
  std::vector<float> kernel_;
  std::vector<float> bias_;
};

}  // namespace

std::unique_ptr<Layer> make_depthwise_conv2d(SpecReader& spec) {
  if (!spec.expect_counts(1, 11, 0, 2)) return nullptr;
  const auto window = spec.window();
  if (!window || !spec.expect_at_least(10, 1, 1)) return nullptr;
  const std::size_t multiplier = spec.natural(10);
  const std::array lengths{spec.natural(0), spec.natural(1), spec.input()[2], multiplier};
  const auto count = product(lengths);
  if (!count) {
    spec.fail("more weights than the engine can hold");
    return nullptr;
  }
  const std::size_t channels = spec.input()[2] * multiplier;
  const Shape out{static_cast<std::size_t>(window->out_height),
                  static_cast<std::size_t>(window->out_width), channels};
  if (!spec.expect_shape(out) || !spec.expect_weights(0, *count) ||
      !spec.expect_weights(1, channels, true)) {
    return nullptr;
  }
  return std::make_unique<DepthwiseConv2d>(
      *window, spec.input(), multiplier, spec.weights(0, *count, 0), spec.weights(1, channels, 0));
}

}  // namespace secateur::engine
