// Rows of their own for pairs of node and sample, layer by layer, as a plan's full steps make them.
#pragma once

#include <vector>

#include "intact_pass.h"
#include "sweep_plan.h"

namespace secateur::engine {

class FullRows {
 public:
  // Room for `rows` rows of every layer; bytes() of memory.
  FullRows(const PackedNetwork& network, const SweepPlan& plan, std::size_t rows);
  static std::size_t bytes(const SweepPlan& plan, std::size_t rows);

  // The rows that a step makes: [rows, size of its last layer].
  float* of(const FullStep& step) { return slots_[step.slot].data(); }

  // The rows of a layer that has full ones.
  const float* of(std::uint32_t layer) const { return slots_[*plan_.slot_of[layer]].data(); }

  // The rows of the head, once all steps are done.
  const float* scores() const { return slots_[plan_.full_steps.back().slot].data(); }

  // The value of a layer at row `unit_row` of the unit, whose own row, if the layer has full ones,
  // is row `place`.
  const float* row_of(std::uint32_t layer, const IntactPass& intact, std::uint32_t unit_row,
                      std::size_t place) const {
    return plan_.slot_of[layer] ? full_[layer][place] : intact.at(layer, unit_row);
  }

  // Makes the rows of a step that recomputes its layer from full inputs and, row i from row
  // unit_rows[i] of the unit, intact ones.
  void recompute(const FullStep& step, const IntactPass& intact,
                 std::span<const std::uint32_t> unit_rows, Worker& worker);

 private:
  const PackedNetwork& network_;
  const SweepPlan& plan_;
  std::vector<core::Buffer> slots_;
  std::vector<std::vector<const float*>> full_;    // by layer: its rows, if it has full ones
  std::vector<std::vector<const float*>> intact_;  // by input of a step
  std::vector<RowList> inputs_;
  std::vector<const float*> others_;
};

}  // namespace secateur::engine
