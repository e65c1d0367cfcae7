// What a sweep has found so far.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "engine.h"
#include "in_order.h"
#include "strategy.h"

namespace secateur::engine {

// Sums of one block of samples.
struct BlockSums {
  std::size_t samples = 0;
  double intact_loss = 0;
  SweptBlock swept;
};

// Takes the blocks of a sweep in any order. Totals are merged in the order of the blocks; estimates
// take what is there.
class SweepSums {
 public:
  // Block by block the changes are kept only if they are asked for, sums by class for so many.
  SweepSums(const Sweep& sweep, bool keep_blocks, std::size_t classes);

  void submit(std::size_t block, BlockSums sums);

  // Final once every block is there.
  const std::vector<Measured>& totals() const { return totals_; }
  const ClassSums& classes() const { return classes_; }

  // Of each block in order the change of each node, once every block is there.
  const std::vector<std::vector<double>>& block_changes() const { return block_changes_; }

  struct Estimate {
    double change_sum = 0;
    double samples = 0;
    double standard_error = 0;  // of the mean change, NaN with fewer than two blocks
  };
  std::vector<Estimate> estimates();

 private:
  struct Change {
    double sum = 0;            // over samples
    double means = 0;          // over blocks: of the block's mean change
    double squared_means = 0;  // and of its square
  };
  void note(const BlockSums& sums);
  void merge(const BlockSums& sums);

  bool keep_blocks_;
  std::vector<Measured> totals_;
  ClassSums classes_;
  std::vector<std::vector<double>> block_changes_;
  core::InOrder<BlockSums, std::function<void(std::size_t, const BlockSums&)>> merged_{
      [this](std::size_t, const BlockSums& sums) { merge(sums); }};

  std::mutex mutex_;  // of what follows
  std::vector<Change> changes_;
  std::size_t blocks_ = 0;
  std::size_t samples_ = 0;
};

}  // namespace secateur::engine
