#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "support.h"
#include "tolerances.h"

using namespace secateur;
using namespace secateur::test;

namespace {
constexpr float kAlpha = 0.7F;
constexpr float kBeta = 0.4F;
}  // namespace

TEST_CASE("pointwise: every function agrees with its definition in double") {
  std::vector<float> numbers{0,   -0.0F, 1e-8F, -1e-8F, 1e-3F, -1e-3F, 88,
                             -88, 104,   -104,  1e4F,   -1e4F, 1e30F,  -1e30F};
  for (float x = -20; x <= 20; x += 0.0625F) numbers.push_back(x);
  on_every_isa([&](const kernels::Kernels& k) {
    for (std::size_t i = 0; i < kernels::kPointwiseCount; ++i) {
      const kernels::PointwiseFunction& function = kernels::kPointwiseFunctions[i];
      const std::string name(function.name);
      CAPTURE(name);
      const auto f = [&](double x) { return function.reference(x, kAlpha, kBeta); };
      std::vector<float> results(numbers.size());
      k.pointwise[i](numbers.data(), results.data(), numbers.size(), kAlpha, kBeta);
      for (std::size_t n = 0; n < numbers.size(); ++n) {
        const float x = numbers[n];
        const float got = results[n];
        const double expected = f(x);
        CAPTURE(x);
        CAPTURE(got);
        CAPTURE(expected);
        REQUIRE(std::abs(got - expected) <= pointwise(f, x));
      }
    }
  });
}

TEST_CASE("pointwise: every function works in place, at every length, and keeps NaN") {
  on_every_isa([&](const kernels::Kernels& k) {
    Random random(0x6c078965);
    for (std::size_t i = 0; i < kernels::kPointwiseCount; ++i) {
      for (const std::size_t size : kSizes) {
        const std::vector<float> numbers = random.floats(size, -4, 4);
        std::vector<float> guarded = numbers;
        guarded.push_back(12345);
        k.pointwise[i](guarded.data(), guarded.data(), size, kAlpha, kBeta);
        CHECK(guarded.back() == 12345);
        for (std::size_t n = 0; n < size; ++n) {
          float alone = 0;
          k.pointwise[i](&numbers[n], &alone, 1, kAlpha, kBeta);
          CHECK(guarded[n] == alone);
        }
      }
      const float nan = std::numeric_limits<float>::quiet_NaN();
      float result = 0;
      k.pointwise[i](&nan, &result, 1, kAlpha, kBeta);
      CHECK(std::isnan(result));
    }
  });
}

TEST_CASE("softmax: agrees with its definition in double, for huge numbers too") {
  on_every_isa([&](const kernels::Kernels& k) {
    Random random(0x85ebca6b);
    for (const std::size_t size : kSizes) {
      for (const float scale : {1.0F, 50.0F, 1e36F}) {
        const std::vector<float> from = random.floats(size, -scale, scale);
        std::vector<float> to(size);
        k.softmax(from.data(), to.data(), size);
        const double largest = *std::max_element(from.begin(), from.end());
        double sum = 0;
        for (const float x : from) sum += std::exp(x - largest);
        for (std::size_t i = 0; i < size; ++i) {
          const double expected = std::exp(from[i] - largest) / sum;
          const double bound =
              (std::min(87.0, largest - from[i]) + static_cast<double>(size) / 16 + 8) * kEps *
                  expected +
              1e-37;
          CHECK(std::abs(to[i] - expected) <= bound);
        }
      }
    }
  });
}

TEST_CASE("scale_bytes: is the rounded product for every byte, at every length") {
  on_every_isa([](const kernels::Kernels& k) {
    std::vector<std::uint8_t> bytes(256);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
    for (std::size_t count = 1; count <= bytes.size(); ++count) {
      std::vector<float> out(count + 1, -7);
      k.scale_bytes(bytes.data(), out.data(), count, 1.0F / 255);
      for (std::size_t i = 0; i < count; ++i)
        REQUIRE(out[i] == 1.0F / 255 * static_cast<float>(bytes[i]));
      REQUIRE(out[count] == -7);
    }
  });
}

TEST_CASE("subtract: is the rounded difference, at every length") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x9b05688c);
    for (const std::size_t count : kSizes) {
      const std::vector<float> a = random.floats(count), b = random.floats(count);
      std::vector<float> out(count + 1, -7);
      k.subtract(a.data(), b.data(), count, out.data());
      for (std::size_t i = 0; i < count; ++i) REQUIRE(out[i] == a[i] - b[i]);
      REQUIRE(out[count] == -7);
    }
  });
}

TEST_CASE("split_relu: gives two parts that make a relu, at every length") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x1f83d9ab);
    for (const std::size_t count : kSizes) {
      const std::vector<float> row = random.floats(count);
      std::vector<std::int32_t> on(count);
      for (std::int32_t& bits : on) bits = random.below(2) == 0 ? -1 : 0;
      std::vector<float> linear(count + 1, -7), turned(count + 1, -7);
      k.split_relu(row.data(), on.data(), count, linear.data(), turned.data());
      for (std::size_t i = 0; i < count; ++i) {
        REQUIRE(linear[i] == (on[i] != 0 ? row[i] : 0));
        REQUIRE(linear[i] + std::max(turned[i], 0.0F) == std::max(row[i], 0.0F));
      }
      REQUIRE(linear[count] == -7);
      REQUIRE(turned[count] == -7);
    }
  });
}

TEST_CASE("finish_rows: gives the bits of its parts one after the other") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x5be0cd19);
    for (const std::size_t channels : kSizes) {
      const std::vector<float> scale = random.floats(channels), shift = random.floats(channels);
      const std::vector<float> drawn = random.floats(2 * channels),
                               more = random.floats(2 * channels);
      std::vector<float> parts = drawn;
      k.affine(parts.data(), scale.data(), shift.data(), 2, channels, parts.data());
      for (std::size_t i = 0; i < parts.size(); ++i)
        parts[i] = std::min(0.5F, std::max(-0.25F, parts[i] + more[i]));
      std::vector<float> finished = drawn;
      const std::array rows{finished.data(), finished.data() + channels};
      const std::array others{more.data(), more.data() + channels};
      k.finish_rows({scale.data(), shift.data(), -0.25F, 0.5F}, 2, channels, others.data(),
                    rows.data());
      CHECK(finished == parts);
      k.finish_rows({}, 2, channels, nullptr, rows.data());  // no part
      CHECK(finished == parts);
    }
  });
}
