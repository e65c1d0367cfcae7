#include "baseline.h"

namespace secateur::engine {

Baseline::Baseline(const PackedNetwork& network, const Head& head, const Targets& targets,
                   std::size_t samples)
    : targets_(targets),
      predictions_(network, head, samples),
      losses_(samples),
      block_losses_(block_count(samples)) {}

std::size_t Baseline::bytes(const PackedNetwork& network, const Head& head, std::size_t samples) {
  return Predictions::bytes(network, head, samples) + samples * sizeof(kernels::RowLoss) +
         block_count(samples) * sizeof(double);
}

void Baseline::take(const float* scores, Range samples, HeadMeasure& measure) {
  measure.measure(scores, samples, losses_.data() + samples.first);
  predictions_.read(scores, samples);
}

void Baseline::finish(std::size_t block) {
  block_losses_[block] = kernels::sum_losses(losses(block_at(block, losses_.size())));
}

Measured Baseline::total() const {
  Measured total;
  for (std::size_t block = 0; block < block_losses_.size(); ++block) {
    total.loss_sum += block_losses_[block];
    total.correct += kernels::sum_correct(losses(block_at(block, losses_.size())));
  }
  return total;
}

ClassSums Baseline::by_class(std::size_t classes) const {
  ClassSums total(classes, 1);
  ClassSums of_block(classes, 1);
  for (std::size_t block = 0; classes > 0 && block < block_losses_.size(); ++block) {
    const Range range = block_at(block, losses_.size());
    of_block.begin(targets_.labels.subspan(range.first, range.count));
    for (std::size_t s = 0; s < range.count; ++s)
      of_block.add(s, std::span(&losses_[range.first + s], 1));
    of_block.finish();
    total.merge(of_block);
  }
  return total;
}

}  // namespace secateur::engine
