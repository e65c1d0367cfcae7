#include "losses.h"

#include <algorithm>
#include <cmath>

namespace secateur::kernels {

double sum_losses(std::span<const RowLoss> samples) {
  // Far from the largest double, and from what one more factor (at most the number of classes)
  // could do to it.
  constexpr double kTooLarge = 1e150;
  double direct = 0;
  double excess = 0;
  for (const RowLoss& sample : samples) {
    direct += sample.direct;
    const auto e = static_cast<double>(sample.excess);
    excess += e + excess * e;
    if (excess > kTooLarge) {
      direct += std::log1p(excess);
      excess = 0;
    }
  }
  return direct + std::log1p(excess);
}

void binary_cross_entropy(const LossRows& rows, RowLoss* out) noexcept {
  const auto width = static_cast<double>(rows.width);
  for (std::size_t r = 0; r < rows.rows; ++r) {
    double loss = 0;
    std::size_t correct = 0;
    for (std::size_t k = 0; k < rows.width; ++k) {
      const double z = rows.scores[r * rows.width + k];
      const double t = rows.values[r][k];
      loss += std::max(z, 0.0) - z * t + std::log1p(std::exp(-std::abs(z)));
      correct += (z > 0) == (t >= 0.5) ? 1 : 0;
    }
    out[r] = {loss / width, 0, static_cast<float>(correct)};
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
    out[r] = {loss / static_cast<double>(rows.width), 0, 0};
  }
}

}  // namespace secateur::kernels
