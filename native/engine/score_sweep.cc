#include "score_sweep.h"

#include <algorithm>
#include <numbers>
#include <utility>

#include "kernels.h"

namespace secateur::engine {

bool ScoreSweep::fits(const PackedNetwork& network, const SweepPlan& plan, const Head& head) {
  const std::vector<FullStep>& steps = plan.full_steps;
  if (head.loss != Loss::cross_entropy || steps.size() != 1 ||
      steps[0].how != FullStep::How::update || !steps[0].tail.empty())
    return false;
  const Layer& product = network.layer(steps[0].layer);
  return plan.narrow[product.inputs[0]]->size() == 1 &&
         product.size <= kernels::kMostChangedClasses;
}

std::size_t ScoreSweep::bytes(const SweepTask& task) {
  const std::size_t nodes = task.sweep.nodes.size();
  const std::size_t classes = task.network.size(task.job.head.layer);
  return NarrowPass::bytes(task.plan, nodes, task.unit_rows) +
         nodes * (classes + 2) * sizeof(float) + ChangedTally::bytes(nodes) +
         2 * ClassSums::bytes(classes_wanted(task), nodes);
}

ScoreSweep::ScoreSweep(const SweepTask& task, Worker& worker)
    : task_(task),
      input_(task.network.layer(task.job.head.layer).inputs[0]),
      nodes_(task.sweep.nodes.size()),
      classes_(task.network.size(task.job.head.layer)),
      narrow_(task.network, task.plan, task.sweep, task.unit_rows),
      weights_(nodes_ * classes_),
      reach_(nodes_),
      changes_(nodes_),
      tally_(nodes_),
      by_class_(classes_wanted(task), nodes_) {
  read_weights(worker);
}

void ScoreSweep::read_weights(Worker& worker) {
  const core::Buffer rows =
      unit_changes(task_.network, task_.plan, task_.sweep, task_.job.head.layer, worker);
  for (std::size_t i = 0; i < nodes_; ++i) {
    const std::span<const float> row(rows.data() + i * classes_, classes_);
    for (std::size_t k = 0; k < classes_; ++k)
      weights_.data()[k * nodes_ + i] = row[k] * std::numbers::log2e_v<float>;
    const auto [least, most] = std::ranges::minmax(row);
    reach_.data()[i] = (most - least) * std::numbers::log2e_v<float>;
  }
}

void ScoreSweep::begin(Range block, std::span<const kernels::RowLoss> intact) {
  intact_ = intact;
  seen_ = 0;
  tally_.begin();
  if (!by_class_.empty())
    by_class_.begin(task_.job.targets.labels.subspan(block.first, block.count));
}

void ScoreSweep::run(const IntactPass& intact, Range unit, Worker& worker) {
  for (std::size_t first = 0; first < nodes_; first += narrow_.nodes_at_once()) {
    const Range nodes{first, std::min(narrow_.nodes_at_once(), nodes_ - first)};
    narrow_.run(intact, nodes.first, nodes.count);
    for (std::size_t row = 0; row < unit.count; ++row) {
      if (worker.stopped()) return;
      add(intact, row, unit.first + row, nodes);
      if ((seen_ + row + 1) % kernels::kFoldEvery == 0) tally_.fold(nodes.first, nodes.count);
    }
  }
  seen_ += unit.count;
}

// Adds the losses of one sample without each of the nodes.
void ScoreSweep::add(const IntactPass& intact, std::size_t row, std::size_t sample, Range nodes) {
  narrow_.changes(input_, intact, row, changes_.data());
  std::optional<kernels::ChangedSums> of_class;
  if (!by_class_.empty()) of_class = by_class_.sums(seen_ + row, nodes.first);
  tally_.add({.scores = intact.at(task_.job.head.layer, row),
              .classes = classes_,
              .label = task_.job.targets.labels[sample],
              .intact = intact_[seen_ + row],
              .changes = changes_.data(),
              .weights = weights_.data() + nodes.first,
              .reach = reach_.data() + nodes.first,
              .stride = nodes_,
              .rows = nodes.count},
             task_.predictions.label(sample), nodes.first, of_class);
  if (of_class) by_class_.fold(seen_ + row, nodes.first, nodes.count);
}

SweptBlock ScoreSweep::sums() {
  by_class_.finish();
  SweptBlock swept{{}, std::exchange(by_class_, ClassSums(by_class_.classes(), nodes_))};
  for (std::size_t i = 0; i < nodes_; ++i) swept.nodes.push_back(tally_.of(i, seen_));
  return swept;
}

}  // namespace secateur::engine
