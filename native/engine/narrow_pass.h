// The narrow values behind a site, for a few nodes at a time.
#pragma once

#include <vector>

#include "intact_pass.h"
#include "sweep_plan.h"

namespace secateur::engine {

// The parts of an intact row that `narrow` stands for, without gaps.
void gather(const float* row, const Narrow& narrow, std::size_t first, float* to);

// For every node of the sweep, what a change of 1 of its narrow value, a single number, adds to
// the output of `layer`: [node][output].
core::Buffer unit_changes(const PackedNetwork& network, const SweepPlan& plan, const Sweep& sweep,
                          std::uint32_t layer, Worker& worker);

class NarrowPass {
 public:
  NarrowPass(const PackedNetwork& network, const SweepPlan& plan, const Sweep& sweep,
             std::size_t unit_rows);
  static std::size_t bytes(const SweepPlan& plan, std::size_t nodes, std::size_t unit_rows);

  // How many nodes of the sweep fit.
  std::size_t nodes_at_once() const { return nodes_at_once_; }

  // Runs all narrow steps for `nodes` nodes of the sweep from `first_node` on.
  void run(const IntactPass& intact, std::size_t first_node, std::size_t nodes);

  // The value of one of these nodes (a position in the sweep's list) and one row of the unit.
  const float* at(std::uint32_t layer, std::size_t node, std::size_t row) const {
    const std::size_t here = (node - first_node_) * rows_ + (plan_.constant ? 0 : row);
    return values_[layer].data() + here * plan_.narrow[layer]->size();
  }

  // For every one of these nodes, new minus old value of `layer`, a single number each, at one row.
  void changes(std::uint32_t layer, const IntactPass& intact, std::size_t row, float* out) const;

 private:
  void run_step(const NarrowStep& step, const IntactPass& intact, std::size_t node);
  float* slice(std::uint32_t layer, std::size_t node) {
    return values_[layer].data() + (node - first_node_) * rows_ * plan_.narrow[layer]->size();
  }

  const PackedNetwork& network_;
  const SweepPlan& plan_;
  const Sweep& sweep_;
  std::size_t rows_;  // of a unit, or 1 for all of them
  std::size_t nodes_at_once_;
  std::size_t first_node_ = 0;
  std::size_t nodes_ = 0;               // whose values are there
  bool consecutive_;                    // whether the sweep's nodes follow each other
  std::vector<core::Buffer> values_;    // by layer: [node][row][positions, width]
  std::vector<core::Buffer> gathered_;  // by input of a step: [row][positions, width]
};

}  // namespace secateur::engine
