// Generic body of window_back.h.

inline void max_pool_back(const Window& w, const PoolBack& b) noexcept {
  const float* out = b.out;
  const float* signal = b.signal;
  for (std::ptrdiff_t oy = 0; oy < w.out_height; ++oy) {
    const std::ptrdiff_t top = oy * w.stride_y - w.top;
    const TapRange rows = taps_inside(top, w.height, w.dilation_y, w.in_height);
    for (std::ptrdiff_t ox = 0; ox < w.out_width; ++ox, out += b.channels, signal += b.channels) {
      const std::ptrdiff_t left = ox * w.stride_x - w.left;
      const TapRange columns = taps_inside(left, w.width, w.dilation_x, w.in_width);
      in_lanes(b.channels, [&](std::size_t c, std::size_t lanes) {
        const Vec largest = load_n(out + c, lanes);
        Vec rest = load_n(signal + c, lanes);  // until the winner is found
        for (std::ptrdiff_t ky = rows.begin; ky < rows.end; ++ky) {
          const std::ptrdiff_t y = top + ky * w.dilation_y;
          for (std::ptrdiff_t kx = columns.begin; kx < columns.end; ++kx) {
            const std::ptrdiff_t x = left + kx * w.dilation_x;
            const std::size_t at = static_cast<std::size_t>(y * w.in_width + x) * b.channels + c;
            const Vec number = load_n(b.in + at, lanes);
            const Vec won = number == largest ? rest : Vec{};
            store_n(b.to + at, load_n(b.to + at, lanes) + won, lanes);
            rest = number == largest ? Vec{} : rest;
          }
        }
      });
    }
  }
}

inline void squares_back(const SquaresBack& b) noexcept {
  const std::size_t row = b.width * b.channels;
  const std::size_t squares = b.width / 2;
  const float* winners = b.winners;
  const float* signal = b.signal;
  for (std::size_t y = 0; y + 1 < b.height; y += 2) {
    float* to = b.to + y * row;
    for (std::size_t x = 0; x < squares; ++x, to += 2 * b.channels) {
      in_lanes(b.channels, [&](std::size_t c, std::size_t lanes) {
        const Vec winner = load_n(winners + c, lanes);
        const Vec number = load_n(signal + c, lanes);
        for (std::size_t i = 0; i < 4; ++i) {
          const Vec won = winner == set1(static_cast<float>(i)) ? number : Vec{};
          store_n(to + i / 2 * row + i % 2 * b.channels + c, won, lanes);
        }
      });
      winners += b.channels;
      signal += b.channels;
    }
    for (std::size_t i = 2 * squares * b.channels; i < row; ++i, ++to) to[0] = to[row] = 0;
  }
  for (std::size_t i = b.height / 2 * 2 * row; i < b.height * row; ++i) b.to[i] = 0;
}

inline void average_pool_back(const Window& w, bool include_padding, const float* signal,
                              std::size_t channels, float* to) noexcept {
  const auto taps = static_cast<std::size_t>(w.height * w.width);
  for (std::ptrdiff_t oy = 0; oy < w.out_height; ++oy) {
    const std::ptrdiff_t top = oy * w.stride_y - w.top;
    const TapRange rows = taps_inside(top, w.height, w.dilation_y, w.in_height);
    for (std::ptrdiff_t ox = 0; ox < w.out_width; ++ox, signal += channels) {
      const std::ptrdiff_t left = ox * w.stride_x - w.left;
      const TapRange columns = taps_inside(left, w.width, w.dilation_x, w.in_width);
      if (rows.end <= rows.begin || columns.end <= columns.begin) continue;
      const auto inside =
          static_cast<std::size_t>((rows.end - rows.begin) * (columns.end - columns.begin));
      const auto divisor = static_cast<float>(include_padding ? taps : inside);
      for (std::ptrdiff_t ky = rows.begin; ky < rows.end; ++ky) {
        for (std::ptrdiff_t kx = columns.begin; kx < columns.end; ++kx) {
          float* pixel = to + static_cast<std::size_t>((top + ky * w.dilation_y) * w.in_width +
                                                       left + kx * w.dilation_x) *
                                  channels;
          for (std::size_t c = 0; c < channels; ++c) pixel[c] += signal[c] / divisor;
        }
      }
    }
  }
}

inline void depthwise_back(const Window& w, const DepthwiseWeights& weights, const float* signal,
                           std::size_t channels, float* to) noexcept {
  const std::size_t multiplier = weights.multiplier;
  const std::size_t width = channels * multiplier;
  walk(
      w, [](std::size_t) {},
      [=](std::size_t output, std::size_t tap, std::size_t input) {
        const float* from = signal + output * width;
        const float* kernel = weights.kernel + tap * weights.kernel_stride;
        float* pixel = to + input * channels;
        if (multiplier == 1) {
          for (std::size_t c = 0; c < channels; ++c) pixel[c] += from[c] * kernel[c];
        } else {
          for (std::size_t c = 0; c < width; ++c) pixel[c / multiplier] += from[c] * kernel[c];
        }
      },
      [](std::size_t) {});
}

inline void depthwise_gradient(const Window& w, const float* in, const float* signal,
                               std::size_t channels, std::size_t multiplier,
                               float* gradient) noexcept {
  const std::size_t width = channels * multiplier;
  walk(
      w, [](std::size_t) {},
      [=](std::size_t output, std::size_t tap, std::size_t input) {
        const float* from = signal + output * width;
        const float* pixel = in + input * channels;
        float* to = gradient + tap * width;
        if (multiplier == 1) {
          for (std::size_t c = 0; c < channels; ++c) to[c] += pixel[c] * from[c];
        } else {
          for (std::size_t c = 0; c < width; ++c) to[c] += pixel[c / multiplier] * from[c];
        }
      },
      [](std::size_t) {});
}
