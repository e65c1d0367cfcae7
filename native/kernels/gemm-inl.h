// Generic body of gemm.h.

inline constexpr std::size_t kPanel = 2 * kLanes;
static_assert(kRowMultiple % kGemmRows == 0);

// 0, 1, ... in the lanes.
[[gnu::always_inline]] inline IntVec lane_numbers() {
  std::int32_t lanes[kLanes];
  for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] = static_cast<std::int32_t>(lane);
  IntVec numbers;
  __builtin_memcpy(&numbers, lanes, sizeof numbers);
  return numbers;
}

// -0 becomes 0; NaN goes through.
[[gnu::always_inline]] inline Vec clamped(Vec x, float least, float most) {
  return min(set1(most), max(set1(least), x + Vec{}));
}

// Numbers of a few rows of a tile, and from kWeights on where each one's weights start in panels of
// one vector.
struct Columns {
  static constexpr std::size_t kWeights = kTileDepth + kLanes;
  std::size_t count;
  std::int32_t at[2 * kWeights];
};

// Shows a finder all numbers of a row or of rows; returns how many it found.
template <class Finder>
[[gnu::always_inline]] inline std::size_t look_at_all(const Finder& finder, std::size_t depth) {
  std::size_t kept = 0;  // in a register: the next place hangs on it
  std::size_t k = 0;
  for (; k + kLanes <= depth; k += kLanes) kept = finder.look(k, kLanes, kept);
  return k < depth ? finder.look(k, depth - k, kept) : kept;
}

// Looks at `count` numbers of some rows, not more than there are lanes.
struct ColumnFinder {
  const float* rows;
  std::size_t row_count;
  std::size_t stride;
  const std::uint32_t* weight_rows;
  IntVec all;  // -1 where numbers that are 0 are kept too
  Columns& found;

  // Returns how many are found when `kept` were before.
  [[gnu::always_inline]] std::size_t look(std::size_t k, std::size_t count,
                                          std::size_t kept) const {
    IntVec any = all;
    for (std::size_t r = 0; r < row_count; ++r)
      any |= bits<IntVec>(load_n(rows + r * stride + k, count));
    IntVec weights{};
    __builtin_memcpy(&weights, weight_rows + k, count * sizeof *weight_rows);
    const IntVec places = lane_numbers();
    IntVec keep = magnitude(bits<Vec>(any));
    if (count < kLanes) keep = places < static_cast<std::int32_t>(count) ? keep : IntVec{};
    store_kept(found.at + Columns::kWeights + kept, weights * static_cast<std::int32_t>(kLanes),
               keep);
    return kept + store_kept(found.at + kept, places + static_cast<std::int32_t>(k), keep);
  }
};

// Those that are not 0 in all of the rows [first, first + rows); all numbers where weights may be
// infinite or NaN, and where no row is looked at.
inline void find_columns(const GemmTile& t, std::size_t first, std::size_t rows, Columns& found) {
  const std::size_t depth = t.weight_rows.size();
  const bool takes_all = rows == 0 || !t.weights->finite;
  const ColumnFinder finder{t.tile + first * t.stride, rows, t.stride, t.weight_rows.data(),
                            IntVec{} - (takes_all ? 1 : 0), found};
  found.count = look_at_all(finder, depth);
}

// Into a register: compilers would rather add addresses up from their parts in every turn of a loop
// than spare a register for them.
template <class T>
[[gnu::always_inline]] inline void keep(T& address) {
  asm("" : "+r"(address));
}

// Numbers of rows side by side. A processor adds twice, four or eight times a register to an address
// as it reads, so that steps to the odd rows are all it takes; compilers, left alone, keep one for
// each row, which are more than there are registers.
template <std::size_t kRows>
class RowSteps {
 public:
  [[gnu::always_inline]] explicit RowSteps(std::size_t stride) {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kRows / 2; ++i) odd_[i] = (2 * i + 1) * stride * sizeof(float);
  }

  // To be called in every turn of a loop: hides that the steps are those of the turn before.
  [[gnu::always_inline]] void renew() {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kRows / 2; ++i) keep(odd_[i]);
  }

  // The number of row r below `first`, which is one of row 0.
  [[gnu::always_inline]] float at(const float* first, std::size_t r) const {
    if (r == 0) return *first;
    const int twos = __builtin_ctzll(r);
    const auto* bytes = reinterpret_cast<const unsigned char*>(first);
    float number;
    __builtin_memcpy(&number, bytes + (odd_[(r >> twos) / 2] << twos), sizeof number);
    return number;
  }

 private:
  std::size_t odd_[kRows / 2 + 1];
};

