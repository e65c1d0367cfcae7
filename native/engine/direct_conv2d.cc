#include "direct_conv2d.h"

#include <algorithm>

#include "matmul.h"

namespace secateur::engine {

namespace {

// Of a row of outputs: fewer would leave most accumulators unused.
constexpr std::ptrdiff_t kFewestNeighbours = 6;
// What a second-level cache holds beside images.
constexpr std::size_t kMostWeights = std::size_t{1} << 16;

// How many numbers windows see along an axis.
std::size_t span_of(std::ptrdiff_t outputs, std::ptrdiff_t stride, std::ptrdiff_t taps,
                    std::ptrdiff_t dilation) {
  return static_cast<std::size_t>((outputs - 1) * stride + (taps - 1) * dilation + 1);
}

std::size_t padded_height(const kernels::Window& w) {
  return span_of(w.out_height, w.stride_y, w.height, w.dilation_y);
}

std::size_t padded_width(const kernels::Window& w) {
  return span_of(w.out_width, w.stride_x, w.width, w.dilation_x);
}

}  // namespace

bool DirectConv2d::fits(const kernels::Window& w, std::size_t channels, std::size_t filters) {
  const auto taps = static_cast<std::size_t>(w.height * w.width);
  const auto pixels = static_cast<std::size_t>(w.in_height * w.in_width);
  return taps > 1 && w.out_width >= kFewestNeighbours &&
         padded_height(w) * padded_width(w) <= 2 * pixels &&
         taps * channels * filters <= kMostWeights;
}

DirectConv2d::DirectConv2d(const kernels::Window& window, std::size_t channels, std::size_t filters)
    : window_(window),
      channels_(channels),
      filters_(filters),
      padded_height_(padded_height(window)),
      padded_width_(padded_width(window)),
      weight_rows_(all_rows(static_cast<std::size_t>(window.height * window.width) * channels)) {
  for (std::size_t k = 0; k < weight_rows_.size(); ++k) {
    const auto tap = static_cast<std::ptrdiff_t>(k / channels);
    const auto row = static_cast<std::size_t>(tap / window.width * window.dilation_y);
    const auto column = static_cast<std::size_t>(tap % window.width * window.dilation_x);
    offsets_.push_back(
        static_cast<std::uint32_t>((row * padded_width_ + column) * channels + k % channels));
  }
}

void DirectConv2d::forward(const TailedPass& pass, const kernels::PackedMatrix& weights,
                           const float* bias, Worker& worker) const {
  float* const padded = worker.scratch(scratch());
  std::fill_n(padded, padded_floats(), 0.0F);
  const auto height = static_cast<std::size_t>(window_.out_height);
  const auto width = static_cast<std::size_t>(window_.out_width);
  const std::size_t part = pass.tail.pools() ? 2 : 1;  // outputs a pixel, along an axis
  const std::size_t size = height / part * (width / part) * filters_;
  for (std::size_t r = 0; r < pass.count && !worker.stopped(); ++r) {
    pad(pass.rows[r], padded);
    kernels::kernels().delta_conv(
        {.image = padded,
         .step = static_cast<std::size_t>(window_.stride_y) * padded_width_ * channels_,
         .offsets = offsets_,
         .weight_rows = weight_rows_,
         .weights = &weights,
         .height = height,
         .width = width,
         .pixel = filters_,
         .base = bias,
         .out = pass.out + r * size,
         .tail = pass.tail.numbers(),
         .other = pass.tail.adds() ? pass.others[r] : nullptr,
         .pools = pass.tail.pools(),
         .scratch = padded + padded_floats(),
         .neighbour = static_cast<std::size_t>(window_.stride_x) * channels_,
         .one_base = true,
         .winners = pass.winners == nullptr ? nullptr : pass.winners + r * size});
  }
}

// The image within its padding, which is there already.
void DirectConv2d::pad(const float* image, float* padded) const {
  const auto width = static_cast<std::ptrdiff_t>(padded_width_);
  const auto channels = static_cast<std::ptrdiff_t>(channels_);
  const std::ptrdiff_t rows =
      std::min(static_cast<std::ptrdiff_t>(padded_height_) - window_.top, window_.in_height);
  const std::ptrdiff_t columns = std::min(width - window_.left, window_.in_width);
  for (std::ptrdiff_t y = 0; y < rows && columns > 0; ++y) {
    std::copy_n(image + y * window_.in_width * channels, columns * channels,
                padded + ((y + window_.top) * width + window_.left) * channels);
  }
}

}  // namespace secateur::engine
