// Sixteen lanes of AVX-512; see scalar.h. Included inside namespace secateur::simd::avx512 and its
// target region.

using Vec = __m512;
using IntVec [[gnu::vector_size(64)]] = std::int32_t;
using WordVec [[gnu::vector_size(64)]] = std::uint32_t;
inline constexpr std::size_t kLanes = 16;
// 12 x 2 accumulators and 2 weights fill 26 of 32 registers; samples are broadcast from memory by
// the FMA itself.
inline constexpr std::size_t kGemmRows = 12;

[[gnu::always_inline]] inline Vec fma(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }

[[gnu::always_inline]] inline __mmask16 first_lanes(std::size_t n) {
  return static_cast<__mmask16>((1U << n) - 1U);
}
[[gnu::always_inline]] inline Vec load_n(const float* from, std::size_t n) {
  return _mm512_maskz_loadu_ps(first_lanes(n), from);
}
[[gnu::always_inline]] inline void store_n(float* to, Vec v, std::size_t n) {
  _mm512_mask_storeu_ps(to, first_lanes(n), v);
}

[[gnu::always_inline]] inline __mmask16 mask_of(IntVec lanes) {
  const auto all = reinterpret_cast<__m512i>(lanes);
  return _mm512_test_epi32_mask(all, all);
}
[[gnu::always_inline]] inline std::size_t store_kept(std::int32_t* to, IntVec values, IntVec keep) {
  const __mmask16 mask = mask_of(keep);
  _mm512_storeu_si512(to, _mm512_maskz_compress_epi32(mask, reinterpret_cast<__m512i>(values)));
  return static_cast<std::size_t>(__builtin_popcount(mask));
}

[[gnu::always_inline]] inline bool any_lane(IntVec lanes) { return mask_of(lanes) != 0; }

#include "lanes-inl.h"
