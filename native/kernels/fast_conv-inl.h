// Generic body of fast_conv.h. The factors are known to the compiler: zeros cost nothing, ones no
// multiplication, and what two sums share is summed up once.

// A matrix of kFastAxes in which neighbours that differ by signs alone are one sum and one
// difference: kSign of the first of them is 1, or -1 where the difference is to be turned.
template <std::size_t kRows, std::size_t kCount>
struct Folded {
  std::array<std::array<float, kCount>, kRows> matrix;
  std::array<int, kMostFastIn> sign{};
};

// Rows whose odd, or even, factors are opposite: the even part comes first, the odd part second.
template <std::size_t kRows, std::size_t kCount>
constexpr Folded<kRows, kCount> fold_rows(
    const std::array<std::array<float, kCount>, kRows>& matrix) {
  Folded<kRows, kCount> folded{matrix};
  for (std::size_t r = 0; r + 1 < kRows; ++r) {
    bool odd_opposite = true, even_opposite = true, odd = false, even = false;
    for (std::size_t i = 0; i < kCount; ++i) {
      const float here = matrix[r][i];
      const float next = matrix[r + 1][i];
      odd_opposite = odd_opposite && next == (i % 2 == 0 ? here : -here);
      even_opposite = even_opposite && next == (i % 2 == 0 ? -here : here);
      (i % 2 == 0 ? even : odd) |= here != 0;
    }
    if (!odd || !even || (!odd_opposite && !even_opposite)) continue;
    for (std::size_t i = 0; i < kCount; ++i) {
      folded.matrix[r][i] = i % 2 == 0 ? matrix[r][i] : 0;
      folded.matrix[r + 1][i] = i % 2 == 0 ? 0 : matrix[r][i];
    }
    folded.sign[r++] = odd_opposite ? 1 : -1;
  }
  return folded;
}

// Columns whose factors are equal or opposite: those of the sum come first, of the difference
// second.
template <std::size_t kRows, std::size_t kCount>
constexpr Folded<kRows, kCount> fold_columns(
    const std::array<std::array<float, kCount>, kRows>& matrix) {
  Folded<kRows, kCount> folded{matrix};
  for (std::size_t c = 0; c + 1 < kCount; ++c) {
    bool equal = true, used = false;
    for (std::size_t r = 0; r < kRows; ++r) {
      const float here = matrix[r][c];
      const float next = matrix[r][c + 1];
      equal = equal && (next == here || next == -here);
      used |= here != 0;
    }
    if (!equal || !used) continue;
    for (std::size_t r = 0; r < kRows; ++r) {
      const bool sum = matrix[r][c + 1] == matrix[r][c];
      folded.matrix[r][c] = sum ? matrix[r][c] : 0;
      folded.matrix[r][c + 1] = sum ? 0 : matrix[r][c];
    }
    folded.sign[c++] = 1;
  }
  return folded;
}

// The first kRows x kCount numbers of a matrix.
template <std::size_t kRows, std::size_t kCount, class Matrix>
constexpr auto part_of(const Matrix& matrix) {
  std::array<std::array<float, kCount>, kRows> part{};
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t i = 0; i < kCount; ++i) part[r][i] = matrix[r][i];
  }
  return part;
}

template <std::size_t kIndex>
inline constexpr auto kInputMatrix =
    fold_rows(part_of<kFastAxes[kIndex].products, kFastAxes[kIndex].in>(kFastAxes[kIndex].input));
template <std::size_t kIndex>
inline constexpr auto kOutputMatrix = fold_columns(
    part_of<kFastAxes[kIndex].out, kFastAxes[kIndex].products>(kFastAxes[kIndex].output));

template <std::size_t kCount>
constexpr std::size_t first_factor(const std::array<float, kCount>& factors) {
  std::size_t i = 0;
  while (factors[i] == 0) ++i;
  return i;
}

// sum + factor x; the first term stands alone.
template <const auto& kFolded, std::size_t kRow, std::size_t kI>
[[gnu::always_inline]] inline Vec add_term(Vec sum, Vec x) {
  constexpr auto kFactors = kFolded.matrix[kRow];
  constexpr float kFactor = kFactors[kI];
  if constexpr (kFactor == 0) {
    return sum;
  } else if constexpr (kI == first_factor(kFactors)) {
    return kFactor == 1 ? x : x * kFactor;
  } else if constexpr (kFactor == 1) {
    return sum + x;
  } else if constexpr (kFactor == -1) {
    return sum - x;
  } else {
    return fma(x, set1(kFactor), sum);
  }
}

// Row kRow of the matrix times the numbers x.
template <const auto& kFolded, std::size_t kRow, std::size_t... kI>
[[gnu::always_inline]] inline Vec times_row(const Vec* x, std::index_sequence<kI...>) {
  Vec sum{};
  ((sum = add_term<kFolded, kRow, kI>(sum, x[kI])), ...);
  return sum;
}

// Sums and differences of the neighbours at kI and behind it.
template <const auto& kFolded, std::size_t... kI>
[[gnu::always_inline]] inline void unfold(Vec* x, std::index_sequence<kI...>) {
  const auto pair = [x]<std::size_t kAt>() {
    if constexpr (kFolded.sign[kAt] != 0) {
      const Vec first = x[kAt];
      const Vec second = x[kAt + 1];
      x[kAt] = first + second;
      x[kAt + 1] = kFolded.sign[kAt] > 0 ? first - second : second - first;
    }
  };
  (pair.template operator()<kI>(), ...);
}

