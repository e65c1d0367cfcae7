// Family: what works on every channel by itself: poolings, depthwise convolution, scale and shift.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tail.h"

namespace secateur::kernels {

// How a window walks over an image; all numbers but the paddings are positive. The windows of an
// image lie within it and its padding; padding counts as zeros, or as absent.
struct Window {
  std::ptrdiff_t in_height, in_width;
  std::ptrdiff_t out_height, out_width;
  std::ptrdiff_t height, width;  // of the window, in taps
  std::ptrdiff_t stride_y, stride_x;
  std::ptrdiff_t dilation_y, dilation_x;
  std::ptrdiff_t top, left;  // padding
};

// Images are [height, width, channels] without gaps; outputs never overlap inputs. Results of a
// channel do not depend on which channels run beside it.

// The largest number under each window, -infinity where there is none. Exact.
using MaxPool = void (*)(const Window&, const float* in, std::size_t channels, float* out) noexcept;

// The mean under each window, of the numbers inside of the image, or of all taps
// (`include_padding`); 0 where there is none. |error| <= (taps + 2) eps mean(|x|).
using AveragePool = void (*)(const Window&, bool include_padding, const float* in,
                             std::size_t channels, float* out) noexcept;

// The mean of each channel over all positions, summed in double: |error| <= 2 eps |mean| + 1e-15
// mean(|x|).
using GlobalAverage = void (*)(const float* in, std::size_t positions, std::size_t channels,
                               float* out) noexcept;

// out[position][c * multiplier + m] = the tail of bias + sum over taps of in[..][c] *
// kernel[tap][c * multiplier + m], taps in order, for `channels` input channels; `kernel` and
// `bias` point at the first of them, `kernel_stride` numbers a tap. |error| <= 2 (taps + 1) eps
// (|bias| + sum |products|) before the tail.
struct DepthwiseWeights {
  const float* kernel;
  const float* bias;
  std::size_t kernel_stride;
  std::size_t multiplier;
};
struct Depthwise {
  const Window* window;
  DepthwiseWeights weights;
  const float* in;
  std::size_t channels;
  float* out;
  Tail tail = {};
  const float* other = nullptr;  // what the tail adds, as `out`; null: nothing
};

// to[row][c] = from[row][c] * scale[c] + shift[c]. `to` may be `from`. |error| <= 2 eps (|from
// scale| + |shift|).
using Affine = void (*)(const float* from, const float* scale, const float* shift, std::size_t rows,
                        std::size_t channels, float* to) noexcept;

}  // namespace secateur::kernels
