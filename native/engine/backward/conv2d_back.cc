#include "conv2d_back.h"

#include <algorithm>
#include <optional>

#include "matmul.h"

namespace secateur::engine {

namespace {

// Of products or gathered windows: what a second-level cache holds beside weights.
constexpr std::size_t kCachedFloats = std::size_t{1} << 16;

// The window that walks over the outputs and gives the inputs, if there is one.
std::optional<kernels::Window> turned(const kernels::Window& w) {
  const std::ptrdiff_t top = (w.height - 1) * w.dilation_y - w.top;
  const std::ptrdiff_t left = (w.width - 1) * w.dilation_x - w.left;
  if (w.stride_y != 1 || w.stride_x != 1 || top < 0 || left < 0) return std::nullopt;
  kernels::Window turned = w;
  std::swap(turned.in_height, turned.out_height);
  std::swap(turned.in_width, turned.out_width);
  turned.top = top;
  turned.left = left;
  return turned;
}

// [taps, channels of a group, filters] to [taps from the last, filters of a group, channels].
std::vector<float> turned(const Convolution& of, std::span<const float> kernel) {
  std::vector<float> turned(kernel.size());
  for (std::size_t tap = 0; tap < of.taps(); ++tap) {
    for (std::size_t c = 0; c < of.channels_in_group(); ++c) {
      for (std::size_t f = 0; f < of.filters; ++f) {
        const std::size_t group = f / of.filters_in_group();
        const std::size_t row =
            (of.taps() - 1 - tap) * of.filters_in_group() + f % of.filters_in_group();
        turned[row * of.channels + group * of.channels_in_group() + c] =
            kernel[(tap * of.channels_in_group() + c) * of.filters + f];
      }
    }
  }
  return turned;
}

// Products of every output with all taps of its group, added to the pixels under the window.
class ScatteredConvolution final : public Layer {
 public:
  ScatteredConvolution(const Convolution& of, std::span<const float> kernel)
      : of_(of),
        weight_rows_(all_rows(of.filters_in_group())),
        zeros_(of.depth(), 0.0F),
        rows_at_once_(kernels::without_rest(
            std::clamp<std::size_t>(kCachedFloats / of.depth(), 1, kernels::kTileRows))) {
    std::vector<float> turned(of.filters_in_group() * of.depth());
    for (std::size_t group = 0; group < of.groups; ++group) {
      for (std::size_t k = 0; k < of.depth(); ++k) {
        for (std::size_t f = 0; f < of.filters_in_group(); ++f)
          turned[f * of.depth() + k] = kernel[k * of.filters + group * of.filters_in_group() + f];
      }
      weights_.push_back(kernels::pack(turned.data(), of.filters_in_group(), of.depth(), of.depth(),
                                       kernels::kernels().panel));
    }
  }

  void forward(std::span<const RowList> inputs, std::size_t count, float* out,
               Worker& worker) const override {
    std::fill_n(out, count * size, 0.0F);
    for (std::size_t group = 0; group < of_.groups; ++group) {
      for (std::size_t r = 0; r < count; ++r) {
        for (std::size_t p = 0; p < of_.positions() && !worker.stopped(); p += rows_at_once_) {
          const std::size_t rows = std::min(rows_at_once_, of_.positions() - p);
          scatter(group, p, rows, products(group, inputs[0][r], p, rows, worker), out + r * size);
        }
      }
    }
  }

  double macs() const override {
    return static_cast<double>(of_.positions() * of_.filters) * static_cast<double>(of_.depth());
  }
  std::size_t weight_bytes() const override {
    return weights_.size() * weights_[0].data.size() * sizeof(float);
  }
  std::size_t scratch() const override { return rows_at_once_ * of_.depth(); }

 private:
  const float* products(std::size_t group, const float* signal, std::size_t first, std::size_t rows,
                        Worker& worker) const {
    float* products = worker.scratch(scratch());
    signal += first * of_.filters + group * of_.filters_in_group();
    multiply(
        weights_[group], weight_rows_, rows,
        [&](std::size_t row, std::size_t k, std::size_t n, float* to) {
          std::copy_n(signal + row * of_.filters + k, n, to);
        },
        [&](std::size_t) { return zeros_.data(); },
        [&](std::size_t row) { return products + row * of_.depth(); }, worker);
    return products;
  }

  void scatter(std::size_t group, std::size_t first, std::size_t rows, const float* products,
               float* image) const {
    const kernels::Window& w = of_.window;
    const std::size_t channels = of_.channels_in_group();
    for (std::size_t row = 0; row < rows; ++row) {
      const auto position = static_cast<std::ptrdiff_t>(first + row);
      const std::ptrdiff_t top = position / w.out_width * w.stride_y - w.top;
      const std::ptrdiff_t left = position % w.out_width * w.stride_x - w.left;
      for (std::ptrdiff_t tap = 0; tap < w.height * w.width; ++tap, products += channels) {
        const std::ptrdiff_t y = top + tap / w.width * w.dilation_y;
        const std::ptrdiff_t x = left + tap % w.width * w.dilation_x;
        if (y < 0 || y >= w.in_height || x < 0 || x >= w.in_width) continue;
        float* pixel =
            image + static_cast<std::size_t>(y * w.in_width + x) * of_.channels + group * channels;
        for (std::size_t c = 0; c < channels; ++c) pixel[c] += products[c];
      }
    }
  }

  Convolution of_;
  std::vector<std::uint32_t> weight_rows_;
  std::vector<float> zeros_;
  std::size_t rows_at_once_;
  std::vector<kernels::PackedMatrix> weights_;  // one a group: [filters, taps * channels]
};

// Columns of a product as wide as it is packed.
std::size_t packed(std::size_t columns) {
  const std::size_t half = kernels::kernels().panel / 2;
  return (columns + half - 1) / half * half;
}

// Whether few channels leave most of a panel empty, where all taps side by side would fill it.
bool pays_to_scatter(const Convolution& of) {
  return of.taps() * packed(of.channels_in_group()) >
         2 * packed(of.taps() * of.channels_in_group());
}

}  // namespace

std::unique_ptr<Layer> transpose_convolution(const Convolution& of, std::span<const float> kernel) {
  const std::optional<kernels::Window> window = turned(of.window);
  if (window && !pays_to_scatter(of)) {
    return make_convolution({*window, of.filters, of.channels, of.groups}, turned(of, kernel),
                            std::vector<float>(of.channels, 0.0F));
  }
  return shaped(std::make_unique<ScatteredConvolution>(of, kernel), of.input_shape());
}

}  // namespace secateur::engine
