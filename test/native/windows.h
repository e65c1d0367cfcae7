// Windows of many forms over images, for the tests of kernels that walk with them.
#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "support.h"
#include "window.h"

namespace secateur::test {

inline kernels::Window window(std::ptrdiff_t height, std::ptrdiff_t width, bool square,
                              Random& random) {
  kernels::Window w{};
  w.in_height = height, w.in_width = width;
  w.height = square ? 3 : 1 + static_cast<std::ptrdiff_t>(random.below(3));
  w.width = square ? 3 : 1 + static_cast<std::ptrdiff_t>(random.below(3));
  w.stride_y = 1 + static_cast<std::ptrdiff_t>(random.below(3));
  w.stride_x = 1 + static_cast<std::ptrdiff_t>(random.below(3));
  w.dilation_y = 1 + static_cast<std::ptrdiff_t>(random.below(2));
  w.dilation_x = 1 + static_cast<std::ptrdiff_t>(random.below(2));
  w.top = static_cast<std::ptrdiff_t>(random.below(3));
  w.left = static_cast<std::ptrdiff_t>(random.below(3));
  w.out_height = (height + w.top + 2 - (w.height - 1) * w.dilation_y - 1) / w.stride_y + 1;
  w.out_width = (width + w.left + 2 - (w.width - 1) * w.dilation_x - 1) / w.stride_x + 1;
  return w;
}

// The numbers of channel c under window `output`, by tap; NaN for padding.
inline std::vector<double> under(const kernels::Window& w, const std::vector<float>& in,
                                 std::size_t channels, std::size_t c, std::size_t output) {
  const auto at = static_cast<std::ptrdiff_t>(output);
  std::vector<double> numbers;
  for (std::ptrdiff_t tap = 0; tap < w.height * w.width; ++tap) {
    const std::ptrdiff_t y = at / w.out_width * w.stride_y + tap / w.width * w.dilation_y - w.top;
    const std::ptrdiff_t x = at % w.out_width * w.stride_x + tap % w.width * w.dilation_x - w.left;
    const bool inside = y >= 0 && y < w.in_height && x >= 0 && x < w.in_width;
    numbers.push_back(inside ? in[static_cast<std::size_t>(y * w.in_width + x) * channels + c]
                             : std::numeric_limits<double>::quiet_NaN());
  }
  return numbers;
}

// Calls test(window, channels, input) for many windows; every other one is of 3 x 3 taps.
template <class Test>
void over_windows(Test test) {
  Random random(0xc2b2ae35);
  for (const std::size_t channels : kSizes) {
    for (int i = 0; i < 4; ++i) {
      const auto height = static_cast<std::ptrdiff_t>(3 + random.below(5));
      const auto width = static_cast<std::ptrdiff_t>(3 + random.below(5));
      const kernels::Window w = window(height, width, i % 2 == 0, random);
      test(w, channels, random.floats(static_cast<std::size_t>(height * width) * channels), random);
    }
  }
}

inline std::size_t positions(const kernels::Window& w) {
  return static_cast<std::size_t>(w.out_height * w.out_width);
}

}  // namespace secateur::test
