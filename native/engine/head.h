// The loss at the end of a network.
#pragma once

#include <vector>

#include "blocks.h"
#include "engine.h"
#include "losses.h"
#include "packed_network.h"

namespace secateur::engine {

kernels::LossKernel loss_kernel(Loss loss);

// Whether the loss compares with one label a sample; else with one value an output.
bool takes_labels(Loss loss);

// Measures rows of scores. One a thread: it holds what it hands to the kernel.
class HeadMeasure {
 public:
  HeadMeasure(const PackedNetwork& network, const Head& head, const Targets& targets)
      : kernel_(loss_kernel(head.loss)),
        takes_labels_(engine::takes_labels(head.loss)),
        width_(network.size(head.layer)),
        targets_(&targets) {}

  // Row r of `scores` ([samples.size(), width]) belongs to sample samples[r].
  void measure(const float* scores, std::span<const std::size_t> samples, kernels::RowLoss* out);

  // The same for rows whose product with the matrix makes the scores, if takes() says so.
  bool takes(const std::optional<Layer::Matrix>& matrix) const;
  void measure(const float* rows, const Layer::Matrix& matrix, std::span<const std::size_t> samples,
               kernels::RowLoss* out);

  // The same for consecutive samples.
  void measure(const float* scores, Range samples, kernels::RowLoss* out);

 private:
  kernels::LossRows rows_of(const float* scores, std::span<const std::size_t> samples);

  kernels::LossKernel kernel_;
  bool takes_labels_;
  std::size_t width_;
  const Targets* targets_;
  std::vector<std::size_t> samples_;
  std::vector<std::int32_t> labels_;
  std::vector<const float*> values_;
};

}  // namespace secateur::engine
