// Generic body of gemm.h.

inline constexpr std::size_t kPanel = 2 * kLanes;
static_assert(kRowMultiple % kGemmRows == 0);

// kRows rows from `row` on times the panel of kVecs vectors that starts at `column`: every
// accumulator in a register.
template <std::size_t kRows, std::size_t kVecs>
void gemm_micro(const GemmTile& t, std::size_t row, const float* panel, std::size_t column) {
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
  const std::size_t depth = t.weight_rows.size();
  for (std::size_t k = 0; k < depth; ++k) {
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
      store_n(t.out[row + r] + column + v * kLanes, sums[r][v], lanes[v]);
    }
  }
}

using GemmMicro = void (*)(const GemmTile&, std::size_t row, const float* panel,
                           std::size_t column);

// Row r of the table: kernels of r + 1 rows.
template <std::size_t kVecs, std::size_t... kRowsLessOne>
constexpr std::array<GemmMicro, sizeof...(kRowsLessOne)> gemm_micros(
    std::index_sequence<kRowsLessOne...>) {
  return {&gemm_micro<kRowsLessOne + 1, kVecs>...};
}

inline void gemm(const GemmTile& t) noexcept {
  static constexpr auto kWide = gemm_micros<2>(std::make_index_sequence<kGemmRows>());
  static constexpr auto kSlim = gemm_micros<1>(std::make_index_sequence<kGemmRows>());
  const float* panel = t.weights->data.data();
  for (std::size_t column = 0; column < t.weights->width; column += kPanel) {
    const bool slim = t.weights->width - column <= kLanes;
    const auto& micros = slim ? kSlim : kWide;
    for (std::size_t row = 0; row < t.rows; row += kGemmRows) {
      const std::size_t rows = t.rows - row < kGemmRows ? t.rows - row : kGemmRows;
      micros[rows - 1](t, row, panel, column);
    }
    panel += t.weights->depth * (slim ? kLanes : kPanel);
  }
}
