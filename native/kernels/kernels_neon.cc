#include "body_includes.h"

#if defined(__aarch64__)
#include <arm_neon.h>

namespace secateur::simd::neon {
#include "neon.h"
}  // namespace secateur::simd::neon
namespace secateur::kernels::neon {
using namespace simd::neon;
#include "all-inl.h"
}  // namespace secateur::kernels::neon

namespace secateur::kernels {
const Kernels kNeonKernels = neon::kTable;
}  // namespace secateur::kernels
#endif
