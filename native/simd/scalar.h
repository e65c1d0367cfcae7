// One lane: what runs where no instruction set is known. Included inside namespace
// secateur::simd::scalar.
//
// This file and its siblings avx2.h, avx512.h and neon.h give the same few names, the least that
// differs between instruction sets. Everything else is written once in lanes-inl.h with the
// operators that the compilers' vector types have (+ - * / < ?:), which a plain float has as well.

using Vec = float;
using IntVec = std::int32_t;
using WordVec = std::uint32_t;
inline constexpr std::size_t kLanes = 1;
inline constexpr std::size_t kGemmRows = 4;

// a b + c; fused where the instruction set can, and always the same way within one.
[[gnu::always_inline]] inline Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }

// The first n of kLanes lanes, 1 <= n <= kLanes; the others load as 0 and are not stored.
[[gnu::always_inline]] inline Vec load_n(const float* from, std::size_t) { return *from; }
[[gnu::always_inline]] inline void store_n(float* to, Vec v, std::size_t) { *to = v; }

// Writes the lanes of `values` where `keep` is not 0 side by side and returns how many they are;
// whatever else fits in kLanes numbers may be overwritten.
[[gnu::always_inline]] inline std::size_t store_kept(std::int32_t* to, IntVec values, IntVec keep) {
  *to = values;
  return keep != 0 ? 1 : 0;
}

// Whether a lane is not 0.
[[gnu::always_inline]] inline bool any_lane(IntVec lanes) { return lanes != 0; }

#include "lanes-inl.h"
