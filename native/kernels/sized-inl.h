// Generic body of sized.h: a row at a time, for each number that is not 0; every weight that is
// loaded serves both sums, so that the processor multiplies as fast as it does many rows at once.

// Vectors that keep every instruction set's multipliers busy with two sums each.
inline constexpr std::size_t kSizedVecs = 4;
inline constexpr std::size_t kSizedWidth = kSizedVecs * kLanes;
// Of the panels that are left over, which alone would keep too few sums busy.
inline constexpr std::size_t kSizedRows = 4;

// As load(), into a register: compilers would read a number that is used twice twice from memory,
// which takes longer than what is done with it.
[[gnu::always_inline]] inline Vec load_once(const float* from) {
  using Number [[gnu::aligned(sizeof(float)), gnu::may_alias]] = Vec;
  return *reinterpret_cast<const volatile Number*>(from);
}

// The rows of a group times the panel of kVecs vectors that starts at `column`.
template <std::size_t kRows, std::size_t kVecs>
void sized_micro(const SizedTile& s, const GemmRows& group, const float* panel,
                 std::size_t column) {
  const GemmTile& t = s.product;
  const std::size_t columns = t.weights->width - column;
  std::size_t lanes[kVecs];
  for (std::size_t v = 0; v < kVecs; ++v) {
    lanes[v] =
        columns > v * kLanes ? (columns - v * kLanes < kLanes ? columns - v * kLanes : kLanes) : 0;
  }
  Vec sums[kRows][kVecs], sizes[kRows][kVecs];
#pragma GCC unroll 4
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVecs; ++v) {
      sums[r][v] = load_n(t.init[group.first + r] + column + v * kLanes, lanes[v]);
      sizes[r][v] = load_n(s.sizes_init[group.first + r] + column + v * kLanes, lanes[v]);
    }
  }
  const float* tile = t.tile + group.first * t.stride;
  const std::uint32_t* weight_rows = t.weight_rows.data();
  for (std::size_t i = 0; i < group.columns->count; ++i) {
    const auto k = static_cast<std::size_t>(group.columns->at[i]);
    const float* weights = panel + weight_rows[k] * (kVecs * kLanes);
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVecs; ++v) {
      const Vec weight = load_once(weights + v * kLanes);
      const Vec size = abs(weight);
#pragma GCC unroll 4
      for (std::size_t r = 0; r < kRows; ++r) {
        const Vec x = set1(tile[r * t.stride + k]);
        sums[r][v] = fma(x, weight, sums[r][v]);
        sizes[r][v] = fma(abs(x), size, sizes[r][v]);
      }
    }
  }
#pragma GCC unroll 4
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVecs; ++v) {
      store_n(t.out[group.first + r] + column + v * kLanes, sums[r][v] + Vec{}, lanes[v]);
      store_n(s.sizes[group.first + r] + column + v * kLanes, sizes[r][v] + Vec{}, lanes[v]);
    }
  }
}

// A row times the kSizedVecs vectors that start at `column`, in panels from `panel` on.
inline void sized_row(const SizedTile& s, std::size_t row, const SparseRow& from,
                      const float* panel, std::size_t column) {
  const GemmTile& t = s.product;
  const std::size_t next_panel = t.weights->depth * kPanel;
  Vec sums[kSizedVecs], sizes[kSizedVecs];
#pragma GCC unroll 4
  for (std::size_t v = 0; v < kSizedVecs; ++v) {
    sums[v] = load(t.init[row] + column + v * kLanes);
    sizes[v] = load(s.sizes_init[row] + column + v * kLanes);
  }
  for (std::size_t i = 0; i < from.count; ++i) {
    const float* weights = panel + static_cast<std::size_t>(from.weight_rows[i]) * kPanel;
    const Vec x = set1(__builtin_bit_cast(float, from.numbers[i]));
    const Vec x_size = abs(x);
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kSizedVecs; ++v) {
      const Vec weight = load_once(weights + v / 2 * next_panel + v % 2 * kLanes);
      sums[v] = fma(x, weight, sums[v]);
      sizes[v] = fma(x_size, abs(weight), sizes[v]);
    }
  }
#pragma GCC unroll 4
  for (std::size_t v = 0; v < kSizedVecs; ++v) {
    store(t.out[row] + column + v * kLanes, sums[v] + Vec{});
    store(s.sizes[row] + column + v * kLanes, sizes[v] + Vec{});
  }
}

// Columns [0, end), a multiple of kSizedWidth.
inline void sized_rows(const SizedTile& s, std::size_t end) {
  const GemmTile& t = s.product;
  SparseRow rows[kTileRows];
  for (std::size_t row = 0; row < t.rows; ++row) find_numbers(t, row, rows[row]);
  for (std::size_t column = 0; column < end; column += kSizedWidth) {
    const float* panel = t.weights->data.data() + column * t.weights->depth;
    const NextWeights next(t, column, kSizedWidth);
    for (std::size_t row = 0; row < t.rows; ++row) {
      next.ask(row);
      sized_row(s, row, rows[row], panel, column);
    }
  }
}

using SizedMicro = void (*)(const SizedTile&, const GemmRows&, const float* panel,
                            std::size_t column);

// Columns [column, end), kVecs vectors at a time, kSizedRows rows at a time.
template <std::size_t kVecs>
void sized_columns(const SizedTile& s, std::size_t column, std::size_t end) {
  const GemmTile& t = s.product;
  GemmRows groups[kTileRows];
  Columns columns[kTileRows];
  std::size_t count = 0;
  for (std::size_t row = 0; row < t.rows; row += groups[count++].rows) {
    const std::size_t rows = t.rows - row < kSizedRows ? 1 : kSizedRows;
    find_columns(t, row, rows, columns[count]);
    groups[count] = {row, rows, &columns[count]};
  }
  for (; column < end; column += kVecs * kLanes) {
    const float* panel = t.weights->data.data() + column * t.weights->depth;
    for (std::size_t i = 0; i < count; ++i) {
      const SizedMicro micro =
          groups[i].rows == kSizedRows ? &sized_micro<kSizedRows, kVecs> : &sized_micro<1, kVecs>;
      micro(s, groups[i], panel, column);
    }
  }
}

inline void sized(const SizedTile& s) noexcept {
  const std::size_t width = s.product.weights->width;
  const std::size_t wide = width - width % kSizedWidth;
  const std::size_t slim = width % kPanel == 0 || width % kPanel > kLanes ? 0 : width % kPanel;
  if (wide > 0) sized_rows(s, wide);
  if (wide < width - slim) sized_columns<2>(s, wide, width - slim);
  if (slim > 0) sized_columns<1>(s, width - slim, width);
}
