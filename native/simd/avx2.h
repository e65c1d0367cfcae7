// Eight lanes of AVX2 with FMA; see scalar.h. Included inside namespace secateur::simd::avx2 and
// its target region.

using Vec = __m256;
using IntVec [[gnu::vector_size(32)]] = std::int32_t;
inline constexpr std::size_t kLanes = 8;
// 6 x 2 accumulators, 2 weights and 1 sample fill 15 of 16 registers.
inline constexpr std::size_t kGemmRows = 6;

[[gnu::always_inline]] inline Vec fma(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }

[[gnu::always_inline]] inline __m256i first_lanes(std::size_t n) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), lane);
}
[[gnu::always_inline]] inline Vec load_n(const float* from, std::size_t n) {
  return n == kLanes ? _mm256_loadu_ps(from) : _mm256_maskload_ps(from, first_lanes(n));
}
[[gnu::always_inline]] inline void store_n(float* to, Vec v, std::size_t n) {
  if (n == kLanes) {
    _mm256_storeu_ps(to, v);
  } else {
    _mm256_maskstore_ps(to, first_lanes(n), v);
  }
}

#include "lanes-inl.h"
