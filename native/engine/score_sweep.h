// The strategy for sweeps whose changes go through one product into the scores of a cross-entropy:
// many nodes of one sample at a time, without a row of scores for any of them.
#pragma once

#include "changed_tally.h"
#include "narrow_pass.h"
#include "strategy.h"

namespace secateur::engine {

class ScoreSweep final : public Strategy {
 public:
  static bool fits(const SweepTask& task) { return fits(task.network, task.plan, task.job.head); }
  static bool fits(const PackedNetwork& network, const SweepPlan& plan, const Head& head);
  static std::size_t bytes(const SweepTask& task);
  ScoreSweep(const SweepTask& task, Worker& worker);

  void begin(Range block, std::span<const kernels::RowLoss> intact) override;
  void run(const IntactPass& intact, Range unit, Worker& worker) override;
  SweptBlock sums() override;

 private:
  void read_weights(Worker& worker);
  void add(const IntactPass& intact, std::size_t row, std::size_t sample, Range nodes);

  SweepTask task_;
  std::uint32_t input_;  // of the product
  std::size_t nodes_;
  std::size_t classes_;
  NarrowPass narrow_;
  core::Buffer weights_;                      // [class][node], in units of log 2
  core::Buffer reach_;                        // [node]: the largest weight minus the smallest
  std::vector<float> changes_;                // [node]
  std::span<const kernels::RowLoss> intact_;  // by sample of the block
  std::size_t seen_ = 0;                      // samples of the block
  ChangedTally tally_;
  ClassSums by_class_;
};

}  // namespace secateur::engine
