// Generic body of outer.h: a tile of the sums in registers, as in gemm-inl.h.

template <std::size_t kRows, std::size_t kVecs>
void outer_micro(const OuterProducts& o, std::size_t column, std::size_t first) {
  const std::size_t columns = o.width - first;
  std::size_t lanes[kVecs];
  for (std::size_t v = 0; v < kVecs; ++v)
    lanes[v] = columns - v * kLanes < kLanes ? columns - v * kLanes : kLanes;
  const float* x = o.x + column;
  const float* y = o.y + first;
  for (std::size_t group = 0; group < o.groups; ++group) {
    Vec sums[kRows][kVecs] = {};
    for (std::size_t term = 0; term < o.terms; ++term, x += o.x_stride, y += o.y_stride) {
      Vec right[kVecs];
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVecs; ++v) right[v] = load_n(y + v * kLanes, lanes[v]);
#pragma GCC unroll 16
      for (std::size_t r = 0; r < kRows; ++r) {
        const Vec left = set1(x[r]);
#pragma GCC unroll 2
        for (std::size_t v = 0; v < kVecs; ++v) sums[r][v] = fma(left, right[v], sums[r][v]);
      }
    }
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVecs; ++v) {
        const std::size_t at = (column + r) * o.stride + first + v * kLanes;
        store_n(o.sums + at, load_n(o.sums + at, lanes[v]) + sums[r][v], lanes[v]);
        if (o.squares == nullptr) continue;
        const Vec before = load_n(o.squares + at, lanes[v]);
        store_n(o.squares + at, fma(sums[r][v], sums[r][v], before), lanes[v]);
      }
    }
  }
}

using OuterMicro = void (*)(const OuterProducts&, std::size_t column, std::size_t first);

// Row r of the table: kernels of r + 1 columns of x.
template <std::size_t kVecs, std::size_t... kRowsLessOne>
constexpr std::array<OuterMicro, sizeof...(kRowsLessOne)> outer_micros(
    std::index_sequence<kRowsLessOne...>) {
  return {&outer_micro<kRowsLessOne + 1, kVecs>...};
}

inline void add_outer(const OuterProducts& o) noexcept {
  static constexpr auto kWide = outer_micros<2>(std::make_index_sequence<kGemmRows>());
  static constexpr auto kSlim = outer_micros<1>(std::make_index_sequence<kGemmRows>());
  for (std::size_t column = 0; column < o.columns; column += kGemmRows) {
    const std::size_t rest = o.columns - column;
    const std::size_t rows = rest < kGemmRows ? rest : kGemmRows;
    for (std::size_t first = 0; first < o.width; first += 2 * kLanes) {
      const auto& micros = o.width - first <= kLanes ? kSlim : kWide;
      micros[rows - 1](o, column, first);
    }
  }
}
