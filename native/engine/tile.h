// The general strategy: a row of its own for every pair of node and sample, layer by layer, a tile
// of pairs at a time.
#pragma once

#include <vector>

#include "full_rows.h"
#include "head.h"
#include "narrow_pass.h"
#include "pair_losses.h"

namespace secateur::engine {

class Tile final : public Strategy {
 public:
  static bool fits(const SweepTask&) { return true; }
  static std::size_t bytes(const SweepTask& task);
  Tile(const SweepTask& task, Worker& worker);

  void begin(Range block, std::span<const kernels::RowLoss> intact) override {
    results_.begin(block, intact);
  }
  void run(const IntactPass& intact, Range unit, Worker& worker) override;
  SweptBlock sums() override { return results_.sums(); }

 private:
  struct Pair {
    std::uint32_t node;  // in the sweep's list
    std::uint32_t row;   // in the unit
  };

  void find_live(const IntactPass& intact, std::size_t first_node, std::size_t nodes);
  void mark_live(const IntactPass& intact, std::uint32_t layer, std::size_t node,
                 std::uint8_t* lives) const;
  void lay_out(std::span<const Pair> pairs);
  void run_full(const IntactPass& intact, Range unit, std::span<const Pair> pairs, Worker& worker);
  void densify(const FullStep& step, const IntactPass& intact);
  void update(const FullStep& step, const IntactPass& intact, std::span<const Pair> pairs,
              Worker& worker);

  const PackedNetwork& network_;
  const SweepPlan& plan_;
  const Sweep& sweep_;
  HeadMeasure head_;
  NarrowPass narrow_;
  std::size_t rows_at_once_;
  FullRows full_;
  core::Buffer deltas_;
  std::vector<Pair> tile_;                // the pairs of a tile, those of a sample side by side
  std::vector<std::uint32_t> unit_rows_;  // of these
  std::vector<std::size_t> places_;       // in the tile, by pair in their own order
  std::vector<std::uint8_t> lives_;       // by pair of the tile
  std::vector<Pair> live_;
  std::vector<const float*> intact_rows_;
  std::vector<float*> out_rows_;
  std::vector<const float*> others_;
  std::vector<std::size_t> samples_;
  std::vector<kernels::RowLoss> losses_;
  PairLosses results_;
};

}  // namespace secateur::engine
