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

void HeadMeasure::measure(const float* scores, std::span<const std::size_t> samples,
                          kernels::RowLoss* out) {
  labels_.clear();
  values_.clear();
  for (const std::size_t sample : samples) {
    if (targets_->values.empty()) {
      labels_.push_back(targets_->labels[sample]);
    } else {
      values_.push_back(targets_->values.data() + sample * width_);
    }
  }
  kernel_({scores, samples.size(), width_, labels_.data(), values_.data()}, out);
}

void HeadMeasure::measure(const float* scores, Range samples, kernels::RowLoss* out) {
  samples_.resize(samples.count);
  std::iota(samples_.begin(), samples_.end(), samples.first);
  measure(scores, samples_, out);
}

}  // namespace secateur::engine
