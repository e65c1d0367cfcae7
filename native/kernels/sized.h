// Family: products of rows with a packed matrix of weights, and the sums of their sizes beside.
#pragma once

#include "gemm.h"

namespace secateur::kernels {

// `product` as gemm() has it without limits, to the bit; and sizes[r][j] = sizes_init[r][j] + sum
// over k of |tile[r][k]| |weights[weight_rows[k]][j]|, with the bits that gemm() would give for the
// sizes of numbers and weights, and so its error. `sizes_init[r]` may be `sizes[r]`.
struct SizedTile {
  GemmTile product;
  const float* const* sizes_init;
  float* const* sizes;
};

}  // namespace secateur::kernels
