#include "fast_conv.h"

#include <algorithm>
#include <cmath>

#include "support.h"
#include "tolerances.h"

using namespace secateur;
using namespace secateur::test;
using kernels::FastAxis;
using kernels::kFastAxes;

namespace {

// `matrix`, rows x depth, on both axes of a square; the numbers' absolute values if `magnitude`.
template <class Matrix>
std::vector<double> on_both_axes(const Matrix& matrix, std::size_t rows, std::size_t depth,
                                 const std::vector<double>& x, bool magnitude) {
  const auto size = [magnitude](double number) { return magnitude ? std::abs(number) : number; };
  std::vector<double> out(rows * rows);
  for (std::size_t o = 0; o < out.size(); ++o) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double factor = matrix[o / rows][i / depth] * matrix[o % rows][i % depth];
      out[o] += size(factor) * size(x[i]);
    }
  }
  return out;
}

std::vector<double> column(const std::vector<float>& numbers, std::size_t width, std::size_t at) {
  std::vector<double> found;
  for (; at < numbers.size(); at += width) found.push_back(numbers[at]);
  return found;
}

constexpr std::size_t kGap = 5;  // between slabs

}  // namespace

TEST_CASE("fast_conv: every algorithm is the convolution of its tile, coefficient by coefficient") {
  for (const FastAxis& axis : kFastAxes) {
    CAPTURE(axis.in);
    for (std::size_t i = 0; i < axis.out; ++i) {
      for (std::size_t tap = 0; tap < 3; ++tap) {
        for (std::size_t x = 0; x < axis.in; ++x) {
          double factor = 0, magnitude = 0;
          for (std::size_t p = 0; p < axis.products; ++p) {
            const double term = static_cast<double>(axis.output[i][p]) * axis.taps[p][tap] *
                                static_cast<double>(axis.input[p][x]);
            factor += term, magnitude += std::abs(term);
          }
          const bool meets = x + (axis.whole ? 1 : 0) == i * axis.stride + tap;
          CHECK(std::abs(factor - (meets ? 1 : 0)) <=
                static_cast<double>(axis.products) * 0x1p-52 * magnitude);
        }
      }
    }
  }
}

TEST_CASE("fast_conv: tiles of images are transformed as in double for all channels") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x3c6ef372);
    for (std::size_t a = 0; a < kFastAxes.size(); ++a) {
      const FastAxis& axis = kFastAxes[a];
      for (const std::size_t channels : kSizes) {
        const std::vector<float> in = random.floats(axis.in * axis.in * channels);
        std::vector<const float*> pixels;
        for (std::size_t i = 0; i < axis.in * axis.in; ++i)
          pixels.push_back(in.data() + i * channels);
        const std::size_t slabs = axis.products * axis.products;
        std::vector<float> out(slabs * (channels + kGap), -7);
        std::vector<std::size_t> places;
        for (std::size_t p = 0; p < slabs; ++p) places.push_back(p * (channels + kGap));
        k.fast[a].input(pixels.data(), channels, out.data(), places.data());
        for (std::size_t c = 0; c < channels; ++c) {
          const auto x = column(in, channels, c);
          const auto expected = on_both_axes(axis.input, axis.products, axis.in, x, false);
          const auto magnitude = on_both_axes(axis.input, axis.products, axis.in, x, true);
          for (std::size_t p = 0; p < slabs; ++p) {
            CHECK(std::abs(out[p * (channels + kGap) + c] - expected[p]) <=
                  chain(axis.in, magnitude[p]));
          }
        }
        CHECK(out[channels] == -7);
      }
    }
  });
}

TEST_CASE("fast_conv: slabs are transformed back as in double, to the pixels that are wanted") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0xa54ff53a);
    for (std::size_t a = 0; a < kFastAxes.size(); ++a) {
      const FastAxis& axis = kFastAxes[a];
      for (const std::size_t channels : kSizes) {
        const std::size_t slab = channels + kGap;
        const std::vector<float> in = random.floats(axis.products * axis.products * slab);
        const std::vector<float> bias = random.floats(channels);
        std::vector<float> out(axis.out * axis.out * channels, -7);
        std::vector<float*> pixels;
        for (std::size_t i = 0; i < axis.out * axis.out; ++i)
          pixels.push_back(i == 1 ? nullptr : out.data() + i * channels);
        k.fast[a].output({.slabs = in.data(),
                          .slab = slab,
                          .channels = channels,
                          .bias = bias.data(),
                          .tail = {},
                          .others = nullptr,
                          .pools = false,
                          .pixels = pixels.data()});
        for (std::size_t c = 0; c < channels; ++c) {
          const auto x = column(in, slab, c);
          const auto expected = on_both_axes(axis.output, axis.out, axis.products, x, false);
          const auto magnitude = on_both_axes(axis.output, axis.out, axis.products, x, true);
          for (std::size_t i = 0; i < pixels.size(); ++i) {
            const double start = bias[c];
            const double got = out[i * channels + c];
            if (i == 1) {
              CHECK(got == -7);
            } else {
              CHECK(std::abs(got - (expected[i] + start)) <=
                    chain(axis.products + 1, magnitude[i] + std::abs(start)));
            }
          }
        }
      }
    }
  });
}

