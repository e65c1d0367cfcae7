#include "head.h"

#include <algorithm>
#include <numeric>

#include "kernels.h"

namespace secateur::engine {

kernels::LossKernel loss_kernel(Loss loss) {
  switch (loss) {
    case Loss::binary_cross_entropy:
      return &kernels::binary_cross_entropy;
    case Loss::mean_squared_error:
      return &kernels::mean_squared_error;
    default:
      return kernels::kernels().cross_entropy;
  }
}

bool takes_labels(Loss loss) { return loss == Loss::cross_entropy; }

Predictions::Predictions(const PackedNetwork& network, const Head& head, std::size_t samples)
    : width_(network.size(head.layer)),
      labels_(takes_labels(head.loss) ? samples : 0),
      sides_(head.loss == Loss::binary_cross_entropy ? samples * width_ : 0) {}

std::size_t Predictions::bytes(const PackedNetwork& network, const Head& head,
                               std::size_t samples) {
  return samples * (takes_labels(head.loss)
                        ? sizeof(std::int32_t)
                        : (head.loss == Loss::binary_cross_entropy ? network.size(head.layer) : 0));
}

void Predictions::read(const float* scores, Range samples) {
  for (std::size_t s = samples.first; s < samples.first + samples.count; ++s, scores += width_) {
    if (!labels_.empty())
      labels_[s] = static_cast<std::int32_t>(std::max_element(scores, scores + width_) - scores);
    if (!sides_.empty())
      std::transform(scores, scores + width_, sides_.data() + s * width_,
                     [](float z) { return z > 0 ? 1 : 0; });
  }
}

kernels::LossRows HeadMeasure::rows_of(const float* scores, std::span<const std::size_t> samples) {
  labels_.clear();
  values_.clear();
  predicted_.clear();
  sides_.clear();
  const bool by_label = targets_->values.empty();
  for (const std::size_t sample : samples) {
    if (by_label) {
      labels_.push_back(targets_->labels[sample]);
      if (before_) predicted_.push_back(before_->label(sample));
    } else {
      values_.push_back(targets_->values.data() + sample * width_);
      if (before_) sides_.push_back(before_->sides(sample));
    }
  }
  return {scores,
          samples.size(),
          width_,
          labels_.data(),
          values_.data(),
          before_ && by_label ? predicted_.data() : nullptr,
          before_ && !by_label ? sides_.data() : nullptr};
}

void HeadMeasure::measure(const float* scores, std::span<const std::size_t> samples,
                          kernels::RowLoss* out) {
  kernel_(rows_of(scores, samples), out);
}

void HeadMeasure::measure(const float* scores, std::span<const std::size_t> samples,
                          const kernels::LossColumns& out) {
  std::vector<kernels::RowLoss> losses(samples.size());
  measure(scores, samples, losses.data());
  for (std::size_t i = 0; i < losses.size(); ++i) {
    out.direct[i] = losses[i].direct;
    out.excess[i] = losses[i].excess;
    out.correct[i] = losses[i].correct;
    out.flips[i] = losses[i].flips;
  }
}

bool HeadMeasure::joins(const std::optional<Layer::Matrix>& matrix) const {
  return matrix && takes_labels_ && width_ <= kernels::kMostChangedClasses;
}

void HeadMeasure::measure(const float* scores, Range samples, kernels::RowLoss* out) {
  samples_.resize(samples.count);
  std::iota(samples_.begin(), samples_.end(), samples.first);
  measure(scores, samples_, out);
}

}  // namespace secateur::engine
