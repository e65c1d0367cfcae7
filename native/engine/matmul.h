// Products of gathered rows with packed weights, a tile at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels.h"
#include "layer.h"

namespace secateur::engine {

// For `rows` rows: out(r)[j] = init(r)[j] + sum over k of x(r)[k] * weights[weight_rows[k]][j],
// where gather(r, k, n, to) writes x(r)[k .. k + n) to `to`. All rows of a tile pass through one
// block of the weights while it is in cache. finish(r, count, outs) sees the rows of each tile
// last.
template <class Gather, class Init, class Out, class Finish>
void multiply(const kernels::PackedMatrix& weights, std::span<const std::uint32_t> weight_rows,
              std::size_t rows, Gather gather, Init init, Out out, Finish finish, Worker& worker) {
  std::array<const float*, kernels::kTileRows> from;
  std::array<float*, kernels::kTileRows> to;
  for (std::size_t first = 0; first < rows && !worker.stopped(); first += kernels::kTileRows) {
    const std::size_t count = std::min(kernels::kTileRows, rows - first);
    for (std::size_t r = 0; r < count; ++r) {
      from[r] = init(first + r);
      to[r] = out(first + r);
    }
    for (std::size_t k = 0; k < weight_rows.size(); k += kernels::kTileDepth) {
      const auto here =
          weight_rows.subspan(k, std::min(kernels::kTileDepth, weight_rows.size() - k));
      for (std::size_t r = 0; r < count; ++r) {
        gather(first + r, k, here.size(), worker.tile.data() + r * kernels::kTileDepth);
      }
      kernels::kernels().gemm(
          {count, worker.tile.data(), kernels::kTileDepth, here, &weights, from.data(), to.data()});
      std::copy_n(to.begin(), count, from.begin());
    }
    finish(first, count, to.data());
  }
}

template <class Gather, class Init, class Out>
void multiply(const kernels::PackedMatrix& weights, std::span<const std::uint32_t> weight_rows,
              std::size_t rows, Gather gather, Init init, Out out, Worker& worker) {
  multiply(
      weights, weight_rows, rows, gather, init, out, [](std::size_t, std::size_t, float* const*) {},
      worker);
}

// out row r = init + x(r) * weights, clamped, for whole rows that have a number for every weight
// row.
void multiply_rows(const kernels::PackedMatrix& weights, std::span<const std::uint32_t> weight_rows,
                   RowList rows, std::size_t count, const float* init, const Tail& clamp,
                   float* out, Worker& worker);

// The same, added to what is in `out`, for rows without gaps between them.
void add_products(const kernels::PackedMatrix& weights, std::span<const std::uint32_t> weight_rows,
                  const float* rows, std::size_t count, const Tail& clamp, float* out,
                  Worker& worker);

// The same as multiply_rows(), and in `sizes` the sums of |x(r)[k]| |weights[..][j]|, with the bits
// that multiply_rows() would give for the sizes of both.
void multiply_sized_rows(const kernels::PackedMatrix& weights,
                         std::span<const std::uint32_t> weight_rows, RowList rows,
                         std::size_t count, const float* init, float* out, float* sizes,
                         Worker& worker);

// 0, 1, ... count - 1: every weight row in its order.
std::vector<std::uint32_t> all_rows(std::size_t count);

}  // namespace secateur::engine
