// Generic body of tail.h.

// The tail of the channels from `channel` on; `other` points at the number to add to the first of
// them, or nowhere.
[[gnu::always_inline]] inline Vec finish(const Tail& tail, std::size_t channel, std::size_t lanes,
                                         const float* other, Vec x) {
  if (tail.scale != nullptr)
    x = x * load_n(tail.scale + channel, lanes) + load_n(tail.shift + channel, lanes);
  if (other != nullptr) x = x + load_n(other, lanes);
  return min(set1(tail.most), max(set1(tail.least), x));
}

// The same for a tile of sums whose rows of `other`, if not null, are `stride` apart: part by part,
// so that the tail is looked at once and not for every vector.
template <std::size_t kRows, std::size_t kVecs>
[[gnu::always_inline]] inline void finish_tile(const Tail& tail, std::size_t channel,
                                               const std::size_t (&lanes)[kVecs],
                                               const float* other, std::size_t stride,
                                               Vec (&sums)[kRows][kVecs]) {
  if (tail.scale != nullptr) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVecs; ++v) {
      const Vec scale = load_n(tail.scale + channel + v * kLanes, lanes[v]);
      const Vec shift = load_n(tail.shift + channel + v * kLanes, lanes[v]);
#pragma GCC unroll 16
      for (std::size_t r = 0; r < kRows; ++r) sums[r][v] = sums[r][v] * scale + shift;
    }
  }
  if (other != nullptr) {
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r, other += stride) {
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVecs; ++v)
        sums[r][v] = sums[r][v] + load_n(other + v * kLanes, lanes[v]);
    }
  }
  const Vec least = set1(tail.least);
  const Vec most = set1(tail.most);
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVecs; ++v) sums[r][v] = min(most, max(least, sums[r][v]));
  }
}

inline void finish_rows(const Tail& tail, std::size_t rows, std::size_t channels,
                        const float* const* others, float* const* values) noexcept {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < channels; c += kLanes) {
      const std::size_t lanes = channels - c < kLanes ? channels - c : kLanes;
      const float* other = others == nullptr ? nullptr : others[r] + c;
      store_n(values[r] + c, finish(tail, c, lanes, other, load_n(values[r] + c, lanes)), lanes);
    }
  }
}

// The larger of two numbers, for poolings: the first of equals, and NaN wins and stays.
template <class Number>
[[gnu::always_inline]] inline Number larger(Number largest, Number x) {
  return (x <= largest) | (largest != largest) ? largest : x;
}

// The largest of four numbers of which `numbers` holds kLanes each, to `out`, and which of them it
// is, to `winner`: kNoWinner where the tail has clamped it. Apart, for most poolings need only out.
[[gnu::noinline]] inline void store_winner(const Tail& tail, std::size_t lanes,
                                           const float* numbers, float* out, float* winner) {
  Vec largest = set1(-std::numeric_limits<float>::infinity());
  Vec place{};
  for (std::size_t i = 0; i < 4; ++i) {
    const Vec before = largest;
    largest = larger(largest, load(numbers + i * kLanes));
    place = (largest == before) | (before != before) ? place : set1(static_cast<float>(i));
  }
  place = largest > set1(tail.least) ? place : set1(kNoWinner);
  store_n(winner, largest < set1(tail.most) ? place : set1(kNoWinner), lanes);
  store_n(out, largest, lanes);
}

// The largest of the four numbers x(0) to x(3), to `out`; which of them it is, to `winner` if that
// is given.
template <class Numbers>
[[gnu::always_inline]] inline void store_largest(const Tail& tail, std::size_t lanes, Numbers x,
                                                 float* out, float* winner) {
  const Vec numbers[] = {x(0), x(1), x(2), x(3)};
  if (winner != nullptr) {
    float stored[4 * kLanes];
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) store(stored + i * kLanes, numbers[i]);
    return store_winner(tail, lanes, stored, out, winner);
  }
  Vec largest = set1(-std::numeric_limits<float>::infinity());
#pragma GCC unroll 4
  for (std::size_t i = 0; i < 4; ++i) largest = larger(largest, numbers[i]);
  store_n(out, largest, lanes);
}
