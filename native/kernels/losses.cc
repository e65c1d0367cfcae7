#include "losses.h"

#include <algorithm>
#include <cmath>

namespace secateur::kernels {

void take_logarithm(double& direct, double& excess) {
  direct += std::log1p(excess);
  excess = 0;
}

// Hardly ever is one too large, and that none is can be seen many at a time.
void fold(double* direct, double* excess, std::size_t count) {
  int large = 0;
  for (std::size_t i = 0; i < count; ++i) large |= excess[i] > kTooLarge ? 1 : 0;
  if (large == 0) return;
  for (std::size_t i = 0; i < count; ++i) fold(direct[i], excess[i]);
}

double LossSum::loss() const { return direct + std::log1p(excess); }

double sum_losses(std::span<const RowLoss> samples) {
  LossSum sum;
  for (const RowLoss& sample : samples) sum.add(sample);
  return sum.loss();
}

void binary_cross_entropy(const LossRows& rows, RowLoss* out) noexcept {
  const auto width = static_cast<double>(rows.width);
  for (std::size_t r = 0; r < rows.rows; ++r) {
    double loss = 0;
    std::size_t correct = 0;
    std::size_t flips = 0;
    for (std::size_t k = 0; k < rows.width; ++k) {
      const double z = rows.scores[r * rows.width + k];
      const double t = rows.values[r][k];
      loss += std::max(z, 0.0) - z * t + std::log1p(std::exp(-std::abs(z)));
      correct += (z > 0) == (t >= 0.5) ? 1 : 0;
      flips += rows.sides && (z > 0) != (rows.sides[r][k] != 0) ? 1 : 0;
    }
    out[r] = {loss / width, 0, static_cast<float>(correct), static_cast<float>(flips)};
  }
}

void mean_squared_error(const LossRows& rows, RowLoss* out) noexcept {
  for (std::size_t r = 0; r < rows.rows; ++r) {
    double loss = 0;
    for (std::size_t k = 0; k < rows.width; ++k) {
      const double difference =
          static_cast<double>(rows.scores[r * rows.width + k]) - rows.values[r][k];
      loss += difference * difference;
    }
    out[r] = {loss / static_cast<double>(rows.width), 0, 0, 0};
  }
}

}  // namespace secateur::kernels