// At most kGemmRows rows of a tile.
struct GemmRows {
  std::size_t first;
  std::size_t rows;
  const Columns* columns;
  const float* ahead = nullptr;  // the next panel, from the first line that this group asks for
};

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
  const float* tile = t.tile + row * t.stride;
  const float* ahead = group.ahead;
  const std::int32_t* at = group.columns->at;
  const std::int32_t* end = at + group.columns->count;
  keep(tile), keep(ahead), keep(at);
  RowSteps<kRows> steps(t.stride);
  for (; at != end; ++at) {
    const float* numbers = tile + static_cast<std::uint32_t>(*at);
    const std::size_t start = static_cast<std::uint32_t>(at[Columns::kWeights]) * kVecs;
    const float* weights = panel + start;
    __builtin_prefetch(ahead + start);
    steps.renew();
    Vec w[kVecs];
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVecs; ++v) w[v] = load(weights + v * kLanes);
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) {
      const Vec x = set1(steps.at(numbers, r));
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVecs; ++v) sums[r][v] = fma(x, w[v], sums[r][v]);
    }
  }
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVecs; ++v) {
      store_n(t.out[row + r] + column + v * kLanes, clamped(sums[r][v], t.least, t.most), lanes[v]);
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

// Numbers [j, j + kVecs * kLanes) of all rows, of the last vector only `lanes`: what the rows share
// stays in registers.
template <std::size_t kVecs>
[[gnu::always_inline]] inline void scale_columns(const ScaledRows& s, std::size_t j,
                                                 std::size_t lanes) {
  Vec init[kVecs];
#pragma GCC unroll 4
  for (std::size_t v = 0; v < kVecs; ++v) init[v] = load_n(s.init + j + v * kLanes, lanes);
  float* out = s.out + j;
  for (const std::uint32_t row : s.picked) {
    const Vec x = set1(s.factors[row]);
    const float* weights = s.weights + row * s.width + j;
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVecs; ++v) {
      const Vec sum = fma(x, load_n(weights + v * kLanes, lanes), init[v]);
      store_n(out + v * kLanes, clamped(sum, s.least, s.most), lanes);
    }
    out += s.width;
  }
}

inline void add_scaled_rows(const ScaledRows& s) noexcept {
  constexpr std::size_t kVecs = 4;
  std::size_t j = 0;
  for (; j + kVecs * kLanes <= s.width; j += kVecs * kLanes) scale_columns<kVecs>(s, j, kLanes);
  for (; j + 2 * kLanes <= s.width; j += 2 * kLanes) scale_columns<2>(s, j, kLanes);
  if (j + kLanes <= s.width) {
    scale_columns<1>(s, j, kLanes);
    j += kLanes;
  }
  if (j < s.width) scale_columns<1>(s, j, s.width - j);
}

inline std::size_t find_changed(const float* numbers, std::size_t count,
                                std::uint32_t* places) noexcept {
  static_assert(kLanes <= kKeptSlack);
  IntVec place = lane_numbers();
  std::size_t found = 0;
  for (std::size_t i = 0; i < count; i += kLanes, place += static_cast<std::int32_t>(kLanes)) {
    const Vec here = load_n(numbers + i, count - i < kLanes ? count - i : kLanes);
    found += store_kept(reinterpret_cast<std::int32_t*>(places + found), place, magnitude(here));
  }
  return found;
}

// Rows with few numbers that are not 0 are multiplied one by one, kSparseVecs vectors wide, as many
// numbers at a time as leave their weights in the first-level cache.
inline constexpr std::size_t kFirstLevelFloats = std::size_t{1} << 13;
inline constexpr std::size_t kSparseVecs = 8;
inline constexpr std::size_t kSparseWidth = kSparseVecs * kLanes;
inline constexpr std::size_t kSparseDepth = kFirstLevelFloats / kSparseWidth;

