#include "kernels.h"

namespace secateur::kernels {

const Kernels& kernels(simd::Isa isa) {
  switch (isa) {
#if defined(__x86_64__)
    case simd::Isa::avx2:
      return kAvx2Kernels;
    case simd::Isa::avx512:
      return kAvx512Kernels;
#elif defined(__aarch64__)
    case simd::Isa::neon:
      return kNeonKernels;
#endif
    default:
      return kScalarKernels;
  }
}

const Kernels& kernels() { return kernels(simd::chosen().isa); }

}  // namespace secateur::kernels
