// Family: signals on their way back through windows, one image at a time.
#pragma once

#include "window.h"

namespace secateur::kernels {

// Images and signals are as window.h has them. What is called `to` has the shape of the windows'
// input and is added to.

// to[pixel] += signal of every window whose first largest number lies at the pixel; `out` are the
// pool's outputs. Exact but for the sums of windows that overlap.
struct PoolBack {
  const float* in;
  const float* out;
  const float* signal;
  std::size_t channels;
  float* to;
};
using MaxPoolBack = void (*)(const Window&, const PoolBack&) noexcept;

// Of a pooling over squares of 2 x 2 side by side: to = signal at the number that `winners` names,
// as tail.h has it, and 0 elsewhere, also where no square lies. Exact.
struct SquaresBack {
  std::size_t height, width;  // of the image
  std::size_t channels;
  const float* winners;
  const float* signal;
  float* to;
};
using SquaresBackwards = void (*)(const SquaresBack&) noexcept;

// to[pixel] += signal / divisor of every window over the pixel, with the divisor of average_pool.
// |error| <= (windows + 1) eps sum |terms|.
using AveragePoolBack = void (*)(const Window&, bool include_padding, const float* signal,
                                 std::size_t channels, float* to) noexcept;

// to[pixel][c] += sum over m of signal[c * multiplier + m] * kernel[tap][c * multiplier + m] of
// every window over the pixel; `weights.bias` is not read. |error| <= 2 (products + 1) eps sum
// |products|.
using DepthwiseBack = void (*)(const Window&, const DepthwiseWeights& weights, const float* signal,
                               std::size_t channels, float* to) noexcept;

// gradient[tap][c * multiplier + m] += sum over windows of in[pixel][c] * signal[c * multiplier +
// m]. |error| <= 2 (windows + 1) eps sum |products|.
using DepthwiseGradient = void (*)(const Window&, const float* in, const float* signal,
                                   std::size_t channels, std::size_t multiplier,
                                   float* gradient) noexcept;

}  // namespace secateur::kernels
