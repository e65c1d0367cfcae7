// What a run will cost, from its own steps on a few of its samples. Time is predicted from it and
// progress told by it; how a run computes never follows from it.
#pragma once

#include <array>
#include <vector>

#include "baseline.h"
#include "blocks.h"
#include "head.h"
#include "intact_pass.h"
#include "strategy.h"

namespace secateur::engine {

// What a thread of the run lends for a rehearsal, so that this needs no memory of its own.
struct Stage {
  Worker& worker;
  HeadMeasure& head;
  IntactPass& pass;
  Baseline& baseline;
};

// On the calling thread, in seconds of a processor.
class Rehearsal {
 public:
  Rehearsal(const PackedNetwork& network, const AblationJob& job, std::size_t unit_rows,
            Stage stage);

  // Samples that every question below passes through the network.
  static constexpr std::size_t samples(std::size_t unit_rows) { return kUnits * unit_rows; }

  // A sample's intact pass and loss. To be asked before the sweeps.
  double intact();

  struct Cost {
    double setup = 0;   // once a thread
    double prefix = 0;  // a sample, where the steps `needed` have to be taken again
    double sweep = 0;   // a sample, for all nodes
  };
  Cost sweep(const SweepPlan& plan, const Sweep& sweep, const std::vector<bool>& needed);

 private:
  // The first unit warms caches up and does not count.
  static constexpr std::size_t kUnits = 3;

  const PackedNetwork& network_;
  const AblationJob& job_;
  std::size_t unit_rows_;
  Stage stage_;
  std::array<Range, kUnits> units_;
};

}  // namespace secateur::engine
