// What the losses of a block of samples without each node of a sweep add up to, for strategies that
// find them sample by sample. Pairs that change nothing lose what the intact network does.
#pragma once

#include <vector>

#include "strategy.h"

namespace secateur::engine {

class LossTally {
 public:
  explicit LossTally(const SweepTask& task);
  static std::size_t bytes(const SweepTask& task);

  void begin(Range block, std::span<const kernels::RowLoss> intact);

  // The losses of number `sample` of the block without those of the nodes that are picked, counted
  // from nodes.first on. The samples of each node come in their order.
  void add(std::size_t sample, Range nodes, std::span<const std::uint32_t> picked,
           const kernels::LossColumns& losses);

  SweptBlock sums();

 private:
  std::span<const std::int32_t> labels_;  // of the job
  std::span<const kernels::RowLoss> intact_;
  std::vector<double> direct_, excess_, correct_, flips_;  // by node
  ClassSums by_class_;
};

}  // namespace secateur::engine
