#include <algorithm>
#include <cmath>
#include <limits>

#include "support.h"
#include "tolerances.h"
#include "windows.h"

using namespace secateur;
using namespace secateur::test;

TEST_CASE("max_pool: is the largest number inside of the image") {
  on_every_isa([](const kernels::Kernels& k) {
    over_windows(
        [&](const kernels::Window& w, std::size_t channels, const std::vector<float>& in, Random&) {
          std::vector<float> out(positions(w) * channels);
          k.max_pool(w, in.data(), channels, out.data());
          for (std::size_t i = 0; i < out.size(); ++i) {
            double expected = -std::numeric_limits<double>::infinity();
            for (const double x : under(w, in, channels, i % channels, i / channels))
              expected = std::fmax(expected, x);
            CHECK(static_cast<double>(out[i]) == expected);
          }
        });
  });
}

TEST_CASE("max_pool: keeps NaN") {
  on_every_isa([](const kernels::Kernels& k) {
    const kernels::Window w{1, 3, 1, 1, 1, 3, 1, 1, 1, 1, 0, 0};
    for (std::size_t at = 0; at < 3; ++at) {
      std::vector<float> in{1, 2, 3};
      in[at] = std::numeric_limits<float>::quiet_NaN();
      float out = 0;
      k.max_pool(w, in.data(), 1, &out);
      CHECK(std::isnan(out));
    }
  });
}

TEST_CASE("average_pool: is the mean, of what is inside or of all taps") {
  on_every_isa([](const kernels::Kernels& k) {
    over_windows([&](const kernels::Window& w, std::size_t channels, const std::vector<float>& in,
                     Random&) {
      for (const bool include_padding : {false, true}) {
        std::vector<float> out(positions(w) * channels);
        k.average_pool(w, include_padding, in.data(), channels, out.data());
        for (std::size_t i = 0; i < out.size(); ++i) {
          double sum = 0, magnitude = 0, inside = 0;
          const std::vector<double> numbers = under(w, in, channels, i % channels, i / channels);
          for (const double x : numbers) {
            if (std::isnan(x)) continue;
            sum += x, magnitude += std::abs(x), inside += 1;
          }
          const double divisor =
              std::max(1.0, include_padding ? static_cast<double>(numbers.size()) : inside);
          CHECK(std::abs(out[i] - sum / divisor) <= chain(numbers.size() + 1, magnitude / divisor));
        }
      }
    });
  });
}

TEST_CASE("depthwise: agrees with sums in double for every multiplier and channel range") {
  on_every_isa([](const kernels::Kernels& k) {
    over_windows([&](const kernels::Window& w, std::size_t channels, const std::vector<float>& in,
                     Random& random) {
      for (const std::size_t multiplier : {1, 2, 3}) {
        const std::size_t width = channels * multiplier;
        const std::size_t stride = width + 5;
        const std::vector<float> kernel =
            random.floats(static_cast<std::size_t>(w.height * w.width) * stride);
        const std::vector<float> bias = random.floats(width);
        std::vector<float> out(positions(w) * width);
        kernels::Depthwise depthwise{.window = &w,
                                     .weights = {kernel.data(), bias.data(), stride, multiplier},
                                     .in = in.data(),
                                     .channels = channels,
                                     .out = out.data()};
        k.depthwise(depthwise);
        for (std::size_t i = 0; i < out.size(); ++i) {
          const std::size_t c = i % width;
          double sum = bias[c], magnitude = std::abs(sum);
          const std::vector<double> numbers = under(w, in, channels, c / multiplier, i / width);
          for (std::size_t tap = 0; tap < numbers.size(); ++tap) {
            if (std::isnan(numbers[tap])) continue;
            const double product = numbers[tap] * static_cast<double>(kernel[tap * stride + c]);
            sum += product, magnitude += std::abs(product);
          }
          CHECK(std::abs(out[i] - sum) <= chain(numbers.size(), magnitude));
        }
        const std::vector<float> scale = random.floats(width);
        const std::vector<float> shift = random.floats(width);
        const std::vector<float> other = random.floats(out.size());
        std::vector<float> tailed(out.size());
        depthwise.tail = {scale.data(), shift.data(), 0, 0.75F};
        depthwise.other = other.data();
        depthwise.out = tailed.data();
        k.depthwise(depthwise);
        k.affine(out.data(), scale.data(), shift.data(), positions(w), width, out.data());
        for (std::size_t i = 0; i < out.size(); ++i)
          out[i] = std::min(0.75F, std::max(0.0F, out[i] + other[i]));
        CHECK(tailed == out);
      }
    });
  });
}

TEST_CASE("global_average and affine: agree with double") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x27d4eb2f);
    for (const std::size_t channels : kSizes) {
      const std::size_t rows = 37;
      const std::vector<float> in = random.floats(rows * channels);
      const std::vector<float> scale = random.floats(channels);
      const std::vector<float> shift = random.floats(channels);
      std::vector<float> mean(channels);
      k.global_average(in.data(), rows, channels, mean.data());
      std::vector<float> out(in.size());
      k.affine(in.data(), scale.data(), shift.data(), rows, channels, out.data());
      for (std::size_t c = 0; c < channels; ++c) {
        double sum = 0;
        for (std::size_t r = 0; r < rows; ++r) {
          const double x = in[r * channels + c];
          sum += x;
          const double product = x * static_cast<double>(scale[c]);
          const double expected = product + static_cast<double>(shift[c]);
          CHECK(std::abs(out[r * channels + c] - expected) <=
                chain(1, std::abs(product) + std::abs(shift[c])));
        }
        CHECK(std::abs(mean[c] - sum / rows) <= 2 * kEps * std::abs(sum / rows) + 1e-15);
      }
    }
  });
}
