#include "fast_conv.h"

namespace secateur::kernels {

void fast_taps(const FastAxis& axis, const float* taps, std::size_t channels, std::size_t filters,
               float* out) {
  const std::size_t size = channels * filters;
  for (std::size_t p = 0; p < axis.products * axis.products; ++p) {
    const auto& rows = axis.taps[p / axis.products];
    const auto& columns = axis.taps[p % axis.products];
    for (std::size_t i = 0; i < size; ++i) {
      double sum = 0;
      for (std::size_t tap = 0; tap < 9; ++tap)
        sum += rows[tap / 3] * columns[tap % 3] * static_cast<double>(taps[tap * size + i]);
      *out++ = static_cast<float>(sum);
    }
  }
}

}  // namespace secateur::kernels
