#include <cmath>
#include <limits>

#include "support.h"
#include "tolerances.h"

using namespace secateur;
using namespace secateur::test;

namespace {

struct Scores {
  std::vector<float> numbers;
  std::size_t width;
  std::vector<std::int32_t> labels;

  std::vector<kernels::RowLoss> losses(const kernels::Kernels& k) const {
    std::vector<kernels::RowLoss> out(labels.size());
    k.cross_entropy({numbers.data(), labels.size(), width, labels.data(), nullptr}, out.data());
    return out;
  }
};

double loss_of(const kernels::RowLoss& row) {
  return row.direct + std::log1p(static_cast<double>(row.excess));
}

}  // namespace

TEST_CASE(
    "cross_entropy: agrees with the formula in double, correct with the first of the largest "
    "scores") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x165667b1);
    for (const std::size_t width : {1, 2, 3, 10, 63, 64, 65, 130, 1000}) {
      for (const std::size_t rows : {1, 2, 15, 16, 17, 40}) {
        for (const float scale : {0.01F, 5.0F, 80.0F, 1e37F}) {
          Scores scores{random.floats(rows * width, -scale, scale), width, {}};
          for (std::size_t r = 0; r < rows; ++r)
            scores.labels.push_back(static_cast<std::int32_t>(random.below(width)));
          const auto got = scores.losses(k);
          for (std::size_t r = 0; r < rows; ++r) {
            const float* row = scores.numbers.data() + r * width;
            const double largest = *std::max_element(row, row + width);
            double sum = 0;
            for (std::size_t c = 0; c < width; ++c)
              sum += c + row == std::max_element(row, row + width) ? 0 : std::exp(row[c] - largest);
            const double direct = largest - static_cast<double>(row[scores.labels[r]]);
            CHECK(std::abs(got[r].direct - direct) <= kEps * direct);
            CHECK(std::abs(got[r].excess - sum) <=
                  excess(87, width) * sum + 1e-37 * static_cast<double>(width));
            CHECK(got[r].correct ==
                  (std::max_element(row, row + width) - row == scores.labels[r] ? 1 : 0));
          }
        }
      }
    }
  });
}

TEST_CASE("cross_entropy: of equal largest scores only the first is correct") {
  on_every_isa([](const kernels::Kernels& k) {
    const Scores scores{{1, 3, 3, 1, 3, 3}, 3, {1, 2}};
    const auto got = scores.losses(k);
    CHECK(got[0].correct == 1);
    CHECK(got[1].correct == 0);
    CHECK(loss_of(got[0]) == loss_of(got[1]));
  });
}

TEST_CASE("cross_entropy: keeps losses far below the rounding of 1") {
  on_every_isa([](const kernels::Kernels& k) {
    const Scores scores{{40, 0}, 2, {0}};
    const auto got = scores.losses(k);
    const double expected = std::exp(-40.0);
    CHECK(std::abs(kernels::sum_losses(got) - expected) <= excess(40, 2) * expected);
  });
}

TEST_CASE("cross_entropy: is NaN for NaN scores") {
  on_every_isa([](const kernels::Kernels& k) {
    for (std::size_t at = 0; at < 3; ++at) {
      Scores scores{{1, 2, 3}, 3, {1}};
      scores.numbers[at] = std::numeric_limits<float>::quiet_NaN();
      CHECK(std::isnan(kernels::sum_losses(scores.losses(k))));
    }
  });
}

TEST_CASE(
    "sum_losses: of a block is the sum of its samples, with factors that overflow a plain product "
    "too") {
  Random random(0xd3a2646c);
  for (const float largest : {1e-6F, 9.0F, 3e38F}) {
    std::vector<kernels::RowLoss> block(64);
    double expected = 0;
    for (kernels::RowLoss& row : block) {
      row = {random.uniform(0, 3), random.uniform(0, largest), 0};
      expected += loss_of(row);
    }
    CHECK(std::abs(kernels::sum_losses(block) - expected) <= 1e-13 * expected);
  }
}

TEST_CASE("binary_cross_entropy: is the mean over outputs, finite for huge scores") {
  const std::vector<float> scores{0, 2, -3, 1000, -1000, 0.5F};
  const std::vector<float> targets{1, 1, 0, 0, 1, 0.25F};
  const float* row = targets.data();
  kernels::RowLoss got;
  kernels::binary_cross_entropy({scores.data(), 1, 6, nullptr, &row}, &got);
  const double expected = (std::log(2.0) + std::log1p(std::exp(-2.0)) + std::log1p(std::exp(-3.0)) +
                           1000 + 1000 + (0.5 - 0.125 + std::log1p(std::exp(-0.5)))) /
                          6;
  CHECK(std::abs(got.direct - expected) <= 1e-15 * expected);
  CHECK(got.correct == 2);  // 0 is not on the right side of 0; 2 and -3 are
}

TEST_CASE("mean_squared_error: is the mean of squares in double") {
  const std::vector<float> scores{1, 2, 3, 4};
  const std::vector<float> targets{1, 0, 3.5F, 1};
  const float* rows[] = {targets.data(), targets.data() + 2};
  kernels::RowLoss got[2];
  kernels::mean_squared_error({scores.data(), 2, 2, nullptr, rows}, got);
  CHECK(got[0].direct == 2);
  CHECK(got[1].direct == (0.25 + 9) / 2);
}
