// Four lanes of 64-bit NEON; see scalar.h. Included inside namespace secateur::simd::neon.

using Vec = float32x4_t;
using IntVec = int32x4_t;
using WordVec = uint32x4_t;
inline constexpr std::size_t kLanes = 4;
// 8 x 2 accumulators, 2 weights and a few samples of 32 registers.
inline constexpr std::size_t kGemmRows = 8;

[[gnu::always_inline]] inline Vec fma(Vec a, Vec b, Vec c) { return vfmaq_f32(c, a, b); }

[[gnu::always_inline]] inline Vec load_n(const float* from, std::size_t n) {
  Vec v{};
  for (std::size_t lane = 0; lane < n; ++lane) v[lane] = from[lane];
  return v;
}
[[gnu::always_inline]] inline void store_n(float* to, Vec v, std::size_t n) {
  for (std::size_t lane = 0; lane < n; ++lane) to[lane] = v[lane];
}

[[gnu::always_inline]] inline std::size_t store_kept(std::int32_t* to, IntVec values, IntVec keep) {
  std::size_t kept = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    to[kept] = values[lane];
    kept += keep[lane] != 0 ? 1 : 0;
  }
  return kept;
}

[[gnu::always_inline]] inline bool any_lane(IntVec lanes) {
  return vmaxvq_u32(reinterpret_cast<uint32x4_t>(lanes)) != 0;
}

#include "lanes-inl.h"
