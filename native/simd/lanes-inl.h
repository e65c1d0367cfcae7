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

// e^x = power (1 + rest).
struct Exponential {
  Vec power;
  Vec rest;
};

// For x <= 0. With n the integer nearest to x / ln 2 and r = x - n ln 2: power = 2^n, rest = e^r -
// 1 as its Taylor polynomial of degree 7, whose error is below 6e-9 for |r| <= ln(2) / 2. Below -87
// the result stays at e^-87 = 1.7e-38, where 2^n would leave the normal numbers. NaN goes through.
[[gnu::always_inline]] inline Exponential split_exponential(Vec x) {
  constexpr float kShift =
      12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer, kept in the low bits
  constexpr std::int32_t kShiftBits = 0x4B400000;
  constexpr float kLn2High = 0.693359375F;  // 9 bits, so that its product with n is exact
  constexpr float kLn2Low = -2.12194440054690583e-4F;
  x = max(set1(-87.0F), x);
  const Vec shifted = fma(x, set1(kLog2E), set1(kShift));
  const Vec n = shifted - kShift;
  const Vec r = fma(n, set1(-kLn2Low), fma(n, set1(-kLn2High), x));
  Vec p = set1(1.0F / 5040);
  p = fma(p, r, set1(1.0F / 720));
  p = fma(p, r, set1(1.0F / 120));
  p = fma(p, r, set1(1.0F / 24));
  p = fma(p, r, set1(1.0F / 6));
  p = fma(p, r, set1(1.0F / 2));
  const IntVec exponent = (bits<IntVec>(shifted) - kShiftBits + 127) << 23;
  return {bits<Vec>(exponent), fma(p * r, r, r)};
}

// e^x and e^x - 1 for x <= 0, within 2 units in the last place (of the result; for e^x >= e^-87).
[[gnu::always_inline]] inline Vec exp_of_negative(Vec x) {
  const auto [power, rest] = split_exponential(x);
  return fma(power, rest, power);
}
[[gnu::always_inline]] inline Vec expm1_of_negative(Vec x) {
  const auto [power, rest] = split_exponential(x);
  return fma(power, rest, power - 1.0F);
}

// 2^x for |x| < 126, and any number elsewhere. With n the integer nearest to x: 2^n times a polynomial of degree 6 in x - n,
// whose coefficients minimise the largest relative error, 0.3 units of 2^-24; 2^0 is 1.
[[gnu::always_inline]] inline Vec exp2_of_moderate(Vec x) {
  constexpr float kShift = 12582912.0F;  // as above
  const Vec shifted = x + kShift;
  const Vec r = x - (shifted - kShift);
  Vec p = set1(1.5353362e-4F);
  p = fma(p, r, set1(1.3398875e-3F));
  p = fma(p, r, set1(9.6184369e-3F));
  p = fma(p, r, set1(5.5503324e-2F));
  p = fma(p, r, set1(2.4022648e-1F));
  p = fma(p, r, set1(6.9314718e-1F));
  p = fma(p, r, set1(1));
  return bits<Vec>(bits<WordVec>(p) + (bits<WordVec>(shifted) << 23));
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
