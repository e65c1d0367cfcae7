#include "tile.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "kernels.h"

namespace secateur::engine {

namespace {

// The full rows of a tile stay in a second-level cache.
constexpr std::size_t kFullFloats = std::size_t{3} << 16;
// Enough for products to run at full speed.
constexpr std::size_t kMostRows = 768;

std::size_t delta_floats(const SweepPlan& plan) {
  std::size_t largest = 0;
  for (const std::uint32_t layer : plan.frontier)
    largest = std::max(largest, plan.narrow[layer]->size());
  return largest;
}

std::size_t full_floats(const SweepPlan& plan) {
  std::size_t sum = delta_floats(plan);
  for (const std::size_t size : plan.slot_sizes) sum += size;
  return sum;
}

std::size_t rows_at_once(const SweepPlan& plan) {
  return kernels::without_rest(std::clamp<std::size_t>(
      kFullFloats / std::max<std::size_t>(1, full_floats(plan)), 1, kMostRows));
}

// Whether narrow values differ from those of an intact row, which starts at their first channel.
bool differs(const Narrow& narrow, const float* row, const float* values) {
  for (std::size_t p = 0; p < narrow.positions;
       ++p, row += narrow.channels, values += narrow.width) {
    if (!std::equal(values, values + narrow.width, row)) return true;
  }
  return false;
}

}  // namespace

Tile::Tile(const SweepTask& task, Worker&)
    : network_(task.network),
      plan_(task.plan),
      sweep_(task.sweep),
      head_(task.network, task.job.head, task.job.targets, &task.predictions),
      narrow_(task.network, task.plan, task.sweep, task.unit_rows),
      rows_at_once_(rows_at_once(task.plan)),
      full_(task.network, task.plan, rows_at_once_),
      deltas_(rows_at_once_ * delta_floats(task.plan)),
      losses_(rows_at_once_),
      results_(task) {}

std::size_t Tile::bytes(const SweepTask& task) {
  const std::size_t nodes = task.sweep.nodes.size();
  return NarrowPass::bytes(task.plan, nodes, task.unit_rows) +
         FullRows::bytes(task.plan, rows_at_once(task.plan)) +
         sizeof(float) * rows_at_once(task.plan) * delta_floats(task.plan) +
         PairLosses::bytes(task);
}

void Tile::run(const IntactPass& intact, Range unit, Worker& worker) {
  const std::size_t step = plan_.full_steps.empty() ? 0 : narrow_.nodes_at_once();
  for (std::size_t node = 0; step > 0 && node < sweep_.nodes.size(); node += step) {
    const std::size_t nodes = std::min(step, sweep_.nodes.size() - node);
    narrow_.run(intact, node, nodes);
    find_live(intact, node, nodes);
    const std::span<const Pair> live(live_);
    for (std::size_t r = 0; r < live.size(); r += rows_at_once_) {
      if (worker.stopped()) return;
      run_full(intact, unit, live.subspan(r, std::min(rows_at_once_, live.size() - r)), worker);
    }
  }
}

void Tile::find_live(const IntactPass& intact, std::size_t first_node, std::size_t nodes) {
  const std::size_t rows = intact.count();
  lives_.assign(nodes * rows, 0);
  for (const std::uint32_t layer : plan_.frontier) {
    for (std::size_t i = 0; i < nodes; ++i)
      mark_live(intact, layer, first_node + i, lives_.data() + i * rows);
  }
  // About half of all pairs live, in no order that a processor could predict: hence no branches.
  live_.resize(lives_.size());
  std::size_t count = 0;
  const auto visit = [&](std::size_t node, std::size_t row) {
    live_[count] = {static_cast<std::uint32_t>(first_node + node), static_cast<std::uint32_t>(row)};
    count += lives_[node * rows + row];
  };
  for (std::size_t node = 0; node < nodes; ++node) {
    for (std::size_t row = 0; row < rows; ++row) visit(node, row);
  }
  live_.resize(count);
}

void Tile::mark_live(const IntactPass& intact, std::uint32_t layer, std::size_t node,
                     std::uint8_t* lives) const {
  const Narrow& shape = *plan_.narrow[layer];
  const std::size_t first = shape.first(sweep_.nodes[node]);
  for (std::size_t row = 0; row < intact.count(); ++row) {
    const float* values = narrow_.at(layer, node, row);
    const float* old = intact.at(layer, row) + first;
    lives[row] |= shape.size() == 1 ? *values != *old : differs(shape, old, values);
  }
}

// Rows of a sample have zeros in common, which products then skip; so they stand side by side,
// while pairs of a node, which share the weights of its change, are updated together.
void Tile::lay_out(std::span<const Pair> pairs) {
  std::array<std::size_t, kSampleBlock + 1> next{};
  for (const Pair& pair : pairs) ++next[pair.row + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  tile_.resize(pairs.size());
  places_.clear();
  for (const Pair& pair : pairs) {
    places_.push_back(next[pair.row]++);
    tile_[places_.back()] = pair;
  }
  unit_rows_.clear();
  for (const Pair& pair : tile_) unit_rows_.push_back(pair.row);
}

void Tile::run_full(const IntactPass& intact, Range unit, std::span<const Pair> pairs,
                    Worker& worker) {
  lay_out(pairs);
  for (const FullStep& step : plan_.full_steps) {
    switch (step.how) {
      case FullStep::How::densify:
        densify(step, intact);
        break;
      case FullStep::How::update:
        update(step, intact, pairs, worker);
        break;
      case FullStep::How::recompute:
        full_.recompute(step, intact, unit_rows_, worker);
        break;
    }
  }
  if (worker.stopped()) return;
  samples_.clear();
  for (const Pair& pair : tile_) samples_.push_back(unit.first + pair.row);
  head_.measure(full_.scores(), samples_, losses_.data());
  for (std::size_t r = 0; r < tile_.size(); ++r)
    results_.of(samples_[r])[tile_[r].node] = losses_[r];
}

void Tile::densify(const FullStep& step, const IntactPass& intact) {
  const std::size_t size = network_.size(step.layer);
  const Narrow& shape = *plan_.narrow[step.layer];
  float* out = full_.of(step);
  for (const Pair& pair : tile_) {
    std::copy_n(intact.at(step.layer, pair.row), size, out);
    const float* from = narrow_.at(step.layer, pair.node, pair.row);
    float* to = out + shape.first(sweep_.nodes[pair.node]);
    for (std::size_t p = 0; p < shape.positions; ++p) {
      std::copy_n(from + p * shape.width, shape.width, to + p * shape.channels);
    }
    out += size;
  }
}

void Tile::update(const FullStep& step, const IntactPass& intact, std::span<const Pair> pairs,
                  Worker& worker) {
  const Layer& layer = network_.layer(step.layer);
  const std::uint32_t input = layer.inputs[0];
  const Narrow& shape = *plan_.narrow[input];
  for (std::size_t begin = 0; begin < pairs.size();) {
    const std::uint32_t node = pairs[begin].node;
    const std::size_t first = shape.first(sweep_.nodes[node]);
    intact_rows_.clear();
    out_rows_.clear();
    others_.clear();
    float* deltas = deltas_.data();
    std::size_t end = begin;
    for (; end < pairs.size() && pairs[end].node == node; ++end) {
      intact_rows_.push_back(intact.at(step.layer, pairs[end].row));
      out_rows_.push_back(full_.of(step) + places_[end] * network_.size(step.last));
      if (step.other)
        others_.push_back(full_.row_of(*step.other, intact, pairs[end].row, places_[end]));
      const float* values = narrow_.at(input, node, pairs[end].row);
      gather(intact.at(input, pairs[end].row), shape, first, deltas);
      for (std::size_t i = 0; i < shape.size(); ++i) deltas[i] = values[i] - deltas[i];
      deltas += shape.size();
    }
    layer.update({shape, first, end - begin, deltas_.data(), intact_rows_.data(), out_rows_.data(),
                  &step.tail, others_.data()},
                 worker);
    begin = end;
  }
}

}  // namespace secateur::engine
