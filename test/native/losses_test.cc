#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <numeric>

#include "support.h"
#include "tolerances.h"

using namespace secateur;
using namespace secateur::test;

namespace {

struct Scores {
  std::vector<float> numbers;
  std::size_t width;
  std::vector<std::int32_t> labels;

  std::vector<kernels::RowLoss> losses(const kernels::Kernels& k,
                                       const std::int32_t* predicted = nullptr) const {
    std::vector<kernels::RowLoss> out(labels.size());
    k.cross_entropy({numbers.data(), labels.size(), width, labels.data(), nullptr, predicted},
                    out.data());
    return out;
  }
};

bool same(const kernels::RowLoss& a, const kernels::RowLoss& b) {
  return a.direct == b.direct && a.excess == b.excess && a.correct == b.correct &&
         a.flips == b.flips;
}

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

TEST_CASE("product_cross_entropy: gives the bits of the product and its cross-entropies") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x3c6ef372);
    for (const std::size_t depth : {1, 5, 32, 64, 65, 128}) {
      for (const std::size_t width : {1, 2, 10, 12, 13, 16, 17, 33, 64}) {
        for (const std::size_t rows : {1, 2, 15, 16, 17, 40}) {
          std::vector<float> x = random.floats(rows * depth);
          for (float& number : x) number = std::max(number, 0.0F);
          const std::vector<float> matrix = random.floats(depth * width);
          const std::vector<float> bias = random.floats(width);
          const auto weights = kernels::pack(matrix.data(), depth, width, width, k.panel);
          Scores scores{std::vector<float>(rows * width), width, {}};
          std::vector<std::uint32_t> weight_rows(depth);
          std::iota(weight_rows.begin(), weight_rows.end(), 0U);
          std::vector<const float*> init(rows, bias.data());
          std::vector<float*> out;
          for (std::size_t r = 0; r < rows; ++r) {
            out.push_back(scores.numbers.data() + r * width);
            scores.labels.push_back(static_cast<std::int32_t>(random.below(width)));
          }
          k.gemm({rows, x.data(), depth, weight_rows, &weights, init.data(), out.data()});
          const std::int32_t* predicted = rows % 2 == 0 ? scores.labels.data() : nullptr;
          const auto expected = scores.losses(k, predicted);
          kernels::LossTable got(rows);
          k.product_cross_entropy({x.data(), &weights, bias.data()},
                                  {nullptr, rows, width, scores.labels.data(), nullptr, predicted},
                                  got.from(0));
          for (std::size_t r = 0; r < rows; ++r) CHECK(same(got[r], expected[r]));
        }
      }
    }
  });
}

TEST_CASE("product_cross_entropy: skips no weight that is not finite") {
  on_every_isa([](const kernels::Kernels& k) {
    const std::vector<float> x{0, 1};
    const std::vector<float> matrix{std::numeric_limits<float>::infinity(), 0, 1, 2};
    const std::vector<float> bias{0, 0};
    const auto weights = kernels::pack(matrix.data(), 2, 2, 2, k.panel);
    const std::int32_t label = 0;
    kernels::LossTable got(1);
    k.product_cross_entropy({x.data(), &weights, bias.data()}, {nullptr, 1, 2, &label, nullptr},
                            got.from(0));
    CHECK(std::isnan(loss_of(got[0])));
  });
}

