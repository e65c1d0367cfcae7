#include "row_sweep.h"

#include <algorithm>

#include "kernels.h"

namespace secateur::engine {

namespace {

// Pairs at a time: what products take at once.
constexpr std::size_t kRows = kernels::kTileRows;

// Unit changes stay in a second-level cache.
constexpr std::size_t kUnitChangeFloats = std::size_t{1} << 17;

std::size_t unit_change_floats(const SweepTask& task) {
  std::size_t sum = 0;
  for (const FullStep& step : task.plan.full_steps) {
    if (step.how == FullStep::How::update)
      sum += task.sweep.nodes.size() * task.network.size(step.layer);
  }
  return sum;
}

std::optional<Layer::Matrix> last_matrix(const SweepTask& task) {
  const FullStep& last = task.plan.full_steps.back();
  const Layer& layer = task.network.layer(last.layer);
  if (last.how != FullStep::How::recompute || !last.tail.empty()) return std::nullopt;
  return layer.matrix();
}

}  // namespace

bool RowSweep::fits(const SweepTask& task) {
  const SweepPlan& plan = task.plan;
  const bool simple = std::ranges::all_of(plan.full_steps, [](const FullStep& step) {
    return step.how == FullStep::How::recompute ||
           (step.how == FullStep::How::update && (step.tail.empty() || step.tail.only_clamps()));
  });
  return plan.frontier.size() == 1 && plan.narrow[plan.frontier[0]]->size() == 1 && simple &&
         unit_change_floats(task) <= kUnitChangeFloats;
}

std::size_t RowSweep::bytes(const SweepTask& task) {
  const std::size_t nodes = task.sweep.nodes.size();
  const std::size_t pairs = nodes * task.unit_rows;
  return NarrowPass::bytes(task.plan, nodes, task.unit_rows) + FullRows::bytes(task.plan, kRows) +
         sizeof(float) * (unit_change_floats(task) + pairs) +
         4 * sizeof(std::uint32_t) * (pairs + kernels::kKeptSlack) +
         kernels::LossTable::bytes(pairs) + LossTally::bytes(task) +
         (task.unit_rows + 1) * sizeof(std::size_t) + ReluProduct::bytes(task);
}

RowSweep::RowSweep(const SweepTask& task, Worker& worker)
    : task_(task),
      input_(task.plan.frontier[0]),
      nodes_(task.sweep.nodes.size()),
      head_(task.network, task.job.head, task.job.targets, &task.predictions),
      narrow_(task.network, task.plan, task.sweep, task.unit_rows),
      full_(task.network, task.plan, kRows),
      unit_changes_(task.network.layer_count()),
      changes_(nodes_ * task.unit_rows),
      live_(nodes_ * task.unit_rows + kernels::kKeptSlack),
      row_of_(nodes_ * task.unit_rows),
      labels_(nodes_ * task.unit_rows),
      predicted_(nodes_ * task.unit_rows),
      losses_(nodes_ * task.unit_rows),
      tally_(task) {
  if (const auto matrix = last_matrix(task); head_.joins(matrix)) last_ = matrix;
  for (const FullStep& step : task.plan.full_steps) {
    if (step.how == FullStep::How::update)
      unit_changes_[step.layer] =
          unit_changes(task.network, task.plan, task.sweep, step.layer, worker);
  }
  const float* first_changes = unit_changes_[task.plan.full_steps[0].layer].data();
  if (ReluProduct::fits(task, first_changes)) relu_product_.emplace(task, first_changes);
}

void RowSweep::run(const IntactPass& intact, Range unit, Worker& worker) {
  if (relu_product_) relu_product_->begin(intact, worker);
  for (std::size_t first = 0; first < nodes_; first += narrow_.nodes_at_once()) {
    nodes_here_ = std::min(narrow_.nodes_at_once(), nodes_ - first);
    narrow_.run(intact, first, nodes_here_);
    find_live(intact, unit);
    const std::size_t pairs = starts_.back();
    for (std::size_t pair = 0; pair < pairs; pair += kRows) {
      if (worker.stopped()) return;
      run_tile(intact, unit, {pair, std::min(kRows, pairs - pair)}, first, worker);
    }
    add_losses(unit, {first, nodes_here_});
  }
  seen_ += unit.count;
}

void RowSweep::find_live(const IntactPass& intact, Range unit) {
  starts_.assign(1, 0);
  for (std::size_t row = 0; row < intact.count(); ++row) {
    float* changes = changes_.data() + row * nodes_here_;
    narrow_.changes(input_, intact, row, changes);
    const std::size_t first = starts_.back();
    const std::size_t count =
        kernels::kernels().find_changed(changes, nodes_here_, live_.data() + first);
    starts_.push_back(first + count);
    std::fill_n(row_of_.begin() + first, count, static_cast<std::uint32_t>(row));
    if (!last_) continue;
    std::fill_n(labels_.begin() + first, count, task_.job.targets.labels[unit.first + row]);
    std::fill_n(predicted_.begin() + first, count, task_.predictions.label(unit.first + row));
  }
}

void RowSweep::run_tile(const IntactPass& intact, Range unit, Range pairs, std::size_t first_node,
                        Worker& worker) {
  const auto rows = std::span(row_of_).subspan(pairs.first, pairs.count);
  auto steps = std::span(task_.plan.full_steps);
  if (last_) steps = steps.first(steps.size() - 1);
  if (relu_product_) {
    run_relu_product(intact, pairs, first_node, worker);
    steps = steps.subspan(2);
  }
  for (const FullStep& step : steps) {
    if (step.how == FullStep::How::update) {
      update(step, intact, pairs, first_node);
    } else {
      full_.recompute(step, intact, rows, worker);
    }
  }
  if (!worker.stopped()) measure(unit, pairs);
}

void RowSweep::measure(Range unit, Range pairs) {
  const kernels::LossColumns out = losses_.from(pairs.first);
  if (!last_) {
    std::vector<std::size_t> samples;
    for (std::size_t i = 0; i < pairs.count; ++i)
      samples.push_back(unit.first + row_of_[pairs.first + i]);
    return head_.measure(full_.scores(), samples, out);
  }
  const Layer& layer = task_.network.layer(task_.plan.full_steps.back().layer);
  kernels::kernels().product_cross_entropy({full_.of(layer.inputs[0]), last_->weights, last_->bias},
                                           {.scores = nullptr,
                                            .rows = pairs.count,
                                            .width = layer.size,
                                            .labels = labels_.data() + pairs.first,
                                            .values = nullptr,
                                            .predicted = predicted_.data() + pairs.first},
                                           out);
}

void RowSweep::add_losses(Range unit, Range nodes) {
  for (std::size_t row = 0; row < unit.count; ++row) {
    const std::size_t first = starts_[row];
    tally_.add(seen_ + row, nodes, std::span(live_).subspan(first, starts_[row + 1] - first),
               losses_.from(first));
  }
}

// Calls use(row of the unit, its pairs, what was before them in the tile): rows of a sample share
// its intact row.
template <class Use>
void RowSweep::for_each_row(Range pairs, Use use) const {
  const std::size_t end = pairs.first + pairs.count;
  for (std::size_t first = pairs.first, next = 0; first < end; first = next) {
    const std::size_t row = row_of_[first];
    next = std::min(end, starts_[row + 1]);
    use(row, std::span(live_).subspan(first, next - first), first - pairs.first);
  }
}

void RowSweep::run_relu_product(const IntactPass& intact, Range pairs, std::size_t first_node,
                                Worker& worker) {
  const auto steps = std::span(task_.plan.full_steps);
  float* departures = full_.of(steps[0]);
  float* out = full_.of(steps[1]);
  const std::size_t units = task_.network.size(steps[0].last);
  const std::size_t width = task_.network.size(steps[1].last);
  for_each_row(
      pairs, [&](std::size_t row, std::span<const std::uint32_t> picked, std::size_t before) {
        relu_product_->start(intact, {row, first_node, changes_.data() + row * nodes_here_, picked},
                             departures + before * units, out + before * width);
      });
  relu_product_->finish(departures, pairs.count, out, worker);
}

void RowSweep::update(const FullStep& step, const IntactPass& intact, Range pairs,
                      std::size_t first_node) {
  const std::size_t size = task_.network.size(step.layer);
  for_each_row(pairs,
               [&](std::size_t row, std::span<const std::uint32_t> picked, std::size_t before) {
                 kernels::kernels().add_scaled_rows(
                     {.init = intact.at(step.layer, row),
                      .factors = changes_.data() + row * nodes_here_,
                      .weights = unit_changes_[step.layer].data() + first_node * size,
                      .width = size,
                      .picked = picked,
                      .out = full_.of(step) + before * size,
                      .least = step.tail.numbers().least,
                      .most = step.tail.numbers().most});
               });
}

}  // namespace secateur::engine
