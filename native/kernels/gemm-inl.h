// Generic body of gemm.h.

inline constexpr std::size_t kPanel = 2 * kLanes;
static_assert(kRowMultiple % kGemmRows == 0);

// At most kGemmRows rows of a tile, and the numbers k of them that are not 0 in all of the rows.
struct GemmRows {
  std::size_t first;
  std::size_t rows;
  std::size_t depth;
  std::int32_t columns[kTileDepth + kLanes];
};

inline void find_columns(const GemmTile& t, GemmRows& group) {
  const float* tile = t.tile + group.first * kTileDepth;
  const std::size_t depth = t.weight_rows.size();
  const IntVec all = IntVec{} - (t.weights->finite ? 0 : 1);
  std::int32_t lanes[kLanes];
  for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] = static_cast<std::int32_t>(lane);
  IntVec columns;
  __builtin_memcpy(&columns, lanes, sizeof columns);
  group.depth = 0;
  for (std::size_t k = 0; k < depth; k += kLanes, columns += static_cast<std::int32_t>(kLanes)) {
    const std::size_t count = depth - k < kLanes ? depth - k : kLanes;
    IntVec keep = all;
    for (std::size_t r = 0; r < group.rows; ++r) {
      keep |= load_n(tile + r * kTileDepth + k, count) != Vec{};
    }
    group.depth += store_kept(group.columns + group.depth, columns, keep);
  }
  while (group.depth > 0 && static_cast<std::size_t>(group.columns[group.depth - 1]) >= depth) {
    --group.depth;
  }
}

// The rows of a group times the panel of kVecs vectors that starts at `column`: every accumulator
// in a register.
template <std::size_t kRows, std::size_t kVecs>
void gemm_micro(const GemmTile& t, const GemmRows& group, const float* panel, std::size_t column) {
  const std::size_t row = group.first;
  const std::size_t columns = t.weights->width - column;
  std::size_t lanes[kVecs];
  for (std::size_t v = 0; v < kVecs; ++v) {
    lanes[v] =
        columns > v * kLanes ? (columns - v * kLanes < kLanes ? columns - v * kLanes : kLanes) : 0;
  }
  Vec sums[kRows][kVecs];
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVecs; ++v) {
      sums[r][v] = load_n(t.init[row + r] + column + v * kLanes, lanes[v]);
    }
  }
  const float* tile = t.tile + row * kTileDepth;
  const std::uint32_t* weight_rows = t.weight_rows.data();
  for (std::size_t i = 0; i < group.depth; ++i) {
    const auto k = static_cast<std::size_t>(group.columns[i]);
    const float* weights = panel + weight_rows[k] * (kVecs * kLanes);
    Vec w[kVecs];
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVecs; ++v) w[v] = load(weights + v * kLanes);
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) {
      const Vec x = set1(tile[r * kTileDepth + k]);
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVecs; ++v) sums[r][v] = fma(x, w[v], sums[r][v]);
    }
  }
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVecs; ++v) {
      store_n(t.out[row + r] + column + v * kLanes, sums[r][v] + Vec{}, lanes[v]);
    }
  }
}

using GemmMicro = void (*)(const GemmTile&, const GemmRows&, const float* panel,
                           std::size_t column);

// Row r of the table: kernels of r + 1 rows.
template <std::size_t kVecs, std::size_t... kRowsLessOne>
constexpr std::array<GemmMicro, sizeof...(kRowsLessOne)> gemm_micros(
    std::index_sequence<kRowsLessOne...>) {
  return {&gemm_micro<kRowsLessOne + 1, kVecs>...};
}

inline void add_scaled(const float* init, float factor, const float* weights, std::size_t count,
                       float* out) noexcept {
  const Vec x = set1(factor);
  for (std::size_t j = 0; j < count; j += kLanes) {
    const std::size_t lanes = count - j < kLanes ? count - j : kLanes;
    store_n(out + j, fma(x, load_n(weights + j, lanes), load_n(init + j, lanes)) + Vec{}, lanes);
  }
}

inline constexpr std::size_t kGemmGroups = (kTileRows + kGemmRows - 1) / kGemmRows;

inline void gemm(const GemmTile& t) noexcept {
  static constexpr auto kWide = gemm_micros<2>(std::make_index_sequence<kGemmRows>());
  static constexpr auto kSlim = gemm_micros<1>(std::make_index_sequence<kGemmRows>());
  GemmRows groups[kGemmGroups];
  std::size_t count = 0;
  for (std::size_t row = 0; row < t.rows; row += kGemmRows, ++count) {
    groups[count].first = row;
    groups[count].rows = t.rows - row < kGemmRows ? t.rows - row : kGemmRows;
    find_columns(t, groups[count]);
  }
  const float* panel = t.weights->data.data();
  for (std::size_t column = 0; column < t.weights->width; column += kPanel) {
    const bool slim = t.weights->width - column <= kLanes;
    const auto& micros = slim ? kSlim : kWide;
    for (std::size_t i = 0; i < count; ++i) {
      micros[groups[i].rows - 1](t, groups[i], panel, column);
    }
    panel += t.weights->depth * (slim ? kLanes : kPanel);
  }
}
