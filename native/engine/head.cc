#include "head.h"

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

kernels::LossRows HeadMeasure::rows_of(const float* scores, std::span<const std::size_t> samples) {
  labels_.clear();
  values_.clear();
  for (const std::size_t sample : samples) {
    if (targets_->values.empty()) {
      labels_.push_back(targets_->labels[sample]);
    } else {
      values_.push_back(targets_->values.data() + sample * width_);
    }
  }
  return {scores, samples.size(), width_, labels_.data(), values_.data()};
}

void HeadMeasure::measure(const float* scores, std::span<const std::size_t> samples,
                          kernels::RowLoss* out) {
  kernel_(rows_of(scores, samples), out);
}

bool HeadMeasure::takes(const std::optional<Layer::Matrix>& matrix) const {
  return matrix && takes_labels_ && width_ <= kernels::kMostChangedClasses;
}

void HeadMeasure::measure(const float* rows, const Layer::Matrix& matrix,
                          std::span<const std::size_t> samples, kernels::RowLoss* out) {
  kernels::kernels().product_cross_entropy({rows, matrix.weights, matrix.bias},
                                           rows_of(nullptr, samples), out);
}

void HeadMeasure::measure(const float* scores, Range samples, kernels::RowLoss* out) {
  samples_.resize(samples.count);
  std::iota(samples_.begin(), samples_.end(), samples.first);
  measure(scores, samples_, out);
}

}  // namespace secateur::engine
