#include "body_includes.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace secateur::simd::avx2 {
#include "avx2.h"
}  // namespace secateur::simd::avx2
namespace secateur::kernels::avx2 {
using namespace simd::avx2;
#include "all-inl.h"
}  // namespace secateur::kernels::avx2
#pragma GCC pop_options

namespace secateur::kernels {
const Kernels kAvx2Kernels = avx2::kTable;
}  // namespace secateur::kernels
#endif
