// The general strategy for sets: what each set changes is computed on top of what the set that it
// grew from has left.
#pragma once

#include "cut_pass.h"
#include "head.h"
#include "sets_strategy.h"

namespace secateur::engine {

class GrownSets final : public SetsStrategy {
 public:
  GrownSets(const SetsTask& task, const CutPlans& plans);
  static std::size_t bytes(const PackedNetwork& network, const CutPlans& plans,
                           std::size_t unit_rows) {
    return CutPass::bytes(network, plans, unit_rows);
  }

  void begin(const Batch& batch) override;
  void run(const IntactPass& intact, Range unit, std::span<const kernels::RowLoss> losses,
           Worker& worker) override;
  std::vector<Measured> sums() const override;

 private:
  void grow(std::size_t set, Range unit, Worker& worker);

  const SetsJob& job_;
  const CutPlans& plans_;
  std::size_t width_;
  HeadMeasure head_;
  CutPass pass_;
  Batch batch_{};
  std::vector<kernels::LossSum> sums_;
  std::vector<kernels::RowLoss> losses_;   // of the set at hand, by row of the unit
  std::vector<kernels::RowLoss> changed_;  // of its live rows
  std::vector<float> scores_;
  std::vector<std::size_t> samples_;
};

}  // namespace secateur::engine
