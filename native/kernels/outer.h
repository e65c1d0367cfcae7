// Family: gradients of weights, sums of products of every column with every column.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

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

// The same for the windows of an image and one filter, where most signals may be 0: d = sum over
// the `places` p of signals[p] * the window at image + starts[p], which is made of runs of `length`
// numbers, run r from runs[r] on. |error of d| <= places eps sum |products|.
struct WindowProducts {
  const float* image;
  std::span<const std::uint32_t> runs;
  std::size_t length;
  const std::uint32_t* starts;
  const float* signals;
  std::span<const std::uint32_t> places;
};

// sums, and squares if not null, [runs][length], grow by d and d^2; errors as above.
using AddWindows = void (*)(const WindowProducts&, float* sums, float* squares) noexcept;

// The sum of (d * weights)^2, weights [runs][length]. |error| <= (runs length + 3) eps times that
// sum, and what the errors of d make of it.
using WeightedSquares = float (*)(const WindowProducts&, const float* weights) noexcept;

// to[j][i] = from[i][j], i < rows, j < columns; `stride` numbers from row to row of `from`.
using Turn = void (*)(const float* from, std::size_t rows, std::size_t columns, std::size_t stride,
                      float* to) noexcept;

}  // namespace secateur::kernels
