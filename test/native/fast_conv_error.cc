#include "fast_conv_error.h"

#include "fast_conv2d.h"

namespace secateur::test {

namespace {

using kernels::FastAxis;

using Numbers = std::vector<Bounded>;

// `matrix`, rows x depth, on both axes of a square.
template <class Matrix>
Numbers on_both_axes(const Matrix& matrix, std::size_t rows, std::size_t depth, const Numbers& x) {
  Numbers half(rows * depth);
  Numbers out(rows * rows);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t j = 0; j < depth; ++j) {
      for (std::size_t i = 0; i < depth; ++i)
        half[r * depth + j] = half[r * depth + j] + Bounded{matrix[r][i], 0} * x[i * depth + j];
    }
    for (std::size_t s = 0; s < rows; ++s) {
      for (std::size_t i = 0; i < depth; ++i)
        out[r * rows + s] = out[r * rows + s] + Bounded{matrix[s][i], 0} * half[r * depth + i];
    }
  }
  return out;
}

// [channel][filter][slab]: exact but for one rounding each.
std::vector<Numbers> transformed_taps(const FastAxis& axis, const engine::LayerSpec& layer,
                                      std::size_t channels) {
  const std::size_t filters = layer.shape[2];
  std::vector<Numbers> all;
  for (std::size_t i = 0; i < channels * filters; ++i) {
    Numbers taps(9);
    for (std::size_t t = 0; t < 9; ++t)
      taps[t].value = layer.weights[0][t * channels * filters + i];
    Numbers transformed = on_both_axes(axis.taps, axis.products, 3, taps);
    for (Bounded& number : transformed) number = rounded(number.value, 0);
    all.push_back(std::move(transformed));
  }
  return all;
}

kernels::Window window_of(const engine::LayerSpec& layer, std::size_t height, std::size_t width) {
  const auto& i = layer.ints;
  return {static_cast<std::ptrdiff_t>(height),
          static_cast<std::ptrdiff_t>(width),
          static_cast<std::ptrdiff_t>(layer.shape[0]),
          static_cast<std::ptrdiff_t>(layer.shape[1]),
          i[0],
          i[1],
          i[2],
          i[3],
          i[4],
          i[5],
          i[6],
          i[8]};
}

}  // namespace

std::vector<double> fast_conv_errors(const engine::LayerSpec& layer,
                                     const std::vector<double>& image, std::size_t height,
                                     std::size_t width, std::size_t channels, bool pooled) {
  const kernels::Window window = window_of(layer, height, width);
  const std::size_t filters = layer.shape[2];
  const auto choice = engine::FastConv2d::choose(window, channels, filters, pooled);
  if (!choice || layer.ints[10] != 1) return {};
  const FastAxis& axis = kernels::kFastAxes[*choice];
  const std::vector<Numbers> taps = transformed_taps(axis, layer, channels);
  const std::size_t slabs = axis.products * axis.products;
  std::vector<double> errors(layer.shape[0] * layer.shape[1] * filters);
  for (std::size_t top = 0; top < layer.shape[0]; top += axis.out) {
    for (std::size_t left = 0; left < layer.shape[1]; left += axis.out) {
      std::vector<Numbers> sums(filters, Numbers(slabs));
      for (std::size_t c = 0; c < channels; ++c) {
        Numbers x(axis.in * axis.in);
        for (std::size_t i = 0; i < x.size(); ++i) {
          // Beyond 0 unsigned numbers are large: outside as well.
          const std::size_t y = top * axis.stride + i / axis.in - (axis.whole ? 0 : window.top);
          const std::size_t at = left * axis.stride + i % axis.in - (axis.whole ? 0 : window.left);
          if (y < height && at < width) x[i].value = image[(y * width + at) * channels + c];
        }
        const Numbers tile = on_both_axes(axis.input, axis.products, axis.in, x);
        for (std::size_t f = 0; f < filters; ++f) {
          for (std::size_t p = 0; p < slabs; ++p)
            sums[f][p] = sums[f][p] + tile[p] * taps[c * filters + f][p];
        }
      }
      for (std::size_t f = 0; f < filters; ++f) {
        const Numbers y = on_both_axes(axis.output, axis.out, axis.products, sums[f]);
        for (std::size_t i = 0; i < y.size(); ++i) {
          const std::size_t row = top + i / axis.out;
          const std::size_t column = left + i % axis.out;
          if (row < layer.shape[0] && column < layer.shape[1])
            errors[(row * layer.shape[1] + column) * filters + f] = y[i].error;
        }
      }
    }
  }
  return errors;
}

}  // namespace secateur::test
