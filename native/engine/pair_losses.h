// The losses of a block of samples without each node of a sweep, for strategies that find them pair
// by pair. Pairs that change nothing keep the intact loss.
#pragma once

#include <vector>

#include "strategy.h"

namespace secateur::engine {

class PairLosses {
 public:
  explicit PairLosses(const SweepTask& task);
  static std::size_t bytes(const SweepTask& task);

  void begin(Range block, std::span<const kernels::RowLoss> intact);

  // By node: those of sample `sample` of the job, one of the block.
  kernels::RowLoss* of(std::size_t sample) {
    return losses_.data() + (sample - block_.first) * nodes_;
  }

  SweptBlock sums() const;

 private:
  std::span<const std::int32_t> labels_;  // if sums per class are wanted
  std::size_t classes_;
  std::size_t nodes_;
  Range block_{};
  std::vector<kernels::RowLoss> losses_;  // [sample of the block][node]
};

}  // namespace secateur::engine
