// What all instruction sets share, on top of Vec, IntVec, WordVec, kLanes, fma, load_n and store_n
// (see scalar.h). Included at the end of each set's file, inside its namespace and target region.

inline constexpr float kLog2E = 1.44269504088896341F;
inline constexpr float kLn2 = 0.693147180559945309F;

// Passed by reference, so that no function has a vector in its signature that the caller's target
// might not know.
template <class To, class From>
[[gnu::always_inline]] inline To bits(const From& from) {
  return __builtin_bit_cast(To, from);
}

// Not 0 where a number is not: the sign is left out, so that -0 counts as 0.
[[gnu::always_inline]] inline IntVec magnitude(Vec x) { return bits<IntVec>(x) << 1; }

[[gnu::always_inline]] inline Vec set1(float x) { return x - Vec{}; }
[[gnu::always_inline]] inline Vec load(const float* from) {
  Vec v;
  __builtin_memcpy(&v, from, sizeof v);
  return v;
}
[[gnu::always_inline]] inline void store(float* to, Vec v) { __builtin_memcpy(to, &v, sizeof v); }

// The second operand if either is NaN, as the processors' own instructions have it.
[[gnu::always_inline]] inline Vec max(Vec a, Vec b) { return a > b ? a : b; }
[[gnu::always_inline]] inline Vec min(Vec a, Vec b) { return a < b ? a : b; }
[[gnu::always_inline]] inline Vec abs(Vec x) {
  return bits<Vec>(bits<IntVec>(x) & std::numeric_limits<std::int32_t>::max());
}

// e^x = power (1 + rest), of a few numbers: their steps are written side by side, since each waits
// for the one before it longer than a processor looks ahead.
template <std::size_t kCount>
struct Exponentials {
  Vec power[kCount];
  Vec rest[kCount];
};

// For x <= 0. With n the integer nearest to x / ln 2 and r = x - n ln 2: power = 2^n, rest = e^r -
// 1 as its Taylor polynomial of degree 7, whose error is below 6e-9 for |r| <= ln(2) / 2. Below -87
// the result stays at e^-87 = 1.7e-38, where 2^n would leave the normal numbers. NaN goes through.
template <std::size_t kCount>
[[gnu::always_inline]] inline void split_exponentials(const Vec (&numbers)[kCount],
                                                      Exponentials<kCount>& out) {
  constexpr float kShift =
      12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer, kept in the low bits
  constexpr std::int32_t kShiftBits = 0x4B400000;
  constexpr float kLn2High = 0.693359375F;  // 9 bits, so that its product with n is exact
  constexpr float kLn2Low = -2.12194440054690583e-4F;
  constexpr float kTerms[] = {1.0F / 720, 1.0F / 120, 1.0F / 24, 1.0F / 6, 1.0F / 2};
  Vec x[kCount], shifted[kCount], r[kCount], p[kCount];
#pragma GCC unroll 4
  for (std::size_t i = 0; i < kCount; ++i) {
    x[i] = max(set1(-87.0F), numbers[i]);
    shifted[i] = fma(x[i], set1(kLog2E), set1(kShift));
    const Vec n = shifted[i] - kShift;
    r[i] = fma(n, set1(-kLn2Low), fma(n, set1(-kLn2High), x[i]));
    p[i] = set1(1.0F / 5040);
  }
#pragma GCC unroll 8
  for (const float term : kTerms) {
#pragma GCC unroll 4
    for (std::size_t i = 0; i < kCount; ++i) p[i] = fma(p[i], r[i], set1(term));
  }
#pragma GCC unroll 4
  for (std::size_t i = 0; i < kCount; ++i) {
    out.power[i] = bits<Vec>((bits<IntVec>(shifted[i]) - kShiftBits + 127) << 23);
    out.rest[i] = fma(p[i] * r[i], r[i], r[i]);
  }
}

// e^x and e^x - 1 for x <= 0, within 2 units in the last place (of the result; for e^x >= e^-87).
template <std::size_t kCount>
[[gnu::always_inline]] inline void exp_of_negatives(Vec (&x)[kCount]) {
  Exponentials<kCount> e;
  split_exponentials(x, e);
#pragma GCC unroll 4
  for (std::size_t i = 0; i < kCount; ++i) x[i] = fma(e.power[i], e.rest[i], e.power[i]);
}
[[gnu::always_inline]] inline Vec exp_of_negative(Vec x) {
  Vec one[] = {x};
  exp_of_negatives(one);
  return one[0];
}
[[gnu::always_inline]] inline Vec expm1_of_negative(Vec x) {
  Exponentials<1> e;
  split_exponentials({x}, e);
  return fma(e.power[0], e.rest[0], e.power[0] - 1.0F);
}

// 2^x for |x| < 126, and any number elsewhere. With n the integer nearest to x: 2^n times a
// polynomial of degree 6 in x - n, whose coefficients minimise the largest relative error, 0.3
// units of 2^-24; 2^0 is 1.
template <std::size_t kCount>
[[gnu::always_inline]] inline void exp2_of_moderates(Vec (&x)[kCount]) {
  constexpr float kShift = 12582912.0F;  // as above
  constexpr float kTerms[] = {1.3398875e-3F, 9.6184369e-3F, 5.5503324e-2F,
                              2.4022648e-1F, 6.9314718e-1F, 1};
  Vec shifted[kCount], r[kCount], p[kCount];
#pragma GCC unroll 4
  for (std::size_t i = 0; i < kCount; ++i) {
    shifted[i] = x[i] + kShift;
    r[i] = x[i] - (shifted[i] - kShift);
    p[i] = set1(1.5353362e-4F);
  }
#pragma GCC unroll 8
  for (const float term : kTerms) {
#pragma GCC unroll 4
    for (std::size_t i = 0; i < kCount; ++i) p[i] = fma(p[i], r[i], set1(term));
  }
#pragma GCC unroll 4
  for (std::size_t i = 0; i < kCount; ++i)
    x[i] = bits<Vec>(bits<WordVec>(p[i]) + (bits<WordVec>(shifted[i]) << 23));
}

// Squares of kHalf x kHalf numbers change places: the right ones of rows i with the left ones of
// rows i + kHalf.
template <std::size_t kHalf, class V, std::size_t... kLane>
[[gnu::always_inline]] inline void swap_squares(V (&rows)[kLanes], std::index_sequence<kLane...>) {
#pragma GCC unroll 16
  for (std::size_t i = 0; i < kLanes; ++i) {
    if ((i & kHalf) != 0) continue;
    const V upper = rows[i];
    const V lower = rows[i + kHalf];
    rows[i] = __builtin_shufflevector(upper, lower,
                                      ((kLane & kHalf) != 0 ? kLanes + kLane - kHalf : kLane)...);
    rows[i + kHalf] = __builtin_shufflevector(
        upper, lower, ((kLane & kHalf) != 0 ? kLanes + kLane : kLane + kHalf)...);
  }
}

// Turns a square of numbers: lane j of row i becomes lane i of row j.
template <std::size_t kHalf = kLanes / 2, class V>
[[gnu::always_inline]] inline void transpose(V (&rows)[kLanes]) {
  if constexpr (kHalf > 0) {
    swap_squares<kHalf>(rows, std::make_index_sequence<kLanes>());
    transpose<kHalf / 2>(rows);
  }
}
