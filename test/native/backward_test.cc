#include <algorithm>
#include <cmath>
#include <limits>

#include "support.h"
#include "tolerances.h"

using namespace secateur;
using namespace secateur::test;
using kernels::Part;

namespace {

constexpr std::array kParts{Part::whole,    Part::positive, Part::negative,
                            Part::absolute, Part::square,   Part::one};

// Calls test(kernels, count, random) for every instruction set and size.
template <class Test>
void at_every_size(std::uint32_t seed, Test test) {
  on_every_isa([&](const kernels::Kernels& k) {
    Random random(seed);
    for (const std::size_t count : kSizes) test(k, count, random);
  });
}

// Numbers of which some are exactly 0.
std::vector<float> some_zeros(std::size_t count, Random& random) {
  std::vector<float> numbers = random.floats(count);
  for (float& number : numbers) number = random.below(4) == 0 ? 0 : number;
  return numbers;
}

}  // namespace

TEST_CASE("take_part: is the rounded part of every number") {
  at_every_size(0x9b05688c, [](const kernels::Kernels& k, std::size_t count, Random& random) {
    const std::vector<float> from = some_zeros(count, random);
    for (const Part part : kParts) {
      std::vector<float> to(count + 1, -7);
      k.take_part(part, from.data(), count, to.data());
      for (std::size_t i = 0; i < count; ++i)
        CHECK(to[i] == static_cast<float>(kernels::part_of(part, from[i])));
      CHECK(to[count] == -7);
    }
  });
}

TEST_CASE("weigh and add_times: agree with products in double") {
  at_every_size(0x1f83d9ab, [](const kernels::Kernels& k, std::size_t count, Random& random) {
    const std::vector<float> x = some_zeros(count, random);
    const std::vector<float> signal = random.floats(count);
    const std::vector<float> start = random.floats(count + 1);
    const float factor = random.uniform(-2, 2);
    for (const Part part : kParts) {
      for (const bool add : {false, true}) {
        std::vector<float> to = start;
        k.weigh(part, x.data(), factor, signal.data(), count, add, to.data());
        for (std::size_t i = 0; i < count; ++i) {
          const double term = double{factor} * kernels::part_of(part, x[i]) * double{signal[i]};
          const double sum = term + (add ? double{start[i]} : 0);
          CHECK(std::abs(to[i] - sum) <=
                3 * kEps * std::abs(term) + kEps * std::abs(sum) * (1 + 3 * kEps) + kTiny);
        }
        CHECK(to[count] == start[count]);
      }
    }
    std::vector<float> to = start;
    k.add_times(signal.data(), factor, count, to.data());
    for (std::size_t i = 0; i < count; ++i) {
      const double term = double{factor} * double{signal[i]};
      CHECK(std::abs(to[i] - (start[i] + term)) <= chain(1, std::abs(start[i]) + std::abs(term)));
    }
    CHECK(to[count] == start[count]);
  });
}

TEST_CASE("divide: agrees with quotients in double, passes nothing by 0 and counts what is lost") {
  at_every_size(0x5be0cd19, [](const kernels::Kernels& k, std::size_t count, Random& random) {
    const std::vector<float> signal = some_zeros(count, random);
    const std::vector<float> z = some_zeros(count, random);
    const std::vector<float> units = random.floats(count);
    for (const bool by_sign : {false, true}) {
      for (const float epsilon : {0.0F, 1e-6F, 0.25F}) {
        for (const int outputs : {0, 1, 2}) {  // all, those not below 0, those below
          std::vector<float> to(count + 1, -7);
          const std::size_t dead =
              k.divide({signal.data(), z.data(), count, 1.5F, epsilon, by_sign,
                        outputs == 0 ? nullptr : units.data(), outputs == 2, to.data()});
          std::size_t lost = 0;
          for (std::size_t i = 0; i < count; ++i) {
            const bool counts = outputs == 0 || (units[i] < 0) == (outputs == 2);
            const double d = z[i] + (by_sign && z[i] < 0 ? -1.0 : 1.0) * double{epsilon};
            if (!counts || d == 0) {
              CHECK(to[i] == 0);
              lost += counts && signal[i] != 0 ? 1 : 0;
              continue;
            }
            const double expected = 1.5 * double{signal[i]} / d;
            CHECK(std::abs(to[i] - expected) <= 4 * kEps * std::abs(expected) + kTiny);
          }
          CHECK(dead == lost);
          CHECK(to[count] == -7);
        }
      }
    }
  });
}

