// Ways to measure the sets of a job. Which one a job takes follows from its network and its cuts
// alone.
#pragma once

#include <span>
#include <vector>

#include "blocks.h"
#include "head.h"
#include "intact_pass.h"
#include "losses.h"

namespace secateur::engine {

// Sets [first, end) of a job, whole rows of growing ones.
struct Batch {
  std::size_t first;
  std::size_t end;
};

// What a strategy works on.
struct SetsTask {
  const PackedNetwork& network;
  const SetsJob& job;
  const Predictions& predictions;  // of the samples that are run
  std::size_t unit_rows;
};

// One a thread: it owns the memory it needs.
class SetsStrategy {
 public:
  virtual ~SetsStrategy() = default;

  // Starts a block of samples for these sets.
  virtual void begin(const Batch& batch) = 0;

  // The next unit of the block: its intact values and losses.
  virtual void run(const IntactPass& intact, Range unit, std::span<const kernels::RowLoss> losses,
                   Worker& worker) = 0;

  // The sums over the block, one a set. Those of a set that changes nothing are the sums of the
  // intact losses, bit for bit.
  virtual std::vector<Measured> sums() const = 0;
};

}  // namespace secateur::engine