TEST_CASE("add_picked: gives the bits of sums over all nodes' own losses") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0xa54ff53a);
    const auto draw = [&random](bool shifted) {
      return kernels::RowLoss{shifted ? random.uniform(0, 5) : 0, random.uniform(0, 3),
                              static_cast<float>(random.below(2)),
                              static_cast<float>(random.below(2))};
    };
    for (const std::size_t nodes : {1, 2, 15, 16, 63, 64, 65, 128, 200}) {
      std::vector<double> direct(nodes), excess(nodes), correct(nodes), flips(nodes);
      std::vector<double> more_direct(nodes), more_excess(nodes), more_correct(nodes);
      std::vector<kernels::LossSum> expected(nodes);
      for (std::size_t sample = 0; sample < 3; ++sample) {
        const kernels::RowLoss intact = draw(sample == 1);
        std::vector<std::uint32_t> picked;
        kernels::LossTable losses(nodes);
        for (std::uint32_t node = 0; node < nodes; ++node) {
          const bool changes = random.below(3) > 0;
          const kernels::RowLoss loss = changes ? draw(random.below(4) == 0) : intact;
          expected[node].add(loss);
          if (!changes) continue;
          const kernels::LossColumns to = losses.from(picked.size());
          *to.direct = loss.direct;
          *to.excess = loss.excess;
          *to.correct = loss.correct;
          *to.flips = loss.flips;
          picked.push_back(node);
        }
        const std::array<kernels::ChangedSums, 2> sums{
            {{direct.data(), excess.data(), correct.data()},
             {more_direct.data(), more_excess.data(), more_correct.data()}}};
        k.add_picked({intact, picked, losses.from(0), nodes}, sums, flips.data());
      }
      for (std::size_t node = 0; node < nodes; ++node) {
        CHECK(direct[node] == expected[node].direct);
        CHECK(excess[node] == expected[node].excess);
        CHECK(correct[node] == expected[node].correct);
        CHECK(flips[node] == expected[node].flips);
        CHECK(more_excess[node] == expected[node].excess);
      }
      CHECK(more_direct == direct);
      CHECK(more_correct == correct);
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

namespace {

// Changed rows of scores of a few samples, as a sweep meets them; every third change is 0.
struct Changed {
  std::size_t samples, classes, rows, stride;
  std::vector<float> scores, weights, changes;
  std::vector<float> in_log2, reach;  // the weights as the kernel takes them
  std::vector<std::int32_t> labels;

  Changed(std::size_t samples, std::size_t classes, std::size_t rows, float scale, Random& random)
      : samples(samples),
        classes(classes),
        rows(rows),
        stride(rows + 2),
        scores(random.floats(samples * classes, -scale, scale)),
        weights(random.floats(classes * stride)),
        changes(random.floats(samples * rows, -scale, scale)) {
    for (std::size_t i = 0; i < changes.size(); i += 3) changes[i] = 0;
    for (std::size_t s = 0; s < samples; ++s)
      labels.push_back(static_cast<std::int32_t>(random.below(classes)));
    convert_weights();
  }

  void convert_weights() {
    in_log2.clear();
    for (const float weight : weights) in_log2.push_back(weight * std::numbers::log2e_v<float>);
    reach.clear();
    for (std::size_t i = 0; i < rows; ++i) {
      float least = in_log2[i];
      float most = in_log2[i];
      for (std::size_t k = 1; k < classes; ++k) {
        least = std::min(least, in_log2[k * stride + i]);
        most = std::max(most, in_log2[k * stride + i]);
      }
      reach.push_back(most - least);
    }
  }

  // The largest of |scores| + |changes of scores|.
  double magnitude(std::size_t sample, std::size_t i) const {
    double largest = 0;
    for (std::size_t c = 0; c < classes; ++c) {
      const double change =
          static_cast<double>(changes[sample * rows + i]) * weights[c * stride + i];
      largest = std::max(largest, std::abs(scores[sample * classes + c]) + std::abs(change));
    }
    return largest;
  }

  std::vector<kernels::RowLoss> intact(const kernels::Kernels& k) const {
    return Scores{scores, classes, labels}.losses(k);
  }

  // What the product gives: the chain of one multiply-add.
  std::vector<float> row(const kernels::Kernels& k, std::size_t sample, std::size_t i) const {
    std::vector<float> out(classes);
    std::vector<float> column(classes);
    for (std::size_t c = 0; c < classes; ++c) column[c] = weights[c * stride + i];
    const kernels::PackedMatrix packed = kernels::pack(column.data(), 1, classes, classes, k.panel);
    const std::vector<float> tile(kernels::kTileDepth, changes[sample * rows + i]);
    const std::vector<std::uint32_t> weight_rows{0};
    const float* from = scores.data() + sample * classes;
    float* to = out.data();
    k.gemm({1, tile.data(), kernels::kTileDepth, weight_rows, &packed, &from, &to});
    return out;
  }

  std::vector<kernels::RowLoss> sums(const kernels::Kernels& k) const {
    std::vector<double> direct(rows), excess(rows), correct(rows);
    std::array again{direct, excess, correct};
    const auto losses = intact(k);
    for (std::size_t s = 0; s < samples; ++s) {
      k.changed_cross_entropy(
          {scores.data() + s * classes, classes, labels[s], losses[s], changes.data() + s * rows,
           in_log2.data(), reach.data(), stride, rows},
          std::array{kernels::ChangedSums{direct.data(), excess.data(), correct.data()},
                     kernels::ChangedSums{again[0].data(), again[1].data(), again[2].data()}});
    }
    const std::vector<double>* const sums_of[] = {&direct, &excess, &correct};
    for (std::size_t i = 0; i < again.size(); ++i)  // NaN equals NaN
      CHECK(std::memcmp(again[i].data(), sums_of[i]->data(), rows * sizeof(double)) == 0);
    std::vector<kernels::RowLoss> sums;
    for (std::size_t i = 0; i < rows; ++i) {
      sums.push_back({direct[i] + std::log1p(excess[i]), 0, static_cast<float>(correct[i])});
    }
    return sums;
  }
};

}  // namespace

TEST_CASE("changed_cross_entropy: sums the losses that the changed scores have in double") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x2c1b3c6d);
    for (const std::size_t classes : {1, 2, 10, 63, 64}) {
      for (const std::size_t rows : kSizes) {
        for (const float scale : {0.01F, 3.0F, 200.0F}) {
          const Changed changed(5, classes, rows, scale, random);
          const auto got = changed.sums(k);
          for (std::size_t i = 0; i < rows; ++i) {
            double loss = 0;
            double tolerance = 0;
            double correct = 0;
            for (std::size_t s = 0; s < changed.samples; ++s) {
              const std::vector<float> z = changed.row(k, s, i);
              const auto label = static_cast<std::size_t>(changed.labels[s]);
              const auto largest = std::max_element(z.begin(), z.end());
              double sum = 0;
              for (std::size_t c = 0; c < classes; ++c)
                sum += c == label ? 0 : std::exp(static_cast<double>(z[c]) - z[label]);
              loss += std::log1p(sum);
              const double direct = static_cast<double>(*largest) - z[label];
              const double distance = 87 + 4 * changed.magnitude(s, i);
              tolerance += kEps * direct + (excess(distance, classes) + 3 * kEps) * std::log1p(sum);
              correct += largest - z.begin() == changed.labels[s] ? 1 : 0;
            }
            CHECK(std::abs(got[i].direct - loss) <=
                  tolerance + 1e-37 * static_cast<double>(classes));
            CHECK(got[i].correct == correct);
          }
        }
      }
    }
  });
}

