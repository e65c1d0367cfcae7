// Family: gradients of weights, sums of products of every column with every column.
#pragma once

#include <cstddef>

namespace secateur::kernels {

// Rows come in groups of `terms`. For each group in order, d[i][j] = sum over its rows of x[row][i]
// * y[row][j]; sums[i][j] grows by d[i][j] and, where they are wanted, squares[i][j] by d[i][j]^2;
// i < columns, j < width, `stride` numbers from row to row of both. |error of d| <= terms eps sum
// |products| (two roundings a product without FMA: twice that), and one rounding of the sum each
// time that it grows.
struct OuterProducts {
  std::size_t groups;
  std::size_t terms;
  const float* x;
  std::size_t x_stride;
  std::size_t columns;
  const float* y;
  std::size_t y_stride;
  std::size_t width;
  float* sums;
  float* squares;  // null: not wanted
  std::size_t stride;
};
using AddOuter = void (*)(const OuterProducts&) noexcept;

}  // namespace secateur::kernels
