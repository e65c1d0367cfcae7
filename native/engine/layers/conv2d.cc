#include <algorithm>

#include "backward/conv2d_back.h"
#include "backward/conv2d_gradients.h"
#include "backward/parts.h"
#include "convolution.h"
#include "direct_conv2d.h"
#include "fast_conv2d.h"
#include "matmul.h"
#include "patches.h"
#include "table.h"

namespace secateur::engine {

namespace {

// Cross-correlation; input channels and filters in `groups` blocks that do not see each other.
class Conv2d final : public Layer {
 public:
  Conv2d(const Convolution& of, std::span<const float> kernel, std::vector<float> bias)
      : Conv2d(of.window, of.channels, of.filters, of.groups, kernel, std::move(bias)) {}

  Conv2d(const kernels::Window& window, std::size_t channels, std::size_t filters,
         std::size_t groups, std::span<const float> kernel, std::vector<float> bias)
      : window_(window),
        padded_height_(
            span_of(window.out_height, window.stride_y, window.height, window.dilation_y)),
        padded_width_(span_of(window.out_width, window.stride_x, window.width, window.dilation_x)),
        positions_(static_cast<std::size_t>(window.out_height * window.out_width)),
        taps_(static_cast<std::size_t>(window.height * window.width)),
        channels_(channels),
        channels_in_group_(channels / groups),
        filters_(filters),
        filters_in_group_(filters / groups),
        weight_rows_(all_rows(taps_ * channels_in_group_)),
        bias_(std::move(bias)),
        kernel_(kernel.begin(), kernel.end()) {
    for (std::ptrdiff_t tap = 0; tap < window.height * window.width; ++tap) {
      tap_offsets_.push_back(static_cast<std::uint32_t>(
          tap / window.width * window.dilation_y * static_cast<std::ptrdiff_t>(padded_width_) +
          tap % window.width * window.dilation_x));
    }
    for (std::size_t group = 0; group < groups; ++group) {
      weights_.push_back(kernels::pack(kernel.data() + group * filters_in_group_,
                                       taps_ * channels_in_group_, filters_in_group_, filters_,
                                       kernels::kernels().panel));
    }
  }

  void forward(std::span<const RowList> inputs, std::size_t count, float* out,
               Worker& worker) const override {
    forward_tailed({inputs[0], count, Tail(), nullptr, out}, worker);
  }

  void expect_tail(const Tail& tail) override {
    if (weights_.size() > 1) return;
    if (const auto choice = FastConv2d::choose(window_, channels_, filters_, tail.pools())) {
      fast_.emplace(*choice, window_, channels_, filters_, kernel_);
    } else if (DirectConv2d::fits(window_, channels_, filters_)) {
      direct_.emplace(window_, channels_, filters_);
    }
    kernel_ = {};
  }

  bool can_forward(const Tail& tail) const override {
    const bool pools = direct_ || (fast_ && fast_->can_pool());
    return weights_.size() == 1 && (!tail.pools() || (pools && !tail.adds()));
  }

  void forward_tailed(const TailedPass& pass, Worker& worker) const override {
    if (fast_) return fast_->forward(pass, bias_.data(), worker);
    if (direct_) return direct_->forward(pass, weights_[0], bias_.data(), worker);
    const RowList images = pass.rows;
    for (std::size_t group = 0; group < weights_.size(); ++group) {
      const Patches patches{window_, channels_in_group_, channels_, group * channels_in_group_};
      const float* bias = bias_.data() + group * filters_in_group_;
      multiply(
          weights_[group], weight_rows_, pass.count * positions_,
          [&](std::size_t row, std::size_t k, std::size_t n, float* to) {
            patches.gather(images[row / positions_], row % positions_, k, n, to);
          },
          [bias](std::size_t) { return bias; },
          [&](std::size_t row) { return pass.out + row * filters_ + group * filters_in_group_; },
          [&](std::size_t first, std::size_t rows, float* const* values) {
            finish(pass.tail, pass.others, first, rows, values);
          },
          worker);
    }
  }

  double macs() const override {
    return fast_ ? fast_->macs()
                 : static_cast<double>(size) * static_cast<double>(taps_ * channels_in_group_);
  }
  std::size_t weight_bytes() const override {
    return weights_.size() * weights_[0].data.size() * sizeof(float) +
           (fast_ ? fast_->weight_bytes() : 0);
  }
  std::size_t scratch() const override {
    return std::max({fast_ ? fast_->scratch() : 0, direct_ ? direct_->scratch() : 0,
                     slides() ? padded_height_ * padded_width_ + pooled_rows() : 0});
  }

  // The changed channels must lie in one group, whichever the node.
  bool can_update(const Narrow& input) const override {
    const auto aligned = [&](std::size_t number) { return number % input.width == 0; };
    return input.channels == channels_ && input.positions * channels_ == input_size() &&
           aligned(input.start) && aligned(input.step) && aligned(channels_in_group_);
  }

