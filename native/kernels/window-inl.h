// Generic body of window.h. Where loops over channels are innermost and plain the compiler makes
// vectors of them.

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

struct TapRange {
  std::ptrdiff_t begin, end;
};

// The taps that lie within an axis of `length`, of a window whose first tap is at `origin`.
inline TapRange taps_inside(std::ptrdiff_t origin, std::ptrdiff_t taps, std::ptrdiff_t dilation,
                            std::ptrdiff_t length) {
  const std::ptrdiff_t begin = origin < 0 ? (dilation - 1 - origin) / dilation : 0;
  const std::ptrdiff_t end = origin < length ? (length - 1 - origin) / dilation + 1 : 0;
  return {begin, end < taps ? end : taps};
}

// The largest of load(pixel) over the taps of a window, from `largest` on; NaN wins and stays.
template <class Number, class Load>
[[gnu::always_inline]] inline Number largest_of(const Window& w, TapRange rows, TapRange columns,
                                                std::ptrdiff_t first, Number largest, Load load) {
  for (std::ptrdiff_t ky = rows.begin; ky < rows.end; ++ky) {
    const std::ptrdiff_t row = first + ky * w.dilation_y * w.in_width;
    for (std::ptrdiff_t kx = columns.begin; kx < columns.end; ++kx) {
      const Number x = load(static_cast<std::size_t>(row + kx * w.dilation_x));
      largest = (x <= largest) | (largest != largest) ? largest : x;
    }
  }
  return largest;
}

inline void max_pool(const Window& w, const float* in, std::size_t channels, float* out) noexcept {
  constexpr float kLeast = -std::numeric_limits<float>::infinity();
  for (std::ptrdiff_t oy = 0; oy < w.out_height; ++oy) {
    const std::ptrdiff_t top = oy * w.stride_y - w.top;
    const TapRange rows = taps_inside(top, w.height, w.dilation_y, w.in_height);
    for (std::ptrdiff_t ox = 0; ox < w.out_width; ++ox, out += channels) {
      const std::ptrdiff_t left = ox * w.stride_x - w.left;
      const TapRange columns = taps_inside(left, w.width, w.dilation_x, w.in_width);
      const std::ptrdiff_t first = top * w.in_width + left;
      if (channels == 1) {  // as narrow changes have it: cheaper without masks
        *out = largest_of(w, rows, columns, first, kLeast, [=](std::size_t i) { return in[i]; });
        continue;
      }
      for (std::size_t c = 0; c < channels; c += kLanes) {
        const std::size_t lanes = channels - c < kLanes ? channels - c : kLanes;
        const Vec largest = largest_of(w, rows, columns, first, set1(kLeast), [=](std::size_t i) {
          return load_n(in + i * channels + c, lanes);
        });
        store_n(out + c, largest, lanes);
      }
    }
  }
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