// The weights that a tile's rows will be multiplied with next. Every row asks for its share of
// them: lists of places have no pattern by which a processor would do so itself.
class NextWeights {
 public:
  // After the columns [column, column + width): the same rows of the next panels, else the next
  // rows of the first ones.
  NextWeights(const GemmTile& t, std::size_t column, std::size_t width)
      : panel_floats_(t.weights->depth * kPanel), part_(t.weight_rows.size() * kPanel) {
    if (part_ == 0) return;
    const bool turns = column + 2 * width > t.weights->width;
    const std::size_t row = t.weight_rows.front() + (turns ? t.weight_rows.size() : 0);
    if (row + t.weight_rows.size() > t.weights->depth) return;
    first_ =
        t.weights->data.data() + (turns ? 0 : (column + width) * t.weights->depth) + row * kPanel;
    each_ = (width / kPanel * part_ + t.rows - 1) / t.rows;
  }

  [[gnu::always_inline]] void ask(std::size_t row) const {
    if (first_ == nullptr) return;
    constexpr std::size_t kLine = 16;
    constexpr int kSecondLevel = 2;
    const float* from = first_ + row * each_ / part_ * panel_floats_ + row * each_ % part_;
    for (std::size_t i = 0; i < each_; i += kLine) __builtin_prefetch(from + i, 0, kSecondLevel);
  }

 private:
  const float* first_ = nullptr;
  std::size_t panel_floats_;
  std::size_t part_;
  std::size_t each_ = 0;
};

// The numbers of a row of a tile that are not 0, and the rows of weights that they belong to.
struct SparseRow {
  std::size_t count;
  std::int32_t weight_rows[kTileDepth + kLanes];
  std::int32_t numbers[kTileDepth + kLanes];
};

// Looks at `count` numbers of a row, not more than there are lanes.
struct NumberFinder {
  const float* from;
  const std::uint32_t* weight_rows;
  IntVec all;  // -1 where numbers that are 0 are kept too
  SparseRow& found;

  // Returns how many numbers are found when `kept` were before.
  [[gnu::always_inline]] std::size_t look(std::size_t k, std::size_t count,
                                          std::size_t kept) const {
    const Vec here = load_n(from + k, count);
    IntVec rows{};
    __builtin_memcpy(&rows, weight_rows + k, count * sizeof *weight_rows);
    IntVec keep = magnitude(here) | all;
    if (count < kLanes) keep = lane_numbers() < static_cast<std::int32_t>(count) ? keep : IntVec{};
    store_kept(found.weight_rows + kept, rows, keep);
    return kept + store_kept(found.numbers + kept, bits<IntVec>(here), keep);
  }
};

// All numbers where weights may be infinite or NaN.
inline void find_numbers(const GemmTile& t, std::size_t row, SparseRow& found) {
  const std::size_t depth = t.weight_rows.size();
  const NumberFinder finder{t.tile + row * t.stride, t.weight_rows.data(),
                            IntVec{} - (t.weights->finite ? 0 : 1), found};
  found.count = look_at_all(finder, depth);
}

// A row times the panels from `panel` on, which start at `column`.
inline void sparse_micro(const GemmTile& t, std::size_t row, const SparseRow& from,
                         const float* panel, std::size_t column) {
  const float* init = t.init[row] + column;
  float* out = t.out[row] + column;
  const std::size_t next_panel = t.weights->depth * kPanel;
  Vec sums[kSparseVecs];
#pragma GCC unroll 8
  for (std::size_t v = 0; v < kSparseVecs; ++v) sums[v] = load(init + v * kLanes);
  for (std::size_t i = 0; i < from.count; ++i) {
    const float* weights = panel + static_cast<std::size_t>(from.weight_rows[i]) * kPanel;
    const Vec factor = set1(__builtin_bit_cast(float, from.numbers[i]));
#pragma GCC unroll 8
    for (std::size_t v = 0; v < kSparseVecs; ++v) {
      const float* at = weights + v / 2 * next_panel + v % 2 * kLanes;
      sums[v] = fma(factor, load(at), sums[v]);
    }
  }
#pragma GCC unroll 8
  for (std::size_t v = 0; v < kSparseVecs; ++v)
    store(out + v * kLanes, clamped(sums[v], t.least, t.most));
}