namespace {

// The winners of a pooled output: the first of the largest of each square of the `plain` numbers.
void check_winners(const kernels::FastTransforms& transforms, kernels::FastOutput output,
                   std::size_t side, const std::vector<float>& plain) {
  const std::size_t channels = output.channels;
  std::vector<float> winners(side * side / 4 * channels);
  std::vector<float*> to;
  for (std::size_t i = 0; i < side * side / 4; ++i) to.push_back(winners.data() + i * channels);
  output.winners = to.data();
  transforms.output(output);
  for (std::size_t square = 0; square < to.size(); ++square) {
    if (output.pixels[square] == nullptr) continue;
    for (std::size_t c = 0; c < channels; ++c) {
      const auto winner = static_cast<std::size_t>(to[square][c]);
      REQUIRE(winner < 4);
      const auto at = [&](std::size_t n) {
        const std::size_t row = square / (side / 2) * 2 + n / 2;
        return plain[(row * side + square % (side / 2) * 2 + n % 2) * channels + c];
      };
      CHECK(at(winner) == output.pixels[square][c]);
      for (std::size_t n = 0; n < winner; ++n) CHECK(at(n) < at(winner));
    }
  }
}

}  // namespace

TEST_CASE("fast_conv: a tail gives the bits of its parts one after the other") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x9b05688c);
    for (std::size_t a = 0; a < kFastAxes.size(); ++a) {
      const std::size_t side = kFastAxes[a].out;
      const std::size_t count = side * side;
      for (const std::size_t channels : kSizes) {
        const std::size_t slab = channels;
        const std::vector<float> in =
            random.floats(kFastAxes[a].products * kFastAxes[a].products * slab);
        const std::vector<float> bias = random.floats(channels);
        const std::vector<float> scale = random.floats(channels);
        const std::vector<float> shift = random.floats(channels);
        const std::vector<float> other = random.floats(count * channels);
        std::vector<float> plain(count * channels), tailed(count * channels);
        std::vector<float*> to, to_tailed;
        std::vector<const float*> others;
        for (std::size_t i = 0; i < count; ++i) {
          to.push_back(plain.data() + i * channels);
          to_tailed.push_back(tailed.data() + i * channels);
          others.push_back(other.data() + i * channels);
        }
        kernels::FastOutput output{in.data(), slab,    channels, bias.data(),
                                   {},        nullptr, false,    to.data()};
        k.fast[a].output(output);
        output.tail = {scale.data(), shift.data(), 0, 0.75F};
        output.others = others.data();
        output.pixels = to_tailed.data();
        k.fast[a].output(output);
        k.affine(plain.data(), scale.data(), shift.data(), count, channels, plain.data());
        for (std::size_t i = 0; i < plain.size(); ++i)
          plain[i] = std::min(0.75F, std::max(0.0F, plain[i] + other[i]));
        CHECK(tailed == plain);
        if (side % 2 != 0) continue;
        const auto length = static_cast<std::ptrdiff_t>(side);
        std::vector<float> pooled(count / 4 * channels), largest(count / 4 * channels);
        to_tailed.clear();
        for (std::size_t i = 0; i < count / 4; ++i)
          to_tailed.push_back(i == 1 ? nullptr : pooled.data() + i * channels);
        output.others = nullptr;
        output.tail = {};
        output.pixels = to.data();
        k.fast[a].output(output);
        output.pools = true;
        output.pixels = to_tailed.data();
        k.fast[a].output(output);
        const kernels::Window squares{length, length, length / 2, length / 2, 2, 2,
                                      2,      2,      1,          1,          0, 0};
        k.max_pool(squares, plain.data(), channels, largest.data());
        if (count > 4)
          std::fill_n(largest.begin() + static_cast<std::ptrdiff_t>(channels), channels, 0);
        CHECK(pooled == largest);
        check_winners(k.fast[a], output, side, plain);
      }
    }
  });
}

TEST_CASE("fast_taps: are rounded once") {
  Random random(0x510e527f);
  const std::size_t channels = 3;
  const std::size_t filters = 5;
  const std::vector<float> taps = random.floats(9 * channels * filters);
  for (const FastAxis& axis : kFastAxes) {
    const std::size_t slabs = axis.products * axis.products;
    std::vector<float> out(slabs * channels * filters);
    kernels::fast_taps(axis, taps.data(), channels, filters, out.data());
    for (std::size_t i = 0; i < channels * filters; ++i) {
      const auto expected =
          on_both_axes(axis.taps, axis.products, 3, column(taps, channels * filters, i), false);
      for (std::size_t p = 0; p < slabs; ++p) {
        const double got = out[p * channels * filters + i];
        CHECK(std::abs(got - expected[p]) <= kEps * std::abs(expected[p]) + 1e-14);
      }
    }
  }
}
