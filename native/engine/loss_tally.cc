#include "loss_tally.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "kernels.h"

namespace secateur::engine {

LossTally::LossTally(const SweepTask& task)
    : labels_(task.job.targets.labels),
      direct_(task.sweep.nodes.size()),
      excess_(direct_.size()),
      correct_(direct_.size()),
      flips_(direct_.size()),
      by_class_(classes_wanted(task), direct_.size()) {}

std::size_t LossTally::bytes(const SweepTask& task) {
  const std::size_t nodes = task.sweep.nodes.size();
  return 4 * nodes * sizeof(double) + 2 * ClassSums::bytes(classes_wanted(task), nodes);
}

void LossTally::begin(Range block, std::span<const kernels::RowLoss> intact) {
  intact_ = intact;
  for (std::vector<double>* sums : {&direct_, &excess_, &correct_, &flips_})
    std::ranges::fill(*sums, 0);
  if (!by_class_.empty()) by_class_.begin(labels_.subspan(block.first, block.count));
}

void LossTally::add(std::size_t sample, Range nodes, std::span<const std::uint32_t> picked,
                    const kernels::LossColumns& losses) {
  const std::size_t first = nodes.first;
  std::array<kernels::ChangedSums, 2> sums{
      {{direct_.data() + first, excess_.data() + first, correct_.data() + first}, {}}};
  if (!by_class_.empty()) sums[1] = by_class_.sums(sample, first);
  kernels::kernels().add_picked({intact_[sample], picked, losses, nodes.count},
                                std::span(sums).first(by_class_.empty() ? 1 : 2),
                                flips_.data() + first);
  if ((sample + 1) % kernels::kFoldEvery == 0)
    kernels::fold(direct_.data() + first, excess_.data() + first, nodes.count);
  if (!by_class_.empty()) by_class_.fold(sample, first, nodes.count);
}

SweptBlock LossTally::sums() {
  by_class_.finish();
  SweptBlock swept{{}, std::exchange(by_class_, ClassSums(by_class_.classes(), direct_.size()))};
  for (std::size_t i = 0; i < direct_.size(); ++i)
    swept.nodes.push_back({direct_[i] + std::log1p(excess_[i]), correct_[i], flips_[i]});
  return swept;
}

}  // namespace secateur::engine
