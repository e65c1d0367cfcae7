#include <cmath>

#include "support.h"
#include "tolerances.h"

using namespace secateur;
using namespace secateur::test;

namespace {

struct Outer {
  std::size_t groups, terms, columns, width;
  std::size_t x_stride = columns + 2;
  std::size_t y_stride = width + 5;
  std::size_t stride = width + 3;
  std::vector<float> x, y, sums, squares;

  Outer(std::size_t groups, std::size_t terms, std::size_t columns, std::size_t width,
        Random& random)
      : groups(groups),
        terms(terms),
        columns(columns),
        width(width),
        x(random.floats(groups * terms * x_stride)),
        y(random.floats(groups * terms * y_stride)),
        sums(random.floats(columns * stride)),
        squares(random.floats(columns * stride)) {}

  void run(const kernels::Kernels& k, bool squared) {
    k.add_outer({groups, terms, x.data(), x_stride, columns, y.data(), y_stride, width, sums.data(),
                 squared ? squares.data() : nullptr, stride});
  }
};

// What place [i][j] of `after` should be, from what it was and the groups' sums of products; and
// how far off it may be: each group's chain, its square, and a rounding each time that it grows.
void check(const Outer& before, const Outer& after) {
  for (std::size_t i = 0; i < before.columns; ++i) {
    for (std::size_t j = 0; j < before.stride; ++j) {
      const std::size_t at = i * before.stride + j;
      if (j >= before.width) {
        REQUIRE(after.sums[at] == before.sums[at]);
        continue;
      }
      double sum = before.sums[at], square = before.squares[at];
      double sum_slack = 0, square_slack = 0;
      for (std::size_t group = 0; group < before.groups; ++group) {
        double d = 0, magnitude = 0;
        for (std::size_t t = group * before.terms; t < (group + 1) * before.terms; ++t) {
          const double product = static_cast<double>(before.x[t * before.x_stride + i]) *
                                 static_cast<double>(before.y[t * before.y_stride + j]);
          d += product, magnitude += std::abs(product);
        }
        const double error = chain(before.terms, magnitude);
        sum += d, square += d * d;
        sum_slack += error + kEps * (std::abs(sum) + sum_slack + error);
        square_slack += 2 * std::abs(d) * error + error * error;
        square_slack += 2 * kEps * (std::abs(square) + square_slack);
      }
      REQUIRE(std::abs(after.sums[at] - sum) <= sum_slack);
      REQUIRE(std::abs(after.squares[at] - square) <= square_slack);
    }
  }
}

}  // namespace

TEST_CASE("add_outer: agrees with sums of products in double at all sizes") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x3c6ef372);
    for (const std::size_t width : kSizes) {
      for (const std::size_t columns : {1, 2, 5, 12, 13, 25}) {
        for (const std::size_t terms : {1, 4, 9}) {
          const Outer before(1 + random.below(3), terms, columns, width, random);
          Outer after = before;
          after.run(k, true);
          check(before, after);
        }
      }
    }
  });
}

TEST_CASE("add_outer: squares are left alone where nobody wants them") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0xa54ff53a);
    const Outer before(3, 4, 7, 19, random);
    Outer with = before, without = before;
    with.run(k, true);
    without.run(k, false);
    CHECK(without.sums == with.sums);
    CHECK(without.squares == before.squares);
  });
}

TEST_CASE("add_outer: one column for all rows, as biases have it") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x510e527f);
    for (const std::size_t width : kSizes) {
      const std::vector<float> y = random.floats(6 * width);
      std::vector<float> sums(width, 0);
      constexpr float kOne = 1;
      k.add_outer({2, 3, &kOne, 0, 1, y.data(), width, width, sums.data(), nullptr, width});
      for (std::size_t j = 0; j < width; ++j) {
        double sum = 0, magnitude = 0;
        for (std::size_t row = 0; row < 6; ++row) {
          sum += y[row * width + j];
          magnitude += std::abs(y[row * width + j]);
        }
        CHECK(std::abs(sums[j] - sum) <= chain(6, magnitude));
      }
    }
  });
}