// to[r * step] = row r of the matrix before folding times x, for all rows; x has the same step.
template <const auto& kFolded, bool kRowsFolded, std::size_t... kRow>
[[gnu::always_inline]] inline void times(const Vec* x, Vec* to, std::size_t step,
                                         std::index_sequence<kRow...> rows) {
  constexpr std::size_t kCount = kFolded.matrix[0].size();
  constexpr auto kColumns = std::make_index_sequence<kCount>();
  Vec from[kCount];
  for (std::size_t i = 0; i < kCount; ++i) from[i] = x[i * step];
  if constexpr (!kRowsFolded) unfold<kFolded>(from, kColumns);
  Vec out[sizeof...(kRow)];
  ((out[kRow] = times_row<kFolded, kRow>(from, kColumns)), ...);
  if constexpr (kRowsFolded) unfold<kFolded>(out, rows);
  ((to[kRow * step] = out[kRow]), ...);
}

// Rows and columns that are transformed without a loop: all, or with one lane, for machines that
// have no vectors, one, which is smaller.
inline constexpr int kAxesAtOnce = kLanes > 1 ? 9 : 1;

// The matrix on both axes of a square.
template <const auto& kFolded, bool kRowsFolded>
[[gnu::always_inline]] inline void on_both_axes(const Vec* x, Vec* to) {
  constexpr std::size_t kRows = kFolded.matrix.size();
  constexpr std::size_t kCount = kFolded.matrix[0].size();
  constexpr auto kRowIndices = std::make_index_sequence<kRows>();
  Vec half[kRows * kCount];
#pragma GCC unroll kAxesAtOnce
  for (std::size_t i = 0; i < kCount; ++i)
    times<kFolded, kRowsFolded>(x + i, half + i, kCount, kRowIndices);
#pragma GCC unroll kAxesAtOnce
  for (std::size_t r = 0; r < kRows; ++r)
    times<kFolded, kRowsFolded>(half + r * kCount, to + r * kRows, 1, kRowIndices);
}

template <std::size_t kIndex>
void fast_input(const float* const* pixels, std::size_t channels, float* slabs,
                const std::size_t* places) noexcept {
  constexpr FastAxis kAxis = kFastAxes[kIndex];
  constexpr std::size_t kIn = kAxis.in * kAxis.in;
  constexpr std::size_t kSlabs = kAxis.products * kAxis.products;
  for (std::size_t c = 0; c < channels; c += kLanes) {
    const std::size_t lanes = channels - c < kLanes ? channels - c : kLanes;
    Vec x[kIn];
    Vec to[kSlabs];
    for (std::size_t i = 0; i < kIn; ++i) x[i] = load_n(pixels[i] + c, lanes);
    on_both_axes<kInputMatrix<kIndex>, true>(x, to);
    for (std::size_t p = 0; p < kSlabs; ++p) store_n(slabs + places[p] + c, to[p], lanes);
  }
}

// The largest of each 2 x 2 of the kOut x kOut numbers y, to the pixels.
template <std::size_t kOut>
[[gnu::always_inline]] inline void store_pooled(const FastOutput& o, const Vec* y, std::size_t c,
                                                std::size_t lanes) {
  for (std::size_t i = 0; i < kOut / 2 * (kOut / 2); ++i) {
    if (o.pixels[i] == nullptr) continue;
    const Vec* square = y + i / (kOut / 2) * 2 * kOut + i % (kOut / 2) * 2;
    store_largest(
        o.tail, lanes,
        [&](std::size_t k) {
          return finish(o.tail, c, lanes, nullptr, square[k / 2 * kOut + k % 2]);
        },
        o.pixels[i] + c, o.winners == nullptr ? nullptr : o.winners[i] + c);
  }
}

template <std::size_t kIndex>
void fast_output(const FastOutput& o) noexcept {
  constexpr FastAxis kAxis = kFastAxes[kIndex];
  constexpr std::size_t kSlabs = kAxis.products * kAxis.products;
  constexpr std::size_t kOut = kAxis.out * kAxis.out;
  for (std::size_t c = 0; c < o.channels; c += kLanes) {
    const std::size_t lanes = o.channels - c < kLanes ? o.channels - c : kLanes;
    Vec m[kSlabs];
    Vec y[kOut];
    for (std::size_t p = 0; p < kSlabs; ++p) m[p] = load_n(o.slabs + p * o.slab + c, lanes);
    on_both_axes<kOutputMatrix<kIndex>, false>(m, y);
    const Vec start = load_n(o.bias + c, lanes);
    for (std::size_t i = 0; i < kOut; ++i) y[i] = y[i] + start;
    if (o.pools) {
      store_pooled<kAxis.out>(o, y, c, lanes);
      continue;
    }
    for (std::size_t i = 0; i < kOut; ++i) {
      if (o.pixels[i] == nullptr) continue;
      const float* other = o.others == nullptr ? nullptr : o.others[i] + c;
      store_n(o.pixels[i] + c, finish(o.tail, c, lanes, other, y[i]), lanes);
    }
  }
}

template <std::size_t... kIndex>
constexpr FastTable fast_table(std::index_sequence<kIndex...>) {
  return {{{&fast_input<kIndex>, &fast_output<kIndex>}...}};
}
inline constexpr FastTable kFast = fast_table(std::make_index_sequence<kFastAxes.size()>());
