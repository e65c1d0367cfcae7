#include "body_includes.h"

#if defined(__x86_64__)
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
namespace secateur::simd::avx2 {
#include "avx2.h"
}  // namespace secateur::simd::avx2
namespace secateur::kernels::avx2 {
using namespace simd::avx2;
#include "all-inl.h"
}  // namespace secateur::kernels::avx2
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace secateur::kernels {
const Kernels kAvx2Kernels = avx2::kTable;
}  // namespace secateur::kernels
#endif
