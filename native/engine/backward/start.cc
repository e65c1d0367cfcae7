#include "start.h"

#include <algorithm>
#include <cmath>

namespace secateur::engine {

namespace {

// Of one sample: softmax - one-hot label.
void cross_entropy_slope(std::span<const float> scores, std::size_t label, float* signal) {
  const double largest = *std::ranges::max_element(scores);
  double sum = 0;
  for (const float score : scores) sum += std::exp(score - largest);
  for (std::size_t k = 0; k < scores.size(); ++k) {
    const double share = std::exp(scores[k] - largest) / sum;
    signal[k] = static_cast<float>(share - (k == label ? 1 : 0));
  }
}

// The other losses are means over outputs.
void loss_slope(Loss loss, std::span<const float> scores, const float* values, float* signal) {
  const auto width = static_cast<double>(scores.size());
  for (std::size_t k = 0; k < scores.size(); ++k) {
    const double z = scores[k];
    const double slope = loss == Loss::binary_cross_entropy ? 1 / (1 + std::exp(-z)) - values[k]
                                                            : 2 * (z - values[k]);
    signal[k] = static_cast<float>(slope / width);
  }
}

void one_hot(Start start, std::span<const float> scores, std::size_t label, float* signal) {
  const bool predicted = start == Start::prediction || start == Start::prediction_logit;
  const bool logit = start == Start::label_logit || start == Start::prediction_logit;
  const auto largest = static_cast<std::size_t>(std::ranges::max_element(scores) - scores.begin());
  const std::size_t at = predicted ? largest : label;
  std::fill_n(signal, scores.size(), 0.0F);
  signal[at] = logit ? scores[at] : 1.0F;
}

}  // namespace

bool starts_by_label(Start start) { return start == Start::label || start == Start::label_logit; }

void start_signals(const PropagationJob& job, std::size_t width, const float* scores, Range unit,
                   float* signals) {
  for (std::size_t s = 0; s < unit.count; ++s) {
    const std::span row(scores + s * width, width);
    float* signal = signals + s * width;
    const std::size_t sample = unit.first + s;
    const auto label =
        job.targets.labels.empty() ? 0 : static_cast<std::size_t>(job.targets.labels[sample]);
    if (job.start == Start::uniform) {
      std::fill_n(signal, width, 1 / static_cast<float>(width));
    } else if (job.start != Start::loss) {
      one_hot(job.start, row, label, signal);
    } else if (job.head.loss == Loss::cross_entropy) {
      cross_entropy_slope(row, label, signal);
    } else {
      loss_slope(job.head.loss, row, job.targets.values.data() + sample * width, signal);
    }
  }
}

}  // namespace secateur::engine
