#include "gemm.h"

#include <algorithm>
#include <cmath>

namespace secateur::kernels {

PackedMatrix pack(const float* matrix, std::size_t depth, std::size_t width, std::size_t row_stride,
                  std::size_t panel) {
  const std::size_t rest = width % panel;
  const std::size_t rest_width = rest == 0 ? 0 : (2 * rest <= panel ? panel / 2 : panel);
  PackedMatrix packed{depth, width, panel, true, core::Buffer((width - rest + rest_width) * depth)};
  float* to = packed.data.data();
  for (std::size_t column = 0; column < width; column += panel) {
    const std::size_t columns = std::min(panel, width - column);
    const std::size_t padded = columns == panel ? panel : rest_width;
    for (std::size_t k = 0; k < depth; ++k, to += padded) {
      const float* from = matrix + k * row_stride + column;
      packed.finite = packed.finite && std::all_of(from, from + columns, [](float weight) {
                        return std::isfinite(weight);
                      });
      std::fill(std::copy(from, from + columns, to), to + padded, 0.0F);
    }
  }
  return packed;
}

std::vector<float> unpack(const PackedMatrix& packed) {
  std::vector<float> matrix(packed.depth * packed.width);
  const std::size_t rest = packed.width % packed.panel;
  const float* from = packed.data.data();
  for (std::size_t column = 0; column < packed.width; column += packed.panel) {
    const std::size_t columns = std::min(packed.panel, packed.width - column);
    const std::size_t padded =
        columns == rest && 2 * rest <= packed.panel ? packed.panel / 2 : packed.panel;
    for (std::size_t k = 0; k < packed.depth; ++k, from += padded)
      std::copy_n(from, columns, matrix.data() + k * packed.width + column);
  }
  return matrix;
}

}  // namespace secateur::kernels
