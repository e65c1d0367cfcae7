// Eight lanes of AVX2 with FMA; see scalar.h. Included inside namespace secateur::simd::avx2 and
// its target region.

using Vec = __m256;
using IntVec [[gnu::vector_size(32)]] = std::int32_t;
using WordVec [[gnu::vector_size(32)]] = std::uint32_t;
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

// Row m: the lanes named by the bits of m, one a byte, lowest first.
inline constexpr auto kLanesOfMask = [] {
  std::array<std::uint64_t, 256> lanes{};
  for (std::size_t mask = 0; mask < lanes.size(); ++mask) {
    std::size_t shift = 0;
    for (std::uint64_t lane = 0; lane < kLanes; ++lane) {
      if ((mask >> lane & 1) == 0) continue;
      lanes[mask] |= lane << shift;
      shift += 8;
    }
  }
  return lanes;
}();
[[gnu::always_inline]] inline std::size_t store_kept(std::int32_t* to, IntVec values, IntVec keep) {
  const auto none = reinterpret_cast<__m256>(keep == 0);
  const auto mask = static_cast<unsigned>(_mm256_movemask_ps(none)) ^ 0xFFU;
  const __m256i lanes =
      _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(kLanesOfMask[mask])));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                      _mm256_permutevar8x32_epi32(reinterpret_cast<__m256i>(values), lanes));
  return static_cast<std::size_t>(__builtin_popcount(mask));
}

[[gnu::always_inline]] inline bool any_lane(IntVec lanes) {
  const auto all = reinterpret_cast<__m256i>(lanes);
  return _mm256_testz_si256(all, all) == 0;
}

#include "lanes-inl.h"
