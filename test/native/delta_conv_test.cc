#include "delta_conv.h"

#include "support.h"
#include "tolerances.h"

using namespace secateur;
using namespace secateur::test;

TEST_CASE("delta_conv: agrees with sums in double at all widths, numbers of columns and taps") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x5be0cd19);
    for (const std::size_t columns : kSizes) {
      for (const std::size_t width : {1, 2, 3, 6, 7, 12, 13, 14, 25}) {
        const std::size_t height = 1 + random.below(4);
        const std::size_t taps = 1 + random.below(9);
        const std::size_t neighbour = 1 + random.below(3);
        const std::size_t step = width * neighbour + random.below(9);
        const bool one_base = random.below(3) == 0;
        const std::size_t depth = taps + random.below(5);
        const std::size_t pixel = columns + random.below(3);
        std::vector<std::uint32_t> offsets, weight_rows;
        for (std::size_t t = 0; t < taps; ++t) {
          offsets.push_back(static_cast<std::uint32_t>(random.below(20)));
          weight_rows.push_back(static_cast<std::uint32_t>(random.below(depth)));
        }
        const std::vector<float> image = random.floats(height * step + width * neighbour + 20);
        const std::vector<float> matrix = random.floats(depth * columns);
        const std::vector<float> base = random.floats(height * width * pixel);
        const kernels::PackedMatrix weights =
            kernels::pack(matrix.data(), depth, columns, columns, k.panel);
        std::vector<float> out(base.size(), -7);
        k.delta_conv({.image = image.data(),
                      .step = step,
                      .offsets = offsets,
                      .weight_rows = weight_rows,
                      .weights = &weights,
                      .height = height,
                      .width = width,
                      .pixel = pixel,
                      .base = base.data(),
                      .out = out.data(),
                      .neighbour = neighbour,
                      .one_base = one_base});
        for (std::size_t i = 0; i < out.size(); ++i) {
          if (i % pixel >= columns) {
            REQUIRE(out[i] == -7);
            continue;
          }
          const std::size_t at = i / pixel / width * step + i / pixel % width * neighbour;
          double expected = base[one_base ? i % pixel : i];
          double magnitude = std::abs(expected);
          for (std::size_t t = 0; t < taps; ++t) {
            const double product =
                static_cast<double>(image[at + offsets[t]]) *
                static_cast<double>(matrix[weight_rows[t] * columns + i % pixel]);
            expected += product;
            magnitude += std::abs(product);
          }
          REQUIRE(std::abs(out[i] - expected) <= chain(taps, magnitude));
        }
      }
    }
  });
}

TEST_CASE("delta_conv: no change leaves the base as it is, bit for bit") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x1f83d9ab);
    const std::size_t columns = 37;
    const std::vector<float> image(8 * 8, 0.0F);
    const std::vector<float> matrix = random.floats(9 * columns);
    const std::vector<float> base = random.floats(6 * 6 * columns);
    const kernels::PackedMatrix weights =
        kernels::pack(matrix.data(), 9, columns, columns, k.panel);
    std::vector<float> out(base.size());
    const std::vector<std::uint32_t> offsets{0, 1, 2, 8, 9, 10, 16, 17, 18};
    const std::vector<std::uint32_t> weight_rows{0, 1, 2, 3, 4, 5, 6, 7, 8};
    k.delta_conv(
        {image.data(), 8, offsets, weight_rows, &weights, 6, 6, columns, base.data(), out.data()});
    CHECK(out == base);
  });
}

TEST_CASE("delta_conv: poolings leave which of the four they took, and where nobody moves them") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x3c6ef372);
    const std::vector<std::uint32_t> offsets{0, 1, 9, 10};
    const std::vector<std::uint32_t> weight_rows{0, 1, 2, 3};
    for (const std::size_t columns : kSizes) {
      const std::vector<float> image = random.floats(9 * 9);
      const std::vector<float> matrix = random.floats(4 * columns);
      const std::vector<float> base(8 * 7 * columns, 0.0F);
      const kernels::PackedMatrix weights =
          kernels::pack(matrix.data(), 4, columns, columns, k.panel);
      std::vector<float> out(base.size()), pooled(4 * 3 * columns), winners(pooled.size());
      std::vector<float> scratch(2 * 7 * columns);
      kernels::DeltaConv convolution{
          image.data(), 9, offsets, weight_rows, &weights, 8, 7, columns, base.data(), out.data()};
      convolution.tail.least = 0;
      convolution.tail.most = 0.5F;
      k.delta_conv(convolution);
      convolution.out = pooled.data();
      convolution.pools = true;
      convolution.scratch = scratch.data();
      convolution.winners = winners.data();
      k.delta_conv(convolution);
      for (std::size_t i = 0; i < pooled.size(); ++i) {
        const std::size_t square = i / columns;
        float largest = -1;
        float winner = kernels::kNoWinner;
        for (std::size_t n = 0; n < 4; ++n) {
          const std::size_t pixel = (square / 3 * 2 + n / 2) * 7 + square % 3 * 2 + n % 2;
          const float number = out[pixel * columns + i % columns];
          if (number > largest) largest = number, winner = static_cast<float>(n);
        }
        if (largest == 0 || largest == 0.5F) winner = kernels::kNoWinner;
        REQUIRE(pooled[i] == largest);
        REQUIRE(winners[i] == winner);
      }
    }
  });
}
