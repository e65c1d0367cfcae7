// Ways to measure a sweep. All give the same losses but for rounding; which one a sweep takes
// follows from its plan alone.
#pragma once

#include <memory>
#include <vector>

#include "blocks.h"
#include "class_sums.h"
#include "head.h"
#include "intact_pass.h"
#include "losses.h"
#include "sweep_plan.h"

namespace secateur::engine {

// What a strategy works on.
struct SweepTask {
  const PackedNetwork& network;
  const SweepPlan& plan;
  const Sweep& sweep;
  const AblationJob& job;
  const Predictions& predictions;  // of the samples that are run
  std::size_t unit_rows;
};

// How many classes the sums of a sweep are wanted for.
inline std::size_t classes_wanted(const SweepTask& task) {
  return task.job.per_class ? task.network.size(task.job.head.layer) : 0;
}

// The sums over a block of samples.
struct SweptBlock {
  std::vector<Measured> nodes;
  ClassSums classes;  // if they are wanted
};

// One a thread and sweep: it owns the memory it needs.
class Strategy {
 public:
  virtual ~Strategy() = default;

  // Starts a block of samples with these intact losses.
  virtual void begin(Range block, std::span<const kernels::RowLoss> intact) = 0;

  // The next unit of the block, of whose samples the pass holds the intact values.
  virtual void run(const IntactPass& intact, Range unit, Worker& worker) = 0;

  // The sums over the block, by node. Those of a node that changes nothing are the sums of the
  // intact losses, bit for bit.
  virtual SweptBlock sums() = 0;
};

std::unique_ptr<Strategy> make_strategy(const SweepTask& task, Worker& worker);

// Memory of the strategy that the task takes.
std::size_t strategy_bytes(const SweepTask& task);

}  // namespace secateur::engine
