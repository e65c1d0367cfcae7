// Family: products of rows with a packed matrix of weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "buffer.h"

namespace secateur::kernels {

// Columns of a matrix stand in panels: `panel` columns side by side for every weight row, the last
// panel padded with zeros to `panel` columns, or to half of them if that holds the rest.
struct PackedMatrix {
  std::size_t depth = 0;
  std::size_t width = 0;
  std::size_t panel = 0;
  bool finite = true;  // 0 times any weight is 0
  core::Buffer data;
};

// Rows of a tile of samples, and how many numbers of each lie in the tile at a time.
inline constexpr std::size_t kTileRows = 96;
inline constexpr std::size_t kTileDepth = 128;

// Every instruction set takes a number of rows at a time that divides this one: multiples of it
// leave no rest, which would run slower.
inline constexpr std::size_t kRowMultiple = 24;
constexpr std::size_t without_rest(std::size_t rows) {
  return rows < kRowMultiple ? rows : rows - rows % kRowMultiple;
}

// out[r][j] = init[r][j] + sum over k of tile[r][k] * weights[weight_rows[k]][j], no less than
// `least` and no more than `most`, for all columns j. 1 <= rows <= kTileRows; weight_rows.size() <=
// kTileDepth. `init[r]` may be `out[r]`; apart from that nothing overlaps. No alignment needed.
// Each output is one chain of (fused) multiply-adds in the order of k, and never -0, so that it
// depends neither on the rows beside it nor on the split of k over several calls, nor on which
// products with 0 are left out (adding one can but change the sign of a 0; not if a weight is
// infinite or NaN): |error| <= n eps sum |products| + |init| eps, with n = number of products and
// eps = 2^-24 (two roundings a product without FMA: 2n).
struct GemmTile {
  std::size_t rows;
  const float* tile;
  std::size_t stride;  // from row to row of the tile
  std::span<const std::uint32_t> weight_rows;
  const PackedMatrix* weights;
  const float* const* init;
  float* const* out;
  float least = -std::numeric_limits<float>::infinity();
  float most = std::numeric_limits<float>::infinity();
  const float* next = nullptr;  // data of the matrix whose product is due next, if that is known
  bool skips_zeros = true;  // false where looking for them does not pay
};

// Row i of `out` = init + factors[k] * row k of `weights`, where k = picked[i], no less than
// `least` and no more than `most`; all rows have `width` numbers: the bits of products of depth 1.
// No overlap.
struct ScaledRows {
  const float* init;
  const float* factors;
  const float* weights;
  std::size_t width;
  std::span<const std::uint32_t> picked;
  float* out;
  float least = -std::numeric_limits<float>::infinity();
  float most = std::numeric_limits<float>::infinity();
};

// Writes the places of the numbers that are not 0 in rising order and returns how many they are;
// the next kKeptSlack may be overwritten.
using FindChanged = std::size_t (*)(const float* numbers, std::size_t count,
                                    std::uint32_t* places) noexcept;
inline constexpr std::size_t kKeptSlack = 16;

// Matrix [depth, width] with `row_stride` numbers from row to row, into panels of `panel` columns.
PackedMatrix pack(const float* matrix, std::size_t depth, std::size_t width, std::size_t row_stride,
                  std::size_t panel);

// What pack() was given, [depth, width] without gaps.
std::vector<float> unpack(const PackedMatrix& packed);

}  // namespace secateur::kernels
