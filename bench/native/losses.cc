// Cross-entropies of rows of scores, and of many changed rows of one sample.
#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include "case.h"
#include "tolerances.h"

namespace secateur::bench {

namespace {

using test::kEps;

double log_of_sum(const std::vector<double>& scores, std::size_t label) {
  double sum = 0;
  for (const double score : scores) sum += std::exp(score - scores[label]);
  return std::log(sum);
}

// The bound of a loss whose scores are of order 10 (losses.h).
double bound(double loss, std::size_t classes) {
  return kEps * std::abs(loss) + test::excess(20, classes) + 3 * kEps;
}

struct Rows {
  std::size_t rows, classes;
  std::vector<float> scores = random_floats(rows * classes, -5, 5);
  std::vector<std::int32_t> labels = std::vector<std::int32_t>(rows, 3);
  std::vector<kernels::RowLoss> out = std::vector<kernels::RowLoss>(rows);

  Rows(std::size_t rows, std::size_t classes) : rows(rows), classes(classes) {}

  // `moved`: how far the scores may be from those that were measured.
  double error(double moved = 0) const {
    double worst = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      const std::vector<double> row(&scores[r * classes], &scores[r * classes] + classes);
      const double expected = log_of_sum(row, 3);
      const double got = out[r].direct + std::log1p(static_cast<double>(out[r].excess));
      worst = std::max(worst, std::abs(got - expected) / (bound(expected, classes) + moved));
    }
    return worst;
  }
};

Case cross_entropy(const kernels::Kernels& k, std::size_t classes) {
  const auto rows = std::make_shared<Rows>(256, classes);
  const auto numbers = static_cast<double>(rows->scores.size());
  return {"cross_entropy",
          "256 x " + std::to_string(classes),
          kExponential * numbers,
          bytes_of(rows->scores.size()),
          [rows, run = k.cross_entropy] {
            run({rows->scores.data(), rows->rows, rows->classes, rows->labels.data(), nullptr},
                rows->out.data());
          },
          [rows] { return rows->error(); }};
}

// Rows whose product with weights makes the scores.
struct ProductRows {
  std::size_t depth;
  Rows rows{96, 10};
  std::vector<float> numbers = random_floats(rows.rows * depth);
  std::vector<float> matrix = random_floats(depth * rows.classes);
  std::vector<float> bias = random_floats(rows.classes);
  kernels::PackedMatrix weights;
  kernels::LossTable losses{rows.rows};

  ProductRows(const kernels::Kernels& k, std::size_t depth)
      : depth(depth),
        weights(kernels::pack(matrix.data(), depth, rows.classes, rows.classes, k.panel)) {}

  void run(kernels::ProductLossKernel kernel) {
    kernel({numbers.data(), &weights, bias.data()},
           {nullptr, rows.rows, rows.classes, rows.labels.data(), nullptr}, losses.from(0));
  }

  // A loss moves by at most twice what a score does.
  double error() {
    double largest = 0;
    for (std::size_t i = 0; i < rows.scores.size(); ++i) {
      double score = bias[i % rows.classes];
      double magnitude = std::abs(score);
      for (std::size_t d = 0; d < depth; ++d) {
        const double product = static_cast<double>(numbers[i / rows.classes * depth + d]) *
                               static_cast<double>(matrix[d * rows.classes + i % rows.classes]);
        score += product;
        magnitude += std::abs(product);
      }
      rows.scores[i] = static_cast<float>(score);
      largest = std::max(largest, test::chain(depth + 1, magnitude));
    }
    for (std::size_t r = 0; r < rows.rows; ++r) rows.out[r] = losses[r];
    return rows.error(2 * largest);
  }
};

Case product_cross_entropy(const kernels::Kernels& k, std::size_t depth) {
  const auto made = std::make_shared<ProductRows>(k, depth);
  const auto scores = static_cast<double>(made->rows.scores.size());
  return {"product_cross_entropy",
          "96 x " + std::to_string(depth) + " x 10",
          scores * (2 * static_cast<double>(depth) + kExponential),
          bytes_of(made->numbers.size() + made->matrix.size()),
          [made, kernel = k.product_cross_entropy] { made->run(kernel); },
          [made] { return made->error(); }};
}

struct Changed {
  std::size_t nodes, classes;
  std::vector<float> scores = random_floats(classes, -5, 5);
  std::vector<float> changes = random_floats(nodes);
  std::vector<float> weights = random_floats(nodes * classes);  // in units of log 2
  std::vector<float> reach = std::vector<float>(nodes, 2);
  std::vector<double> direct{}, excess{}, correct{};

  Changed(std::size_t nodes, std::size_t classes) : nodes(nodes), classes(classes) {}

  void run(kernels::ChangedLossKernel kernel) {
    direct.assign(nodes, 0);
    excess.assign(nodes, 0);
    correct.assign(nodes, 0);
    const kernels::ChangedSums sums{direct.data(), excess.data(), correct.data()};
    kernel(
        {scores.data(), classes, 3, {}, changes.data(), weights.data(), reach.data(), nodes, nodes},
        std::span(&sums, 1));
  }

  double error() const {
    double worst = 0;
    for (std::size_t i = 0; i < nodes; ++i) {
      std::vector<double> row;
      for (std::size_t c = 0; c < classes; ++c)
        row.push_back(scores[c] + static_cast<double>(changes[i]) *
                                      static_cast<double>(weights[c * nodes + i]) *
                                      std::numbers::ln2);
      const double expected = log_of_sum(row, 3);
      const double got = direct[i] + std::log1p(excess[i]);
      worst = std::max(worst, std::abs(got - expected) / bound(expected, classes));
    }
    return worst;
  }
};

Case changed_cross_entropy(const kernels::Kernels& k, std::size_t nodes, std::size_t classes) {
  const auto changed = std::make_shared<Changed>(nodes, classes);
  const auto numbers = static_cast<double>(nodes * classes);
  return {"changed_cross_entropy",
          std::to_string(nodes) + " nodes, " + std::to_string(classes),
          (kExponential + 2) * numbers,
          bytes_of(nodes * classes),
          [changed, kernel = k.changed_cross_entropy] { changed->run(kernel); },
          [changed] { return changed->error(); }};
}

}  // namespace

std::vector<Case> losses(const kernels::Kernels& k) {
  return {cross_entropy(k, 10), cross_entropy(k, 100), product_cross_entropy(k, 32),
          changed_cross_entropy(k, 128, 10), changed_cross_entropy(k, 32, 10)};
}

}  // namespace secateur::bench
