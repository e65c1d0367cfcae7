#include <cmath>
#include <functional>

#include "support.h"
#include "tolerances.h"
#include "windows.h"

using namespace secateur;
using namespace secateur::test;

namespace {

// What reaches each number of an image, in double, and the sizes of what was added up.
struct Sums {
  std::vector<double> sum, magnitude;
  std::size_t most = 0;  // terms of a number
  std::vector<std::size_t> terms;

  explicit Sums(const std::vector<float>& start)
      : sum(start.begin(), start.end()), magnitude(start.size()), terms(start.size()) {
    for (std::size_t i = 0; i < sum.size(); ++i) magnitude[i] = std::abs(sum[i]);
  }
  void add(std::size_t at, double term) {
    sum[at] += term;
    magnitude[at] += std::abs(term);
    ++terms[at];
  }
  // `roundings`: that each term brings along, besides that of its sum.
  void check(const std::vector<float>& found, std::size_t roundings) const {
    for (std::size_t i = 0; i < found.size(); ++i)
      REQUIRE(std::abs(found[i] - sum[i]) <= chain((1 + roundings) * terms[i], magnitude[i]));
  }
};

// Calls body(output position, tap, pixel) for every tap that lies inside of the image.
void over_pixels(const kernels::Window& w,
                 const std::function<void(std::size_t, std::size_t, std::size_t)>& body) {
  std::vector<float> pixels(static_cast<std::size_t>(w.in_height * w.in_width));
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i);
  for (std::size_t output = 0; output < positions(w); ++output) {
    const std::vector<double> seen = under(w, pixels, 1, 0, output);
    for (std::size_t tap = 0; tap < seen.size(); ++tap)
      if (!std::isnan(seen[tap])) body(output, tap, static_cast<std::size_t>(seen[tap]));
  }
}

}  // namespace

TEST_CASE("max_pool_back: the first of the largest under each window takes all") {
  on_every_isa([](const kernels::Kernels& k) {
    over_windows([&](const kernels::Window& w, std::size_t channels, const std::vector<float>& in,
                     Random& random) {
      std::vector<float> rough = in;  // with ties
      for (float& number : rough) number = std::round(3 * number);
      const std::vector<float> signal = random.floats(positions(w) * channels);
      const std::vector<float> start = random.floats(in.size());
      std::vector<float> out(signal.size());
      k.max_pool(w, rough.data(), channels, out.data());
      std::vector<float> to = start;
      k.max_pool_back(w, {rough.data(), out.data(), signal.data(), channels, to.data()});
      Sums expected(start);
      std::vector<bool> found(signal.size(), false);
      over_pixels(w, [&](std::size_t output, std::size_t, std::size_t pixel) {
        for (std::size_t c = 0; c < channels; ++c) {
          const std::size_t i = output * channels + c;
          if (found[i] || rough[pixel * channels + c] != out[i]) continue;
          found[i] = true;
          expected.add(pixel * channels + c, signal[i]);
        }
      });
      expected.check(to, 0);
    });
  });
}

TEST_CASE("average_pool_back: agrees with shares in double, of what is inside or of all taps") {
  on_every_isa([](const kernels::Kernels& k) {
    over_windows([&](const kernels::Window& w, std::size_t channels, const std::vector<float>& in,
                     Random& random) {
      std::vector<std::size_t> inside(positions(w));
      over_pixels(w, [&](std::size_t output, std::size_t, std::size_t) { ++inside[output]; });
      for (const bool include_padding : {false, true}) {
        const std::vector<float> signal = random.floats(positions(w) * channels);
        std::vector<float> to = in;
        k.average_pool_back(w, include_padding, signal.data(), channels, to.data());
        Sums expected(in);
        over_pixels(w, [&](std::size_t output, std::size_t, std::size_t pixel) {
          const auto divisor = static_cast<double>(
              include_padding ? static_cast<std::size_t>(w.height * w.width) : inside[output]);
          for (std::size_t c = 0; c < channels; ++c)
            expected.add(pixel * channels + c, signal[output * channels + c] / divisor);
        });
        expected.check(to, 1);
      }
    });
  });
}

TEST_CASE("depthwise_back and depthwise_gradient: agree with sums in double for every multiplier") {
  on_every_isa([](const kernels::Kernels& k) {
    over_windows([&](const kernels::Window& w, std::size_t channels, const std::vector<float>& in,
                     Random& random) {
      for (const std::size_t multiplier : {1, 2, 3}) {
        const std::size_t width = channels * multiplier;
        const std::size_t stride = width + 5;
        const auto taps = static_cast<std::size_t>(w.height * w.width);
        const std::vector<float> kernel = random.floats(taps * stride);
        const std::vector<float> signal = random.floats(positions(w) * width);
        const std::vector<float> start = random.floats(taps * width);
        std::vector<float> to = in, gradient = start;
        k.depthwise_back(w, {kernel.data(), nullptr, stride, multiplier}, signal.data(), channels,
                         to.data());
        k.depthwise_gradient(w, in.data(), signal.data(), channels, multiplier, gradient.data());
        Sums image(in), weights(start);
        over_pixels(w, [&](std::size_t output, std::size_t tap, std::size_t pixel) {
          for (std::size_t c = 0; c < width; ++c) {
            const std::size_t at = pixel * channels + c / multiplier;
            const double from = signal[output * width + c];
            image.add(at, from * static_cast<double>(kernel[tap * stride + c]));
            weights.add(tap * width + c, from * static_cast<double>(in[at]));
          }
        });
        image.check(to, 1);
        weights.check(gradient, 1);
      }
    });
  });
}

TEST_CASE("squares_back: the signal goes where the winner lies, and nothing anywhere else") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x9e3779b9);
    for (const std::size_t channels : kSizes) {
      for (const std::size_t height : {2, 3, 5}) {
        for (const std::size_t width : {2, 4, 7}) {
          const std::size_t squares = height / 2 * (width / 2);
          const std::vector<float> signal = random.floats(squares * channels);
          std::vector<float> winners(signal.size());
          for (float& winner : winners) winner = static_cast<float>(random.below(5));
          std::vector<float> expected(height * width * channels, 0), to(expected.size() + 1, -3);
          for (std::size_t i = 0; i < signal.size(); ++i) {
            const auto winner = static_cast<std::size_t>(winners[i]);
            if (winners[i] == kernels::kNoWinner) continue;
            const std::size_t square = i / channels;
            const std::size_t y = square / (width / 2) * 2 + winner / 2;
            const std::size_t x = square % (width / 2) * 2 + winner % 2;
            expected[(y * width + x) * channels + i % channels] = signal[i];
          }
          expected.push_back(-3);
          k.squares_back({height, width, channels, winners.data(), signal.data(), to.data()});
          REQUIRE(to == expected);
        }
      }
    }
  });
}