  bool can_update(const Narrow& input, const Tail& tail) const override {
    if (tail.empty() || weights_.size() > 1) return tail.empty() && can_update(input);
    return can_update(input) && input.size() > 1 &&
           (!tail.pools() || (slides(input) && !tail.adds()));
  }

  // The changed channels are images of their own, convolved with their rows of the kernel.
  void update(const Update& u, Worker& worker) const override {
    const std::size_t group = u.first / channels_in_group_;
    const std::size_t channel = u.first % channels_in_group_;
    const std::size_t width = u.narrow.width;
    worker.weight_rows.resize(taps_ * width);
    for (std::size_t j = 0; j < worker.weight_rows.size(); ++j) {
      worker.weight_rows[j] =
          static_cast<std::uint32_t>(j / width * channels_in_group_ + channel + j % width);
    }
    if (weights_.size() > 1) {
      for (std::size_t r = 0; r < u.count; ++r) std::copy_n(u.base[r], size, u.out[r]);
    }
    const std::size_t filter = group * filters_in_group_;
    if (slides(u.narrow)) return update_one(u, weights_[group], filter, worker);
    const Patches patches{window_, width, width, 0};
    multiply(
        weights_[group], worker.weight_rows, u.count * positions_,
        [&](std::size_t row, std::size_t k, std::size_t n, float* to) {
          patches.gather(u.deltas + row / positions_ * u.narrow.size(), row % positions_, k, n, to);
        },
        [&](std::size_t row) {
          return u.base[row / positions_] + row % positions_ * filters_ + filter;
        },
        [&](std::size_t row) {
          return u.out[row / positions_] + row % positions_ * filters_ + filter;
        },
        [&](std::size_t first, std::size_t rows, float* const* values) {
          if (u.tail != nullptr) finish(*u.tail, u.others, first, rows, values);
        },
        worker);
  }

  bool has_weights() const override { return true; }
  std::unique_ptr<Layer> with_parts(const WeightPart& weights,
                                    const std::optional<WeightPart>& bias) const override {
    return make_convolution(convolution(), part_of(weights, kernel()), part_of(bias, bias_));
  }
  std::unique_ptr<Layer> transposed() const override {
    return transpose_convolution(convolution(), kernel());
  }
  std::vector<std::size_t> gradient_sizes() const override {
    return {taps_ * channels_in_group_ * filters_, filters_};
  }
  void add_gradients(const GradientStep& step, Worker& worker) const override {
    ConvolutionGradients(convolution()).add(step, worker);
  }
  void order_gradients(std::size_t weight, std::vector<double>& sums) const override {
    if (weight == 0) ConvolutionGradients(convolution()).order(sums);
  }
  std::unique_ptr<WeightedSquares> weighted_squares() const override {
    return ConvolutionGradients(convolution()).squares(kernel());
  }
  std::size_t back_scratch() const override {
    return ConvolutionGradients(convolution()).scratch();
  }

 private:
  Convolution convolution() const { return {window_, channels_, filters_, weights_.size()}; }

  // As LayerSpec has it: [taps, channels of a group, filters].
  std::vector<float> kernel() const {
    std::vector<float> kernel(weight_rows_.size() * filters_);
    for (std::size_t group = 0; group < weights_.size(); ++group) {
      const std::vector<float> part = kernels::unpack(weights_[group]);
      for (std::size_t k = 0; k < weight_rows_.size(); ++k) {
        std::copy_n(part.data() + k * filters_in_group_, filters_in_group_,
                    kernel.data() + k * filters_ + group * filters_in_group_);
      }
    }
    return kernel;
  }

  // Whether it is one channel, neighbours see neighbours, and padding is not most of what they see.
  bool slides(const Narrow& input) const { return input.width == 1 && slides(); }
  bool slides() const {
    return window_.stride_x == 1 && padded_height_ * padded_width_ <= input_size() + size;
  }

  // The tail of outputs [first, first + rows), counted over all positions of all images.
  void finish(const Tail& tail, RowList others, std::size_t first, std::size_t rows,
              float* const* values) const {
    if (tail.empty()) return;
    std::array<const float*, kernels::kTileRows> added;
    for (std::size_t r = 0; tail.adds() && r < rows; ++r) {
      const std::size_t row = first + r;
      added[r] = others[row / positions_] + row % positions_ * filters_;
    }
    kernels::kernels().finish_rows(tail.numbers(), rows, filters_,
                                   tail.adds() ? added.data() : nullptr, values);
  }

