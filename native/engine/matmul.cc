#include "matmul.h"

#include <array>
#include <numeric>

namespace secateur::engine {

namespace {

// How many of the rows stand side by side in memory.
std::size_t side_by_side(RowList rows, std::size_t count, std::size_t size) {
  std::size_t r = 1;
  while (r < count && rows[r] == rows[r - 1] + size) ++r;
  return r;
}

// Where the sums of a tile's rows start and end.
struct Ends {
  std::array<const float*, kernels::kTileRows> from;
  std::array<float*, kernels::kTileRows> to;

  void start(std::size_t rows, const float* init, float* out, std::size_t width) {
    for (std::size_t r = 0; r < rows; ++r) {
      from[r] = init;
      to[r] = out + r * width;
    }
  }
  void go_on(std::size_t rows) { std::copy_n(to.begin(), rows, from.begin()); }
};

// Calls start(first, rows) for every tile of rows, then product(tile, last) for each part of their
// numbers, whose ends are not set; `last` says that none comes after it. Rows side by side are read
// where they are; others through a tile.
template <class Start, class Product>
void for_each_tile(const kernels::PackedMatrix& weights, std::span<const std::uint32_t> weight_rows,
                   RowList rows, std::size_t count, Start start, Product product, Worker& worker) {
  const std::size_t depth = weights.depth;
  for (std::size_t first = 0, here = 0; first < count && !worker.stopped(); first += here) {
    here = std::min(kernels::kTileRows, count - first);
    const bool straight = side_by_side(rows + first, here, depth) == here;
    start(first, here);
    for (std::size_t k = 0; k < depth; k += kernels::kTileDepth) {
      const std::size_t numbers = std::min(kernels::kTileDepth, depth - k);
      for (std::size_t r = 0; r < here && !straight; ++r)
        std::copy_n(rows[first + r] + k, numbers, worker.tile.data() + r * kernels::kTileDepth);
      product(kernels::GemmTile{.rows = here,
                                .tile = straight ? rows[first] + k : worker.tile.data(),
                                .stride = straight ? depth : kernels::kTileDepth,
                                .weight_rows = weight_rows.subspan(k, numbers),
                                .weights = &weights,
                                .init = nullptr,
                                .out = nullptr},
              k + numbers == depth);
    }
  }
}

// start(ends, first, rows) sets the ends of a tile's rows.
template <class Start>
void multiply_from(const kernels::PackedMatrix& weights, std::span<const std::uint32_t> weight_rows,
                   RowList rows, std::size_t count, Start start, const Tail& clamp,
                   Worker& worker) {
  Ends ends;
  for_each_tile(
      weights, weight_rows, rows, count,
      [&](std::size_t first, std::size_t here) { start(ends, first, here); },
      [&](kernels::GemmTile tile, bool last) {
        const kernels::Tail limits = last ? clamp.numbers() : kernels::Tail{};
        tile.init = ends.from.data();
        tile.out = ends.to.data();
        tile.least = limits.least;
        tile.most = limits.most;
        kernels::kernels().gemm(tile);
        ends.go_on(tile.rows);
      },
      worker);
}

}  // namespace

void multiply_rows(const kernels::PackedMatrix& weights, std::span<const std::uint32_t> weight_rows,
                   RowList rows, std::size_t count, const float* init, const Tail& clamp,
                   float* out, Worker& worker) {
  multiply_from(
      weights, weight_rows, rows, count,
      [&](Ends& ends, std::size_t first, std::size_t here) {
        ends.start(here, init, out + first * weights.width, weights.width);
      },
      clamp, worker);
}

void add_products(const kernels::PackedMatrix& weights, std::span<const std::uint32_t> weight_rows,
                  const float* rows, std::size_t count, const Tail& clamp, float* out,
                  Worker& worker) {
  std::vector<const float*> list(count);
  for (std::size_t r = 0; r < count; ++r) list[r] = rows + r * weights.depth;
  multiply_from(
      weights, weight_rows, list.data(), count,
      [&](Ends& ends, std::size_t first, std::size_t here) {
        ends.start(here, nullptr, out + first * weights.width, weights.width);
        ends.go_on(here);
      },
      clamp, worker);
}

void multiply_sized_rows(const kernels::PackedMatrix& weights,
                         std::span<const std::uint32_t> weight_rows, RowList rows,
                         std::size_t count, const float* init, float* out, float* sizes,
                         Worker& worker) {
  const std::vector<float> zeros(weights.width, 0.0F);
  Ends ends, size_ends;
  for_each_tile(
      weights, weight_rows, rows, count,
      [&](std::size_t first, std::size_t here) {
        ends.start(here, init, out + first * weights.width, weights.width);
        size_ends.start(here, zeros.data(), sizes + first * weights.width, weights.width);
      },
      [&](kernels::GemmTile tile, bool) {
        tile.init = ends.from.data();
        tile.out = ends.to.data();
        kernels::kernels().sized({tile, size_ends.from.data(), size_ends.to.data()});
        ends.go_on(tile.rows);
        size_ends.go_on(tile.rows);
      },
      worker);
}

std::vector<std::uint32_t> all_rows(std::size_t count) {
  std::vector<std::uint32_t> rows(count);
  std::iota(rows.begin(), rows.end(), 0U);
  return rows;
}

}  // namespace secateur::engine
