// Family: losses of rows of scores.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace secateur::kernels {

struct PackedMatrix;

// The loss of a sample is direct + log(1 + excess): the two parts are kept apart so that the
// logarithms of a block of samples can be taken at once.
struct RowLoss {
  double direct = 0;
  float excess = 0;
  float correct = 0;
  float flips = 0;
};

// `scores` is [rows, width] without gaps; `labels` or `values` (pointers to `width` numbers) has
// one entry a row, whichever the loss reads.
struct LossRows {
  const float* scores;
  std::size_t rows;
  std::size_t width;
  const std::int32_t* labels;  // 0 <= label < width
  const float* const* values;
  // What flips are counted against, if they are: for labels the class that was predicted, for
  // values whether each of the `width` scores was above 0.
  const std::int32_t* predicted = nullptr;
  const std::uint8_t* const* sides = nullptr;
};
using LossKernel = void (*)(const LossRows&, RowLoss* out) noexcept;

// Losses of rows in columns, each as RowLoss has it.
struct LossColumns {
  double* direct;
  float* excess;
  float* correct;
  float* flips;

  LossColumns from(std::size_t row) const {
    return {direct + row, excess + row, correct + row, flips + row};
  }
};

// Room for those of so many rows.
class LossTable {
 public:
  explicit LossTable(std::size_t rows)
      : direct_(rows), excess_(rows), correct_(rows), flips_(rows) {}
  static std::size_t bytes(std::size_t rows) { return rows * (sizeof(double) + 3 * sizeof(float)); }

  LossColumns from(std::size_t row) {
    return LossColumns{direct_.data(), excess_.data(), correct_.data(), flips_.data()}.from(row);
  }
  RowLoss operator[](std::size_t row) const {
    return {direct_[row], excess_[row], correct_[row], flips_[row]};
  }

 private:
  std::vector<double> direct_;
  std::vector<float> excess_, correct_, flips_;
};

// Softmax cross-entropy: direct = z_a - z_label and excess = sum over k != a of e^(z_k - z_a),
// where a is the first of the largest scores; correct = (a == label), flips = (a != predicted). No
// overflow for any finite scores. The excess has a relative error of at most (max |z_k - z_a| +
// width / 32 + 8) eps.

inline constexpr std::size_t kMostChangedClasses = 64;

// Rows whose product with the weights, of at most kMostChangedClasses columns, and the bias make
// the scores.
struct ScoreProduct {
  const float* rows;  // [rows, depth] without gaps
  const PackedMatrix* weights;
  const float* bias;
};

// The bits of gemm() and cross_entropy() after it; no row of scores is written. The scores of
// LossRows are not read.
using ProductLossKernel = void (*)(const ScoreProduct&, const LossRows&,
                                   const LossColumns& out) noexcept;

// Cross-entropies of many changed rows of scores of one sample: row i has the scores
// scores[k] + changes[i] * weights[k * stride + i] / log2 e, the weights being in units of log 2 so
// that exponentials need no factor.
struct ChangedScores {
  const float* scores;
  std::size_t classes;  // at most kMostChangedClasses
  std::int32_t label;
  RowLoss intact;
  const float* changes;
  const float* weights;
  const float* reach;  // by row: its largest weight minus its smallest
  std::size_t stride;
  std::size_t rows;
};

// By row: sums of direct and correct over samples, and e1 + e2 + e1 e2 + ... of their excesses, so
// that the sum of losses is direct + log(1 + excess). Samples can be added to several at once.
struct ChangedSums {
  double* direct;
  double* excess;
  double* correct;
};

// Adds a sample to each of the sums. A row whose change is 0 adds `intact`, in the very steps of
// sum_losses(). Others add direct = m and excess = sum over k != label of e^(z_k - z_label - m) +
// (e^-m - 1), where m = 0 as long as no two scores can be further apart than 62, else max(0, max
// over k of z_k - z_label); correct = (label is the first of the largest scores). The relative
// error of the excess is that of the plain losses, plus 4 eps max over k of (|scores[k]| +
// |changes[i] weights[k]| / log2 e) for the change of units; 3 eps more where m > 0 (the loss is
// then at least log 2).
using ChangedLossKernel = void (*)(const ChangedScores&, std::span<const ChangedSums>) noexcept;

// Adds 1 for each row in which the label is the first of the largest scores; where the change is 0,
// 1 - intact.flips.
using CountKept = void (*)(const ChangedScores&, double* kept) noexcept;

// What a sample loses without each of some nodes: `losses` has, in turn, those of the nodes that
// `picked` lists in their order, and all others lose `intact`.
struct PickedLosses {
  RowLoss intact;
  std::span<const std::uint32_t> picked;
  LossColumns losses;
  std::size_t nodes;
};

// Adds a sample to each of the sums, node by node in the very steps of LossSum, and its flips.
using AddPicked = void (*)(const PickedLosses&, std::span<const ChangedSums>,
                           double* flips) noexcept;

// A product of factors 1 + excess would overflow in the end: after every kFoldEvery samples, fold()
// takes the logarithm of one that could with kFoldEvery more, none of them larger than a float.
inline constexpr std::size_t kFoldEvery = 4;
void take_logarithm(double& direct, double& excess);
inline constexpr double kTooLarge = 0x1p200;
inline void fold(double& direct, double& excess) {
  if (excess > kTooLarge) take_logarithm(direct, excess);
}
void fold(double* direct, double* excess, std::size_t count);

// The sum over `samples` rows, logarithms in double taken of products: log(1 + e1) + log(1 + e2) =
// log1p(e1 + e2 + e1 e2).
double sum_losses(std::span<const RowLoss> samples);

// Such a sum under way.
struct LossSum {
  double direct = 0;
  double excess = 0;
  double correct = 0;
  double flips = 0;
  std::size_t samples = 0;

  void add(const RowLoss& sample) {
    const auto e = static_cast<double>(sample.excess);
    direct += sample.direct;
    excess += e + excess * e;
    correct += static_cast<double>(sample.correct);
    flips += static_cast<double>(sample.flips);
    if (++samples % kFoldEvery == 0) fold(direct, excess);
  }
  double loss() const;
};

inline double sum_correct(std::span<const RowLoss> samples) {
  double sum = 0;
  for (const RowLoss& sample : samples) sum += static_cast<double>(sample.correct);
  return sum;
}

// The mean over outputs of max(z, 0) - z t + log(1 + e^-|z|), in double; correct counts outputs
// with (z > 0) = (t >= 1/2), flips those with (z > 0) != side.
void binary_cross_entropy(const LossRows&, RowLoss* out) noexcept;

// The mean over outputs of (z - t)^2, in double; correct and flips are 0.
void mean_squared_error(const LossRows&, RowLoss* out) noexcept;

}  // namespace secateur::kernels
