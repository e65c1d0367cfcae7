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

namespace {

// Windows at random places of an image of random numbers, runs that overlap, many signals 0.
struct Windows {
  std::vector<std::uint32_t> runs, starts, places;
  std::size_t length;
  std::vector<float> image, signals, sums, squares;

  Windows(std::size_t run_count, std::size_t length, std::size_t positions, Random& random)
      : length(length),
        image(random.floats(200 + length)),
        signals(random.floats(positions)),
        sums(random.floats(run_count * length)),
        squares(random.floats(run_count * length)) {
    for (std::size_t r = 0; r < run_count; ++r)
      runs.push_back(static_cast<std::uint32_t>(random.below(100)));
    for (std::size_t p = 0; p < positions; ++p) {
      starts.push_back(static_cast<std::uint32_t>(random.below(100)));
      if (random.below(3) == 0) places.push_back(static_cast<std::uint32_t>(p));
    }
  }

  void run(const kernels::Kernels& k, bool squared) {
    k.add_windows(products(), sums.data(), squared ? squares.data() : nullptr);
  }

  kernels::WindowProducts products() const {
    return {image.data(), runs, length, starts.data(), signals.data(), places};
  }
};

void check(const Windows& before, const Windows& after) {
  for (std::size_t at = 0; at < before.sums.size(); ++at) {
    double d = 0, magnitude = 0;
    for (const std::uint32_t p : before.places) {
      const std::size_t pixel =
          before.starts[p] + before.runs[at / before.length] + at % before.length;
      const double product =
          static_cast<double>(before.signals[p]) * static_cast<double>(before.image[pixel]);
      d += product, magnitude += std::abs(product);
    }
    const double error = chain(before.places.size(), magnitude);
    const double sum = before.sums[at] + d;
    const double square = before.squares[at] + d * d;
    const double square_error = 2 * std::abs(d) * error + error * error;
    REQUIRE(std::abs(after.sums[at] - sum) <= error + kEps * (std::abs(sum) + error));
    REQUIRE(std::abs(after.squares[at] - square) <=
            square_error + 2 * kEps * (std::abs(before.squares[at]) + d * d + square_error));
  }
}

}  // namespace

TEST_CASE("add_windows: agrees with sums of products in double at all sizes") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x1f83d9ab);
    for (const std::size_t length : {1, 3, 15, 16, 17, 48, 96, 191, 192, 193, 400}) {
      for (const std::size_t positions : {0, 1, 9, 30}) {
        const Windows before(1 + random.below(4), length, positions, random);
        Windows with = before, without = before;
        with.run(k, true);
        check(before, with);
        without.run(k, false);
        CHECK(without.sums == with.sums);
        CHECK(without.squares == before.squares);
      }
    }
  });
}

TEST_CASE("weighted_squares: agrees with the sum of weighted squares in double at all sizes") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x6a09e667);
    for (const std::size_t length : {1, 3, 15, 16, 17, 48, 96, 191, 192, 193, 400}) {
      for (const std::size_t positions : {0, 1, 9, 30}) {
        const Windows windows(1 + random.below(4), length, positions, random);
        const std::size_t numbers = windows.sums.size();
        const std::vector<float> weights = random.floats(numbers);
        double sum = 0, error = 0;
        for (std::size_t at = 0; at < numbers; ++at) {
          double d = 0, magnitude = 0;
          for (const std::uint32_t p : windows.places) {
            const std::size_t pixel = windows.starts[p] + windows.runs[at / length] + at % length;
            const double product =
                static_cast<double>(windows.signals[p]) * static_cast<double>(windows.image[pixel]);
            d += product, magnitude += std::abs(product);
          }
          const double w = weights[at];
          const double slack = chain(windows.places.size(), magnitude);
          sum += w * w * d * d;
          error += w * w * (2 * std::abs(d) * slack + slack * slack);
        }
        const double found = k.weighted_squares(windows.products(), weights.data());
        CHECK(std::abs(found - sum) <= error + chain(numbers + 3, sum + error));
      }
    }
  });
}

TEST_CASE("turn: every number goes where it belongs") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x5be0cd19);
    for (const std::size_t rows : kSizes) {
      for (const std::size_t columns : {1, 3, 8, 16, 17, 33}) {
        const std::size_t stride = columns + random.below(4);
        const std::vector<float> from = random.floats(rows * stride);
        std::vector<float> to(rows * columns + 1, -2);
        k.turn(from.data(), rows, columns, stride, to.data());
        for (std::size_t i = 0; i < rows; ++i) {
          for (std::size_t j = 0; j < columns; ++j)
            REQUIRE(to[j * rows + i] == from[i * stride + j]);
        }
        CHECK(to.back() == -2);
      }
    }
  });
}
