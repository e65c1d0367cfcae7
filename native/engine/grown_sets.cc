#include "grown_sets.h"

#include <algorithm>

namespace secateur::engine {

GrownSets::GrownSets(const SetsTask& task, const CutPlans& plans)
    : job_(task.job),
      plans_(plans),
      width_(task.network.size(task.job.head.layer)),
      head_(task.network, task.job.head, task.job.targets, &task.predictions),
      pass_(task.network, task.job.cuts, plans, task.unit_rows),
      changed_(task.unit_rows),
      scores_(task.unit_rows * width_) {}

void GrownSets::begin(const Batch& batch) {
  batch_ = batch;
  sums_.assign(batch.end - batch.first, {});
}

void GrownSets::run(const IntactPass& intact, Range unit, std::span<const kernels::RowLoss> losses,
                    Worker& worker) {
  for (std::size_t set = batch_.first; set < batch_.end && !worker.stopped(); ++set) {
    if (!job_.sets.grows[set]) {
      pass_.begin(intact);
      losses_.assign(losses.begin(), losses.end());
    }
    grow(set, unit, worker);
    for (const kernels::RowLoss& loss : losses_) sums_[set - batch_.first].add(loss);
  }
}

// Rows whose scores cannot have changed keep their losses.
void GrownSets::grow(std::size_t set, Range unit, Worker& worker) {
  const bool more = set + 1 < job_.sets.size() && job_.sets.grows[set + 1];
  const std::vector<std::uint32_t>& live =
      pass_.grow(plans_.of(set), job_.sets.added(set), more, worker);
  if (live.empty() || worker.stopped()) return;
  samples_.clear();
  for (std::size_t r = 0; r < live.size(); ++r) {
    samples_.push_back(unit.first + live[r]);
    std::copy_n(pass_.at(job_.head.layer, live[r]), width_, scores_.data() + r * width_);
  }
  head_.measure(scores_.data(), samples_, changed_.data());
  for (std::size_t r = 0; r < live.size(); ++r) losses_[live[r]] = changed_[r];
}

std::vector<Measured> GrownSets::sums() const {
  std::vector<Measured> sums;
  for (const kernels::LossSum& sum : sums_) sums.push_back({sum.loss(), sum.correct, sum.flips});
  return sums;
}

}  // namespace secateur::engine
