#include "pair_losses.h"

#include <algorithm>

namespace secateur::engine {

PairLosses::PairLosses(const SweepTask& task)
    : labels_(task.job.targets.labels),
      classes_(classes_wanted(task)),
      nodes_(task.sweep.nodes.size()),
      losses_(nodes_ * kSampleBlock) {}

std::size_t PairLosses::bytes(const SweepTask& task) {
  const std::size_t nodes = task.sweep.nodes.size();
  return sizeof(kernels::RowLoss) * nodes * kSampleBlock +
         ClassSums::bytes(classes_wanted(task), nodes);
}

void PairLosses::begin(Range block, std::span<const kernels::RowLoss> intact) {
  block_ = block;
  for (std::size_t s = 0; s < intact.size(); ++s)
    std::fill_n(of(block.first + s), nodes_, intact[s]);
}

// Sample by sample: the sums of many nodes do not wait for each other.
SweptBlock PairLosses::sums() const {
  std::vector<kernels::LossSum> running(nodes_);
  SweptBlock swept{{}, ClassSums(classes_, nodes_)};
  if (classes_ > 0) swept.classes.begin(labels_.subspan(block_.first, block_.count));
  for (std::size_t s = 0; s < block_.count; ++s) {
    const auto row = std::span(losses_).subspan(s * nodes_, nodes_);
    for (std::size_t node = 0; node < nodes_; ++node) running[node].add(row[node]);
    if (classes_ > 0) swept.classes.add(s, row);
  }
  swept.classes.finish();
  for (const kernels::LossSum& sum : running)
    swept.nodes.push_back({sum.loss(), sum.correct, sum.flips});
  return swept;
}

}  // namespace secateur::engine
