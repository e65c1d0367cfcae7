#include "sweep_sums.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace secateur::engine {

SweepSums::SweepSums(const Sweep& sweep, bool keep_blocks, std::size_t classes)
    : keep_blocks_(keep_blocks),
      totals_(sweep.nodes.size()),
      classes_(classes, sweep.nodes.size()),
      changes_(sweep.nodes.size()) {
  for (std::size_t i = 0; i < sweep.before.size(); ++i) totals_[i].loss_sum = sweep.before[i];
}

void SweepSums::submit(std::size_t block, BlockSums sums) {
  note(sums);
  merged_.submit(block, std::move(sums));
}

void SweepSums::note(const BlockSums& sums) {
  const std::scoped_lock lock(mutex_);
  ++blocks_;
  samples_ += sums.samples;
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const double change = sums.intact_loss - sums.swept.nodes[i].loss_sum;
    const double mean = change / static_cast<double>(sums.samples);
    changes_[i].sum += change;
    changes_[i].means += mean;
    changes_[i].squared_means += mean * mean;
  }
}

void SweepSums::merge(const BlockSums& sums) {
  if (keep_blocks_) block_changes_.emplace_back();
  for (std::size_t i = 0; i < totals_.size(); ++i) {
    const Measured& node = sums.swept.nodes[i];
    totals_[i].loss_sum += node.loss_sum;
    totals_[i].correct += node.correct;
    totals_[i].flips += node.flips;
    if (keep_blocks_) block_changes_.back().push_back(sums.intact_loss - node.loss_sum);
  }
  classes_.merge(sums.swept.classes);
}

std::vector<SweepSums::Estimate> SweepSums::estimates() {
  const std::scoped_lock lock(mutex_);
  std::vector<Estimate> estimates;
  const auto blocks = static_cast<double>(blocks_);
  for (const Change& change : changes_) {
    const double spread =
        std::max(0.0, change.squared_means - change.means * change.means / blocks);
    const double error = blocks_ < 2 ? std::numeric_limits<double>::quiet_NaN()
                                     : std::sqrt(spread / (blocks - 1) / blocks);
    estimates.push_back({change.sum, static_cast<double>(samples_), error});
  }
  return estimates;
}

}  // namespace secateur::engine
