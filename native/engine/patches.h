// Images as the rows that windows see.
#pragma once

#include <algorithm>
#include <cstddef>

#include "window.h"

namespace secateur::engine {

// The numbers under a window as one row: taps in order, `channels` numbers of each pixel from
// `offset` on; zeros outside of the image.
struct Patches {
  const kernels::Window& window;
  std::size_t channels;
  std::size_t pixel;  // numbers from pixel to pixel
  std::size_t offset;

  // Numbers [k, k + count) of the window at `position` of `image`.
  void gather(const float* image, std::size_t position, std::size_t k, std::size_t count,
              float* to) const {
    const auto out_width = static_cast<std::size_t>(window.out_width);
    const std::ptrdiff_t y =
        static_cast<std::ptrdiff_t>(position / out_width) * window.stride_y - window.top;
    const std::ptrdiff_t x =
        static_cast<std::ptrdiff_t>(position % out_width) * window.stride_x - window.left;
    auto tap_y = static_cast<std::ptrdiff_t>(k / channels) / window.width;
    auto tap_x = static_cast<std::ptrdiff_t>(k / channels) % window.width;
    for (std::size_t channel = k % channels; count > 0; channel = 0) {
      const std::size_t run = std::min(channels - channel, count);
      copy_pixel(image, y + tap_y * window.dilation_y, x + tap_x * window.dilation_x, channel, run,
                 to);
      to += run;
      count -= run;
      if (++tap_x == window.width) {
        tap_x = 0;
        ++tap_y;
      }
    }
  }

 private:
  void copy_pixel(const float* image, std::ptrdiff_t y, std::ptrdiff_t x, std::size_t channel,
                  std::size_t run, float* to) const {
    if (y < 0 || y >= window.in_height || x < 0 || x >= window.in_width) {
      std::fill_n(to, run, 0.0F);
    } else {
      std::copy_n(
          image + static_cast<std::size_t>(y * window.in_width + x) * pixel + offset + channel, run,
          to);
    }
  }
};

}  // namespace secateur::engine
