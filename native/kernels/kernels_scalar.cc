#include "body_includes.h"

namespace secateur::simd::scalar {
#include "scalar.h"
}  // namespace secateur::simd::scalar
namespace secateur::kernels::scalar {
using namespace simd::scalar;
#include "all-inl.h"
}  // namespace secateur::kernels::scalar

namespace secateur::kernels {
const Kernels kScalarKernels = scalar::kTable;
}  // namespace secateur::kernels
