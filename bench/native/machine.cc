#include "machine.h"

#include <cstdint>
#include <limits>

#include "buffer.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace secateur::bench {

namespace {

struct Limits {
  std::size_t lanes;
  std::size_t chains;
  float (*multiply_add)(std::size_t steps);
  void (*read_all)(const float* from, std::size_t count);
};

}  // namespace

}  // namespace secateur::bench

#if defined(__aarch64__)
#define SECATEUR_REGISTER "w"
#else
#define SECATEUR_REGISTER "x"
#endif

namespace secateur::simd::scalar {
#include "scalar.h"
}  // namespace secateur::simd::scalar
namespace secateur::bench::scalar {
namespace {
using namespace simd::scalar;
#include "machine-inl.h"
}  // namespace
}  // namespace secateur::bench::scalar

#if defined(__x86_64__)
#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace secateur::simd::avx2 {
#include "avx2.h"
}  // namespace secateur::simd::avx2
namespace secateur::bench::avx2 {
namespace {
using namespace simd::avx2;
#include "machine-inl.h"
}  // namespace
}  // namespace secateur::bench::avx2
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")
#undef SECATEUR_REGISTER
#define SECATEUR_REGISTER "v"
namespace secateur::simd::avx512 {
#include "avx512.h"
}  // namespace secateur::simd::avx512
namespace secateur::bench::avx512 {
namespace {
using namespace simd::avx512;
#include "machine-inl.h"
}  // namespace
}  // namespace secateur::bench::avx512
#pragma GCC pop_options
#elif defined(__aarch64__)
namespace secateur::simd::neon {
#include "neon.h"
}  // namespace secateur::simd::neon
namespace secateur::bench::neon {
namespace {
using namespace simd::neon;
#include "machine-inl.h"
}  // namespace
}  // namespace secateur::bench::neon
#endif

namespace secateur::bench {

namespace {

const Limits& limits(simd::Isa isa) {
  switch (isa) {
#if defined(__x86_64__)
    case simd::Isa::avx2:
      return avx2::kLimits;
    case simd::Isa::avx512:
      return avx512::kLimits;
#elif defined(__aarch64__)
    case simd::Isa::neon:
      return neon::kLimits;
#endif
    default:
      return scalar::kLimits;
  }
}

}  // namespace

double fma_peak(simd::Isa isa) {
  const Limits& here = limits(isa);
  constexpr std::size_t kSteps = 10000;
  volatile float sum = 0;
  const double seconds = seconds_of([&] { sum = here.multiply_add(kSteps); });
  return static_cast<double>(2 * kSteps * here.chains * here.lanes) / seconds;
}

double read_bandwidth(simd::Isa isa, std::size_t bytes) {
  const Limits& here = limits(isa);
  const std::size_t step = 8 * here.lanes;
  const std::size_t count = (bytes / sizeof(float) + step - 1) / step * step;
  core::Buffer numbers(count);
  for (float& number : numbers.span()) number = 1;
  const double seconds = seconds_of([&] { here.read_all(numbers.data(), count); });
  return static_cast<double>(count * sizeof(float)) / seconds;
}

}  // namespace secateur::bench
