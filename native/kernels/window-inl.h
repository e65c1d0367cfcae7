// Generic body of window.h. Loops over channels are innermost and plain: the compiler makes vectors
// of them.

// Calls body(y, x, tap, in_y * in_width + in_x) for every tap of every window that lies inside of
// the image, and begin(output) and end(output) around each window.
template <class Begin, class Body, class End>
[[gnu::always_inline]] inline void walk(const Window& w, Begin begin, Body body, End end) {
  std::size_t output = 0;
  for (std::ptrdiff_t oy = 0; oy < w.out_height; ++oy) {
    for (std::ptrdiff_t ox = 0; ox < w.out_width; ++ox, ++output) {
      begin(output);
      for (std::ptrdiff_t ky = 0; ky < w.height; ++ky) {
        const std::ptrdiff_t y = oy * w.stride_y - w.top + ky * w.dilation_y;
        if (y < 0 || y >= w.in_height) continue;
        for (std::ptrdiff_t kx = 0; kx < w.width; ++kx) {
          const std::ptrdiff_t x = ox * w.stride_x - w.left + kx * w.dilation_x;
          if (x < 0 || x >= w.in_width) continue;
          body(output, static_cast<std::size_t>(ky * w.width + kx),
               static_cast<std::size_t>(y * w.in_width + x));
        }
      }
      end(output);
    }
  }
}

inline void max_pool(const Window& w, const float* in, std::size_t channels, float* out) noexcept {
  walk(
      w,
      [=](std::size_t output) {
        float* to = out + output * channels;
        for (std::size_t c = 0; c < channels; ++c) to[c] = -std::numeric_limits<float>::infinity();
      },
      [=](std::size_t output, std::size_t, std::size_t input) {
        const float* from = in + input * channels;
        float* to = out + output * channels;
        // Written so that NaN wins and stays.
        for (std::size_t c = 0; c < channels; ++c)
          to[c] = from[c] <= to[c] || to[c] != to[c] ? to[c] : from[c];
      },
      [](std::size_t) {});
}

inline void average_pool(const Window& w, bool include_padding, const float* in,
                         std::size_t channels, float* out) noexcept {
  const auto taps = static_cast<std::size_t>(w.height * w.width);
  std::size_t inside = 0;
  walk(
      w,
      [&, out](std::size_t output) {
        inside = 0;
        float* to = out + output * channels;
        for (std::size_t c = 0; c < channels; ++c) to[c] = 0;
      },
      [&, in, out](std::size_t output, std::size_t, std::size_t input) {
        ++inside;
        const float* from = in + input * channels;
        float* to = out + output * channels;
        for (std::size_t c = 0; c < channels; ++c) to[c] += from[c];
      },
      [&, out](std::size_t output) {
        const std::size_t count = include_padding ? taps : inside;
        const auto divisor = static_cast<float>(count == 0 ? 1 : count);
        float* to = out + output * channels;
        for (std::size_t c = 0; c < channels; ++c) to[c] /= divisor;
      });
}

inline void global_average(const float* in, std::size_t positions, std::size_t channels,
                           float* out) noexcept {
  constexpr std::size_t kAtOnce = 64;
  for (std::size_t first = 0; first < channels; first += kAtOnce) {
    const std::size_t count = channels - first < kAtOnce ? channels - first : kAtOnce;
    double sums[kAtOnce] = {};
    for (std::size_t p = 0; p < positions; ++p) {
      const float* from = in + p * channels + first;
      for (std::size_t c = 0; c < count; ++c) sums[c] += from[c];
    }
    for (std::size_t c = 0; c < count; ++c) {
      out[first + c] = static_cast<float>(sums[c] / static_cast<double>(positions));
    }
  }
}

inline void depthwise(const Window& w, const DepthwiseWeights& weights, const float* in,
                      std::size_t channels, float* out) noexcept {
  const std::size_t multiplier = weights.multiplier;
  const std::size_t width = channels * multiplier;
  walk(
      w,
      [=](std::size_t output) {
        float* to = out + output * width;
        for (std::size_t c = 0; c < width; ++c) to[c] = weights.bias[c];
      },
      [=](std::size_t output, std::size_t tap, std::size_t input) {
        const float* from = in + input * channels;
        const float* kernel = weights.kernel + tap * weights.kernel_stride;
        float* to = out + output * width;
        if (multiplier == 1) {
          for (std::size_t c = 0; c < width; ++c) to[c] += from[c] * kernel[c];
        } else {
          for (std::size_t c = 0; c < channels; ++c) {
            for (std::size_t m = 0; m < multiplier; ++m)
              to[c * multiplier + m] += from[c] * kernel[c * multiplier + m];
          }
        }
      },
      [](std::size_t) {});
}

inline void affine(const float* from, const float* scale, const float* shift, std::size_t rows,
                   std::size_t channels, float* to) noexcept {
  for (std::size_t r = 0; r < rows; ++r, from += channels, to += channels) {
    for (std::size_t c = 0; c < channels; ++c) to[c] = from[c] * scale[c] + shift[c];
  }
}