// Whether the first rows have so few numbers that are not 0 that skipping them one by one beats
// skipping what is 0 in all rows of a group.
inline bool is_sparse(const GemmTile& t) {
  constexpr std::size_t kProbes = 8;
  if (t.rows < kProbes || t.weights->width < kSparseWidth || !t.weights->finite) return false;
  std::size_t count = 0;
  Columns columns;
  for (std::size_t row = 0; row < kProbes; ++row) {
    find_columns(t, row, 1, columns);
    count += columns.count;
  }
  return 5 * count < 3 * kProbes * t.weight_rows.size();
}

// As many whole parts of kSparseWidth columns as there are.
inline void sparse_columns(const GemmTile& t) {
  SparseRow rows[kTileRows];
  for (std::size_t row = 0; row < t.rows; ++row) find_numbers(t, row, rows[row]);
  const float* panel = t.weights->data.data();
  for (std::size_t column = 0; column + kSparseWidth <= t.weights->width; column += kSparseWidth) {
    const NextWeights next(t, column, kSparseWidth);
    for (std::size_t row = 0; row < t.rows; ++row) {
      next.ask(row);
      sparse_micro(t, row, rows[row], panel, column);
    }
    panel += kSparseWidth * t.weights->depth;
  }
}

// The same, kSparseDepth numbers at a time; returns how many columns that was.
inline std::size_t sparse_gemm(const GemmTile& t) {
  const std::size_t depth = t.weight_rows.size();
  GemmTile part = t;
  for (std::size_t k = 0; k < depth; k += kSparseDepth) {
    const bool last = depth - k <= kSparseDepth;
    part.tile = t.tile + k;
    part.weight_rows = t.weight_rows.subspan(k, last ? depth - k : kSparseDepth);
    part.init = k == 0 ? t.init : t.out;
    part.least = last ? t.least : -std::numeric_limits<float>::infinity();
    part.most = last ? t.most : std::numeric_limits<float>::infinity();
    sparse_columns(part);
  }
  return t.weights->width - t.weights->width % kSparseWidth;
}

// All columns from `column` on, a multiple of kPanel.
inline void dense_gemm(const GemmTile& t, std::size_t column) {
  static constexpr auto kWide = gemm_micros<2>(std::make_index_sequence<kGemmRows>());
  static constexpr auto kSlim = gemm_micros<1>(std::make_index_sequence<kGemmRows>());
  constexpr std::size_t kMostGroups = (kTileRows + kGemmRows - 1) / kGemmRows;
  GemmRows groups[kMostGroups];
  Columns columns[kMostGroups];
  if (!t.skips_zeros) find_columns(t, 0, 0, columns[0]);
  std::size_t count = 0;
  for (std::size_t row = 0; row < t.rows; row += kGemmRows, ++count) {
    const std::size_t rows = t.rows - row < kGemmRows ? t.rows - row : kGemmRows;
    if (t.skips_zeros) find_columns(t, row, rows, columns[count]);
    groups[count] = {row, rows, &columns[t.skips_zeros ? count : 0]};
  }
  const float* panel = t.weights->data.data() + column * t.weights->depth;
  for (; column < t.weights->width; column += kPanel) {
    const bool slim = t.weights->width - column <= kLanes;
    const auto& micros = slim ? kSlim : kWide;
    const float* next = panel + t.weights->depth * kPanel;
    if (column + kPanel >= t.weights->width) next = t.next == nullptr ? panel : t.next;
    for (std::size_t i = 0; i < count; ++i) {
      groups[i].ahead = next + i % 2 * kLanes;
      micros[groups[i].rows - 1](t, groups[i], panel, column);
    }
    panel += t.weights->depth * (slim ? kLanes : kPanel);
  }
}

inline void gemm(const GemmTile& t) noexcept {
  const std::size_t done = t.skips_zeros && is_sparse(t) ? sparse_gemm(t) : 0;
  if (done < t.weights->width) dense_gemm(t, done);
}
