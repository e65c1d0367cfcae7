// The strategy for sweeps that change single numbers: a row of its own for every pair of node and
// sample that does change, those of a sample side by side, since their rows have zeros in common,
// which products skip.
#pragma once

#include <vector>

#include "full_rows.h"
#include "head.h"
#include "loss_tally.h"
#include "narrow_pass.h"
#include "relu_product.h"

namespace secateur::engine {

class RowSweep final : public Strategy {
 public:
  static bool fits(const SweepTask& task);
  static std::size_t bytes(const SweepTask& task);
  RowSweep(const SweepTask& task, Worker& worker);

  void begin(Range block, std::span<const kernels::RowLoss> intact) override {
    tally_.begin(block, intact);
    seen_ = 0;
  }
  void run(const IntactPass& intact, Range unit, Worker& worker) override;
  SweptBlock sums() override { return tally_.sums(); }

 private:
  void find_live(const IntactPass& intact, Range unit);
  void run_tile(const IntactPass& intact, Range unit, Range pairs, std::size_t first_node,
                Worker& worker);
  void measure(Range unit, Range pairs);
  void add_losses(Range unit, Range nodes);
  template <class Use>
  void for_each_row(Range pairs, Use use) const;
  void run_relu_product(const IntactPass& intact, Range pairs, std::size_t first_node,
                        Worker& worker);
  void update(const FullStep& step, const IntactPass& intact, Range pairs, std::size_t first_node);

  SweepTask task_;
  std::uint32_t input_;  // whose single numbers change
  std::size_t nodes_;
  HeadMeasure head_;
  std::optional<Layer::Matrix> last_;  // of the last step, if its product ends in losses
  NarrowPass narrow_;
  FullRows full_;
  std::vector<core::Buffer> unit_changes_;   // by layer: [node][output]
  std::optional<ReluProduct> relu_product_;  // in place of the first two steps

  // Of the nodes of a narrow pass, on all rows of the unit.
  std::size_t nodes_here_ = 0;
  core::Buffer changes_;                 // [row][node]
  std::vector<std::uint32_t> live_;      // pairs that change, row by row: the node
  std::vector<std::uint32_t> row_of_;    // by pair: the row
  std::vector<std::size_t> starts_;      // by row: its first pair; at last how many there are
  std::vector<std::int32_t> labels_;     // where the last product ends in losses: of its sample
  std::vector<std::int32_t> predicted_;  // and what the intact network takes it for
  kernels::LossTable losses_;            // and what it loses

  std::size_t seen_ = 0;  // samples of the block
  LossTally tally_;
};

}  // namespace secateur::engine
