// Generic body of fast_conv.h. The factors are known to the compiler: zeros cost nothing, ones no
// multiplication.

// Numbers of kFastAxes[kIndex].*kMatrix.
template <std::size_t kIndex, auto kMatrix, std::size_t kRow>
inline constexpr auto kFactors = (kFastAxes[kIndex].*kMatrix)[kRow];

constexpr std::size_t first_factor(const std::array<float, kMostFastIn>& factors) {
  std::size_t i = 0;
  while (factors[i] == 0) ++i;
  return i;
}

// sum + factor x; the first term stands alone.
template <std::size_t kIndex, auto kMatrix, std::size_t kRow, std::size_t kI>
[[gnu::always_inline]] inline Vec add_term(Vec sum, Vec x) {
  constexpr auto kRowFactors = kFactors<kIndex, kMatrix, kRow>;
  constexpr float kFactor = kRowFactors[kI];
  if constexpr (kFactor == 0) {
    return sum;
  } else if constexpr (kI == first_factor(kRowFactors)) {
    return kFactor == 1 ? x : x * kFactor;
  } else if constexpr (kFactor == 1) {
    return sum + x;
  } else if constexpr (kFactor == -1) {
    return sum - x;
  } else {
    return fma(x, set1(kFactor), sum);
  }
}

// Row kRow of the matrix times the numbers x[0], x[step], x[2 step], ...
template <std::size_t kIndex, auto kMatrix, std::size_t kRow, std::size_t... kI>
[[gnu::always_inline]] inline Vec times_row(const Vec* x, std::size_t step,
                                            std::index_sequence<kI...>) {
  Vec sum{};
  ((sum = add_term<kIndex, kMatrix, kRow, kI>(sum, x[kI * step])), ...);
  return sum;
}

// to[r * step] = row r of the matrix times x, for all rows; x has the same step.
template <std::size_t kIndex, auto kMatrix, std::size_t kCount, std::size_t... kRow>
[[gnu::always_inline]] inline void times(const Vec* x, Vec* to, std::size_t step,
                                         std::index_sequence<kRow...>) {
  ((to[kRow * step] =
        times_row<kIndex, kMatrix, kRow>(x, step, std::make_index_sequence<kCount>())),
   ...);
}

// The matrix, kRows x kCount, on both axes of a square.
template <std::size_t kIndex, auto kMatrix, std::size_t kRows, std::size_t kCount>
[[gnu::always_inline]] inline void on_both_axes(const Vec* x, Vec* to) {
  constexpr auto kRowIndices = std::make_index_sequence<kRows>();
  Vec half[kRows * kCount];
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kCount; ++i)
    times<kIndex, kMatrix, kCount>(x + i, half + i, kCount, kRowIndices);
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kRows; ++r)
    times<kIndex, kMatrix, kCount>(half + r * kCount, to + r * kRows, 1, kRowIndices);
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
    on_both_axes<kIndex, &FastAxis::input, kAxis.products, kAxis.in>(x, to);
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
    Vec largest = set1(-std::numeric_limits<float>::infinity());
    for (const Vec* x : {square, square + 1, square + kOut, square + kOut + 1})
      largest = larger(largest, finish(o.tail, c, lanes, nullptr, *x));
    store_n(o.pixels[i] + c, largest, lanes);
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
    on_both_axes<kIndex, &FastAxis::output, kAxis.out, kAxis.products>(m, y);
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
