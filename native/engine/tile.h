// The arithmetic of a sweep: nodes x samples, a tile at a time.
#pragma once

#include <vector>

#include "head.h"
#include "intact_pass.h"
#include "sweep_plan.h"

namespace secateur::engine {

// One a thread and sweep: it owns the tile's memory.
class Tile {
 public:
  Tile(const PackedNetwork& network, const SweepPlan& plan, const Sweep& sweep,
       std::size_t unit_rows, HeadMeasure& head);
  static std::size_t bytes(const SweepPlan& plan, std::size_t nodes, std::size_t unit_rows);

  // For the samples [first, first + intact.count()): results[node * kSampleBlock + row] of every
  // pair whose loss differs from the intact one; the others are left alone.
  void run(const IntactPass& intact, std::size_t first, kernels::RowLoss* results, Worker& worker);

 private:
  struct Pair {
    std::uint32_t node;  // in the sweep's list
    std::uint32_t row;   // in the unit
  };

  void run_narrow(const IntactPass& intact, std::size_t first_node, std::size_t nodes);
  void run_narrow_step(const NarrowStep& step, const IntactPass& intact, std::size_t node_in_tile,
                       std::uint32_t node);
  void find_live(const IntactPass& intact, std::size_t first_node, std::size_t nodes);
  void mark_live(const IntactPass& intact, std::uint32_t layer, std::size_t node,
                 std::uint8_t* lives) const;
  void run_full(const IntactPass& intact, std::size_t first, std::span<const Pair> pairs,
                kernels::RowLoss* results, Worker& worker);
  void densify(const FullStep& step, const IntactPass& intact, std::span<const Pair> pairs);
  void update(const FullStep& step, const IntactPass& intact, std::span<const Pair> pairs,
              Worker& worker);
  void recompute(const FullStep& step, const IntactPass& intact, std::span<const Pair> pairs,
                 Worker& worker);

  // The narrow value of a pair.
  const float* narrow(std::uint32_t layer, Pair pair) const {
    return narrow_[layer].data() +
           ((pair.node - first_node_) * unit_rows_ + pair.row) * plan_.narrow[layer]->size();
  }

  const PackedNetwork& network_;
  const SweepPlan& plan_;
  const Sweep& sweep_;
  std::size_t unit_rows_;
  HeadMeasure& head_;
  std::size_t nodes_at_once_;
  std::size_t rows_at_once_;
  std::size_t first_node_ = 0;          // of the tile
  std::vector<core::Buffer> narrow_;    // by layer: [node][unit row][positions, width]
  std::vector<core::Buffer> gathered_;  // by input of a narrow step: [unit row][positions, width]
  std::vector<core::Buffer> slots_;
  core::Buffer deltas_;
  std::vector<std::uint8_t> lives_;  // by pair of the tile
  std::vector<Pair> live_;
  std::vector<std::vector<const float*>> rows_;
  std::vector<RowList> lists_;
  std::vector<std::size_t> samples_;
  std::vector<kernels::RowLoss> losses_;
};

}  // namespace secateur::engine