  // update() of one channel, whose weight rows the worker has.
  void update_one(const Update& u, const kernels::PackedMatrix& weights, std::size_t filter,
                  Worker& worker) const {
    const std::size_t padded = padded_height_ * padded_width_;
    float* const scratch = worker.scratch(padded + pooled_rows());
    const std::span image(scratch, padded);
    const Tail none;
    const Tail& tail = u.tail == nullptr ? none : *u.tail;
    for (std::size_t r = 0; r < u.count && !worker.stopped(); ++r) {
      pad(u.deltas + r * u.narrow.size(), image);
      kernels::kernels().delta_conv(
          {.image = image.data(),
           .step = static_cast<std::size_t>(window_.stride_y) * padded_width_,
           .offsets = tap_offsets_,
           .weight_rows = worker.weight_rows,
           .weights = &weights,
           .height = static_cast<std::size_t>(window_.out_height),
           .width = static_cast<std::size_t>(window_.out_width),
           .pixel = filters_,
           .base = u.base[r] + filter,
           .out = u.out[r] + filter,
           .tail = tail.numbers(),
           .other = tail.adds() ? u.others[r] : nullptr,
           .pools = tail.pools(),
           .scratch = scratch + padded});
    }
  }

  // One channel with as much of its padding as windows see.
  void pad(const float* channel, std::span<float> padded) const {
    std::ranges::fill(padded, 0.0F);
    const auto height = static_cast<std::ptrdiff_t>(padded_height_) - window_.top;
    const auto width = static_cast<std::ptrdiff_t>(padded_width_) - window_.left;
    const auto columns = std::min(width, window_.in_width);
    for (std::ptrdiff_t y = 0; y < std::min(height, window_.in_height) && columns > 0; ++y) {
      std::copy_n(channel + y * window_.in_width, columns,
                  padded.data() + (y + window_.top) * static_cast<std::ptrdiff_t>(padded_width_) +
                      window_.left);
    }
  }

  // Numbers of two rows of outputs.
  std::size_t pooled_rows() const {
    return 2 * static_cast<std::size_t>(window_.out_width) * filters_;
  }

  std::size_t input_size() const {
    return static_cast<std::size_t>(window_.in_height * window_.in_width) * channels_;
  }

  // How many numbers windows see along an axis.
  static std::size_t span_of(std::ptrdiff_t outputs, std::ptrdiff_t stride, std::ptrdiff_t taps,
                             std::ptrdiff_t dilation) {
    return static_cast<std::size_t>((outputs - 1) * stride + (taps - 1) * dilation + 1);
  }

  kernels::Window window_;
  std::size_t padded_height_;
  std::size_t padded_width_;
  std::size_t positions_;
  std::size_t taps_;
  std::size_t channels_;
  std::size_t channels_in_group_;
  std::size_t filters_;
  std::size_t filters_in_group_;
  std::vector<std::uint32_t> weight_rows_;
  std::vector<float> bias_;
  std::vector<std::uint32_t> tap_offsets_;      // in a padded channel
  std::vector<kernels::PackedMatrix> weights_;  // one a group
  std::vector<float> kernel_;                   // until expect_tail() has seen it
  std::optional<FastConv2d> fast_;              // how forward() goes if it can,
  std::optional<DirectConv2d> direct_;          // or so
};

}  // namespace

std::unique_ptr<Layer> make_convolution(const Convolution& of, std::span<const float> kernel,
                                        std::vector<float> bias) {
  auto layer = shaped(std::make_unique<Conv2d>(of, kernel, std::move(bias)), of.output_shape());
  layer->expect_tail(Tail());
  return layer;
}

std::unique_ptr<Layer> make_conv2d(SpecReader& spec) {
  if (!spec.expect_counts(1, 11, 0, 2)) return nullptr;
  const auto window = spec.window();
  if (!window || !spec.expect_at_least(10, 1, 1)) return nullptr;
  const std::size_t channels = spec.input()[2];
  const std::size_t filters = spec.shape().back();
  const std::size_t groups = spec.natural(10);
  if (channels % groups != 0 || filters % groups != 0) {
    spec.fail(std::to_string(groups) + " groups do not divide " + std::to_string(channels) +
              " channels and " + std::to_string(filters) + " filters");
    return nullptr;
  }
  const Shape out{static_cast<std::size_t>(window->out_height),
                  static_cast<std::size_t>(window->out_width), filters};
  const std::array lengths{spec.natural(0), spec.natural(1), channels / groups, filters};
  const auto depth = product(std::span(lengths).first(3));
  const auto count = product(lengths);
  if (!count || *depth > UINT32_MAX) {
    spec.fail("more weights than the engine can hold");
    return nullptr;
  }
  if (!spec.expect_shape(out) || !spec.expect_weights(0, *count) ||
      !spec.expect_weights(1, filters, true)) {
    return nullptr;
  }
  return std::make_unique<Conv2d>(*window, channels, filters, groups, spec.weights(0),
                                  spec.weights(1, filters, 0));
}

}  // namespace secateur::engine