TEST_CASE("slopes: every function agrees with its derivative in double") {
  constexpr double kAlpha = 0.3, kBeta = 0.5;
  on_every_isa([&](const kernels::Kernels& k) {
    Random random(0x428a2f98);
    for (std::size_t row = 0; row < kernels::kPointwiseCount; ++row) {
      CAPTURE(kernels::kPointwiseFunctions[row].name);
      const auto f = [&](double x) { return kernels::kSlopeReferences[row](x, kAlpha, kBeta); };
      for (const std::size_t count : {1, 7, 16, 33, 257}) {
        std::vector<float> x = random.floats(count, -8, 8);
        const std::vector<float> signal = random.floats(count);
        std::vector<float> to(count + 1, -7);
        k.slopes[row](x.data(), signal.data(), count, kAlpha, kBeta, to.data());
        for (std::size_t i = 0; i < count; ++i) {
          CAPTURE(x[i]);
          CHECK(std::abs(to[i] - signal[i] * f(x[i])) <=
                slope_error(f, x[i]) * std::abs(signal[i]));
        }
        CHECK(to[count] == -7);
        k.slopes[row](x.data(), signal.data(), count, kAlpha, kBeta, x.data());
        CHECK(std::equal(x.begin(), x.end(), to.begin()));
      }
    }
  });
}

TEST_CASE("slopes: at kinks they are what the header says") {
  on_every_isa([](const kernels::Kernels& k) {
    const auto at = [&](std::string_view name, float x) {
      for (std::size_t row = 0; row < kernels::kPointwiseCount; ++row) {
        constexpr float kOne = 1;
        float slope = -7;
        if (kernels::kPointwiseFunctions[row].name != name) continue;
        k.slopes[row](&x, &kOne, 1, 0.25F, 0.5F, &slope);
        return slope;
      }
      return std::numeric_limits<float>::quiet_NaN();
    };
    CHECK(at("relu", 0) == 0);
    CHECK(at("relu6", 0) == 0);
    CHECK(at("relu6", 6) == 0);
    CHECK(at("leakyRelu", 0) == 0.25F);
    CHECK(at("elu", 0) == 1);
    CHECK(at("selu", 0) == static_cast<float>(kernels::kSeluScale));
    CHECK(at("hardSigmoid", -2) == 0);
    CHECK(at("hardSigmoid", 2) == 0);
  });
}

TEST_CASE("add_tap and add_activations: are sums in double, positions in order") {
  at_every_size(0x71374491, [](const kernels::Kernels& k, std::size_t channels, Random& random) {
    const std::size_t positions = 1 + random.below(9);
    const std::vector<float> signal = random.floats(positions * channels);
    const std::vector<float> values = some_zeros(positions * channels, random);
    const auto ones = [&] { return std::vector<double>(channels, 1); };
    for (const bool weighted : {false, true}) {
      std::vector<double> s = ones(), sum = ones(), absolute = ones(), square = ones();
      k.add_tap({signal.data(), weighted ? values.data() : nullptr, positions, channels, s.data(),
                 sum.data(), absolute.data(), square.data()});
      for (std::size_t c = 0; c < channels; ++c) {
        double own = 0;
        for (std::size_t i = c; i < signal.size(); i += channels)
          own += double{signal[i]} * (weighted ? double{values[i]} : 1);
        CHECK(s[c] == own);
        CHECK(sum[c] == 1 + own);
        CHECK(absolute[c] == 1 + std::abs(own));
        CHECK(square[c] == 1 + own * own);
      }
    }
    std::vector<double> s = ones(), sum = ones(), absolute = ones(), square = ones(),
                        zeros = ones(), norm = ones();
    k.add_activations({values.data(), positions, channels, s.data(), sum.data(), absolute.data(),
                       square.data(), zeros.data(), norm.data()});
    for (std::size_t c = 0; c < channels; ++c) {
      double own_sum = 1, own_absolute = 1, own_square = 0, own_zeros = 1;
      for (std::size_t i = c; i < values.size(); i += channels) {
        const double x = values[i];
        own_sum += x, own_absolute += std::abs(x), own_square += x * x;
        own_zeros += x == 0 ? 1 : 0;
      }
      CHECK(sum[c] == own_sum);
      CHECK(absolute[c] == own_absolute);
      CHECK(square[c] == 1 + own_square);
      CHECK(zeros[c] == own_zeros);
      CHECK(norm[c] == 1 + std::sqrt(own_square));
    }
  });
}

TEST_CASE("sum_all: is the sum in double") {
  at_every_size(0xb5c0fbcf, [](const kernels::Kernels& k, std::size_t count, Random& random) {
    const std::vector<float> numbers = random.floats(count, -1e6F, 1e6F);
    double sum = 0, magnitude = 0;
    for (const float number : numbers) sum += number, magnitude += std::abs(double{number});
    CHECK(std::abs(k.sum_all(numbers.data(), count) - sum) <=
          2 * static_cast<double>(count) * 0x1p-53 * magnitude);
  });
}
