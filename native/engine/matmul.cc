#include "matmul.h"

#include <numeric>

namespace secateur::engine {

namespace {

// How many of the rows stand side by side in memory.
std::size_t side_by_side(RowList rows, std::size_t count, std::size_t size) {
  std::size_t r = 1;
  while (r < count && rows[r] == rows[r - 1] + size) ++r;
  return r;
}

}  // namespace

// Rows side by side are read where they are; others through a tile.
void multiply_rows(const kernels::PackedMatrix& weights, std::span<const std::uint32_t> weight_rows,
                   RowList rows, std::size_t count, const float* init, const Tail& clamp,
                   float* out, Worker& worker) {
  const std::size_t depth = weights.depth;
  std::array<const float*, kernels::kTileRows> from;
  std::array<float*, kernels::kTileRows> to;
  for (std::size_t first = 0, here = 0; first < count && !worker.stopped(); first += here) {
    here = std::min(kernels::kTileRows, count - first);
    const bool straight = side_by_side(rows + first, here, depth) == here;
    for (std::size_t r = 0; r < here; ++r) {
      from[r] = init;
      to[r] = out + (first + r) * weights.width;
    }
    for (std::size_t k = 0; k < depth; k += kernels::kTileDepth) {
      const std::size_t numbers = std::min(kernels::kTileDepth, depth - k);
      for (std::size_t r = 0; r < here && !straight; ++r)
        std::copy_n(rows[first + r] + k, numbers, worker.tile.data() + r * kernels::kTileDepth);
      const kernels::Tail limits = k + numbers == depth ? clamp.numbers() : kernels::Tail{};
      kernels::kernels().gemm({.rows = here,
                               .tile = straight ? rows[first] + k : worker.tile.data(),
                               .stride = straight ? depth : kernels::kTileDepth,
                               .weight_rows = weight_rows.subspan(k, numbers),
                               .weights = &weights,
                               .init = from.data(),
                               .out = to.data(),
                               .least = limits.least,
                               .most = limits.most});
      std::copy_n(to.begin(), here, from.begin());
    }
  }
}

std::vector<std::uint32_t> all_rows(std::size_t count) {
  std::vector<std::uint32_t> rows(count);
  std::iota(rows.begin(), rows.end(), 0U);
  return rows;
}

}  // namespace secateur::engine