TEST_CASE("changed_cross_entropy: a row that never changes has the bits of sum_losses") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x297a2d39);
    for (const float scale : {3.0F, 200.0F}) {
      Changed changed(64, 10, 21, scale, random);
      std::fill(changed.changes.begin(), changed.changes.end(), 0.0F);
      const auto losses = changed.intact(k);
      for (const kernels::RowLoss& sum : changed.sums(k)) {
        CHECK(sum.direct == kernels::sum_losses(losses));
        CHECK(static_cast<double>(sum.correct) == kernels::sum_correct(losses));
      }
    }
  });
}

TEST_CASE("changed_cross_entropy: is NaN for NaN scores and correct for the first of equal ones") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x5bd1e995);
    Changed changed(1, 3, 4, 1, random);
    std::fill(changed.weights.begin(), changed.weights.end(), 0.0F);
    changed.convert_weights();
    std::fill(changed.changes.begin(), changed.changes.end(), 1.0F);
    for (std::int32_t label = 0; label < 3; ++label) {
      changed.labels = {label};
      changed.scores = {1, 3, 3};
      CHECK(changed.sums(k)[2].correct == (label == 1 ? 1 : 0));
      changed.scores[0] = std::numeric_limits<float>::quiet_NaN();
      CHECK(std::isnan(changed.sums(k)[2].direct));
    }
  });
}

TEST_CASE("count_kept: counts rows whose largest score the label has, first of equals") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x68e31da4);
    for (const std::size_t classes : {1, 2, 10, 64}) {
      for (const std::size_t rows : kSizes) {
        const Changed changed(5, classes, rows, 3.0F, random);
        std::vector<double> got(rows, 7);
        std::vector<double> expected(rows, 7);
        for (std::size_t s = 0; s < changed.samples; ++s) {
          const kernels::RowLoss intact{.flips = s % 2 == 0 ? 0.0F : 1.0F};
          const float* changes = changed.changes.data() + s * rows;
          k.count_kept(
              {changed.scores.data() + s * classes, classes, changed.labels[s], intact, changes,
               changed.in_log2.data(), changed.reach.data(), changed.stride, rows},
              got.data());
          for (std::size_t i = 0; i < rows; ++i) {
            const std::vector<float> z = changed.row(k, s, i);
            const bool first =
                std::max_element(z.begin(), z.end()) - z.begin() == changed.labels[s];
            expected[i] += changes[i] == 0 ? 1 - intact.flips : (first ? 1 : 0);
          }
        }
        CHECK(got == expected);
      }
    }
    // Two classes with equal scores and weights: the first of them is taken.
    const std::vector<float> scores{2, 2, 1};
    const float change = 0.3F, reach = 0;
    const std::vector<float> weights{5, 5, 5};
    for (std::int32_t label = 0; label < 3; ++label) {
      double kept = 0;
      k.count_kept({scores.data(), 3, label, {}, &change, weights.data(), &reach, 1, 1}, &kept);
      CHECK(kept == (label == 0 ? 1 : 0));
    }
  });
}

TEST_CASE("losses: flips are predictions that differ from those before") {
  const std::vector<float> scores{1, 3, 3, 2, 1, 0};
  const std::vector<std::int32_t> labels{2, 0};
  const std::vector<std::int32_t> before{1, 2};
  on_every_isa([&](const kernels::Kernels& k) {
    kernels::RowLoss got[2];
    k.cross_entropy({scores.data(), 2, 3, labels.data(), nullptr, before.data()}, got);
    CHECK(got[0].flips == 0);
    CHECK(got[1].flips == 1);
    k.cross_entropy({scores.data(), 2, 3, labels.data(), nullptr}, got);
    CHECK(got[1].flips == 0);
  });
  const std::vector<float> logits{1, -3, 0, 2};
  const std::vector<float> targets{1, 1, 1, 1};
  const std::vector<std::uint8_t> sides{1, 1, 1, 0};
  const float* values[] = {targets.data(), targets.data() + 2};
  const std::uint8_t* side_rows[] = {sides.data(), sides.data() + 2};
  kernels::RowLoss got[2];
  kernels::binary_cross_entropy({logits.data(), 2, 2, nullptr, values, nullptr, side_rows}, got);
  CHECK(got[0].flips == 1);
  CHECK(got[1].flips == 2);
  kernels::binary_cross_entropy({logits.data(), 2, 2, nullptr, values}, got);
  CHECK(got[0].flips == 0);
}
