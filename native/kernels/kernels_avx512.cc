#include "body_includes.h"

#if defined(__x86_64__)
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")
#endif
namespace secateur::simd::avx512 {
#include "avx512.h"
}  // namespace secateur::simd::avx512
namespace secateur::kernels::avx512 {
using namespace simd::avx512;
#include "all-inl.h"
}  // namespace secateur::kernels::avx512
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace secateur::kernels {
const Kernels kAvx512Kernels = avx512::kTable;
}  // namespace secateur::kernels
#endif
