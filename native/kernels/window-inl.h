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
  if (origin >= 0 && origin + (taps - 1) * dilation < length) return {0, taps};  // no divisions
  const std::ptrdiff_t begin = origin < 0 ? (dilation - 1 - origin) / dilation : 0;
  const std::ptrdiff_t end = origin < length ? (length - 1 - origin) / dilation + 1 : 0;
  return {begin, end < taps ? end : taps};
}

// The largest of load(pixel) over the taps of a window, from `largest` on.
template <class Number, class Load>
[[gnu::always_inline]] inline Number largest_of(const Window& w, TapRange rows, TapRange columns,
                                                std::ptrdiff_t first, Number largest, Load load) {
  for (std::ptrdiff_t ky = rows.begin; ky < rows.end; ++ky) {
    const std::ptrdiff_t row = first + ky * w.dilation_y * w.in_width;
    for (std::ptrdiff_t kx = columns.begin; kx < columns.end; ++kx) {
      largest = larger(largest, load(static_cast<std::size_t>(row + kx * w.dilation_x)));
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

// The taps of a window that lie within the image, and where they are.
struct DepthwiseTaps {
  TapRange rows, columns;
  std::ptrdiff_t first;  // pixel under the first tap
  bool all;              // none outside
};

inline DepthwiseTaps depthwise_taps(const Window& w, std::ptrdiff_t oy, std::ptrdiff_t ox) {
  const std::ptrdiff_t y = oy * w.stride_y - w.top;
  const std::ptrdiff_t x = ox * w.stride_x - w.left;
  const TapRange rows = taps_inside(y, w.height, w.dilation_y, w.in_height);
  const TapRange columns = taps_inside(x, w.width, w.dilation_x, w.in_width);
  const bool all = rows.begin == 0 && columns.begin == 0 && rows.end - rows.begin == w.height &&
                   columns.end - columns.begin == w.width;
  return {rows, columns, y * w.in_width + x, all};
}

// Windows of kTaps x kTaps: the weights of `lanes` channels from `c` on stay in registers, and
// where all taps lie within the image there is nothing to decide.
template <std::ptrdiff_t kTaps>
void depthwise_channels(const Depthwise& d, std::size_t c, std::size_t lanes) {
  const Window& w = *d.window;
  Vec weights[kTaps * kTaps];
  for (std::size_t tap = 0; tap < kTaps * kTaps; ++tap)
    weights[tap] = load_n(d.weights.kernel + tap * d.weights.kernel_stride + c, lanes);
  const Vec bias = load_n(d.weights.bias + c, lanes);
  const auto channels = static_cast<std::ptrdiff_t>(d.channels);
  const std::ptrdiff_t down = w.dilation_y * w.in_width * channels;
  const std::ptrdiff_t right = w.dilation_x * channels;
  std::size_t at = c;
  for (std::ptrdiff_t oy = 0; oy < w.out_height; ++oy) {
    for (std::ptrdiff_t ox = 0; ox < w.out_width; ++ox, at += d.channels) {
      const DepthwiseTaps taps = depthwise_taps(w, oy, ox);
      const float* from = d.in + taps.first * channels + static_cast<std::ptrdiff_t>(c);
      Vec sum = bias;
      if (taps.all) {
#pragma GCC unroll 3
        for (std::ptrdiff_t y = 0; y < kTaps; ++y) {
#pragma GCC unroll 3
          for (std::ptrdiff_t x = 0; x < kTaps; ++x)
            sum = fma(load_n(from + y * down + x * right, lanes), weights[y * kTaps + x], sum);
        }
      } else {
        for (std::ptrdiff_t y = taps.rows.begin; y < taps.rows.end; ++y) {
          for (std::ptrdiff_t x = taps.columns.begin; x < taps.columns.end; ++x)
            sum = fma(load_n(from + y * down + x * right, lanes), weights[y * kTaps + x], sum);
        }
      }
      const float* other = d.other == nullptr ? nullptr : d.other + at;
      store_n(d.out + at, finish(d.tail, c, lanes, other, sum), lanes);
    }
  }
}

// Windows of any form, and several outputs an input channel.
inline void depthwise_walk(const Depthwise& d) {
  const std::size_t multiplier = d.weights.multiplier;
  const std::size_t width = d.channels * multiplier;
  walk(
      *d.window,
      [&](std::size_t output) {
        for (std::size_t c = 0; c < width; ++c) d.out[output * width + c] = d.weights.bias[c];
      },
      [&](std::size_t output, std::size_t tap, std::size_t input) {
        const float* from = d.in + input * d.channels;
        const float* kernel = d.weights.kernel + tap * d.weights.kernel_stride;
        float* to = d.out + output * width;
        for (std::size_t c = 0; c < d.channels; ++c) {
          for (std::size_t m = 0; m < multiplier; ++m)
            to[c * multiplier + m] += from[c] * kernel[c * multiplier + m];
        }
      },
      [&](std::size_t output) {
        float* const row = d.out + output * width;
        const float* const other = d.other == nullptr ? nullptr : d.other + output * width;
        finish_rows(d.tail, 1, width, other == nullptr ? nullptr : &other, &row);
      });
}

inline void depthwise(const Depthwise& d) noexcept {
  constexpr std::ptrdiff_t kTaps = 3;
  if (d.window->height != kTaps || d.window->width != kTaps || d.weights.multiplier != 1)
    return depthwise_walk(d);
  for (std::size_t c = 0; c < d.channels; c += kLanes)
    depthwise_channels<kTaps>(d, c, d.channels - c < kLanes ? d.channels - c : kLanes);
}

inline void affine(const float* from, const float* scale, const float* shift, std::size_t rows,
                   std::size_t channels, float* to) noexcept {
  for (std::size_t r = 0; r < rows; ++r, from += channels, to += channels) {
    for (std::size_t c = 0; c < channels; ++c) to[c] = from[c] * scale[c] + shift[c];
  }
}
