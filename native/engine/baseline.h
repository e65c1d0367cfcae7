// What a run knows of the intact network, against which everything else is measured.
#pragma once

#include <vector>

#include "class_sums.h"
#include "head.h"

namespace secateur::engine {

class Baseline {
 public:
  Baseline(const PackedNetwork& network, const Head& head, const Targets& targets,
           std::size_t samples);
  static std::size_t bytes(const PackedNetwork& network, const Head& head, std::size_t samples);

  // Measures the scores of consecutive samples. Threads may do so side by side, each with a measure
  // of its own, and finish a block when all its samples are there.
  void take(const float* scores, Range samples, HeadMeasure& measure);
  void finish(std::size_t block);

  std::span<const kernels::RowLoss> losses(Range samples) const {
    return std::span(losses_).subspan(samples.first, samples.count);
  }
  const Predictions& predictions() const { return predictions_; }
  double block_loss(std::size_t block) const { return block_losses_[block]; }

  // Of all samples; merged in the order of the blocks.
  Measured total() const;
  ClassSums by_class(std::size_t classes) const;

 private:
  const Targets& targets_;
  Predictions predictions_;
  std::vector<kernels::RowLoss> losses_;
  std::vector<double> block_losses_;
};

}  // namespace secateur::engine
