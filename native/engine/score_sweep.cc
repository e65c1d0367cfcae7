#include "score_sweep.h"

#include <algorithm>
#include <cmath>

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
         sizeof(float) * nodes * (classes + task.unit_rows) +
         nodes * (sizeof(std::size_t) + 3 * sizeof(double));
}

ScoreSweep::ScoreSweep(const SweepTask& task, Worker& worker)
    : task_(task),
      input_(task.network.layer(task.job.head.layer).inputs[0]),
      nodes_(task.sweep.nodes.size()),
      classes_(task.network.size(task.job.head.layer)),
      narrow_(task.network, task.plan, task.sweep, task.unit_rows),
      weights_(nodes_ * classes_),
      changes_(nodes_ * task.unit_rows) {
  for (const std::uint32_t node : task.sweep.nodes)
    channels_.push_back(task.plan.narrow[input_]->first(node));
  read_weights(worker);
}

void ScoreSweep::read_weights(Worker& worker) {
  const core::Buffer rows =
      unit_changes(task_.network, task_.plan, task_.sweep, task_.job.head.layer, worker);
  for (std::size_t i = 0; i < nodes_; ++i) {
    for (std::size_t k = 0; k < classes_; ++k)
      weights_.data()[k * nodes_ + i] = rows.data()[i * classes_ + k];
  }
}

void ScoreSweep::begin(std::span<const kernels::RowLoss> intact) {
  intact_ = intact;
  seen_ = 0;
  direct_.assign(nodes_, 0);
  excess_.assign(nodes_, 0);
  correct_.assign(nodes_, 0);
}

void ScoreSweep::run(const IntactPass& intact, Range unit, Worker& worker) {
  for (std::size_t first = 0; first < nodes_; first += narrow_.nodes_at_once()) {
    const std::size_t nodes = std::min(narrow_.nodes_at_once(), nodes_ - first);
    narrow_.run(intact, first, nodes);
    find_changes(intact, first, nodes);
    for (std::size_t row = 0; row < unit.count; ++row) {
      if (worker.stopped()) return;
      kernels::kernels().changed_cross_entropy(
          {intact.at(task_.job.head.layer, row), classes_,
           task_.job.targets.labels[unit.first + row], intact_[seen_ + row],
           changes_.data() + row * nodes, weights_.data() + first, nodes_, nodes},
          {direct_.data() + first, excess_.data() + first, correct_.data() + first});
    }
  }
  seen_ += unit.count;
}

void ScoreSweep::find_changes(const IntactPass& intact, std::size_t first_node, std::size_t nodes) {
  for (std::size_t row = 0; row < intact.count(); ++row) {
    const float* old = intact.at(input_, row);
    const float* values = narrow_.at(input_, first_node, row);
    float* changes = changes_.data() + row * nodes;
    for (std::size_t i = 0; i < nodes; ++i)
      changes[i] = values[i * task_.unit_rows] - old[channels_[first_node + i]];
  }
}

std::vector<Measured> ScoreSweep::sums() {
  std::vector<Measured> sums;
  for (std::size_t i = 0; i < nodes_; ++i)
    sums.push_back({direct_[i] + std::log1p(excess_[i]), correct_[i]});
  return sums;
}

}  // namespace secateur::engine
