#include "tile.h"

#include <algorithm>

namespace secateur::engine {

namespace {

// Narrow values of a tile stay in a second-level cache. Its full rows need not: weights that lie in
// the third are read again for every tile.
constexpr std::size_t kNarrowFloats = std::size_t{1} << 18;
constexpr std::size_t kFullFloats = std::size_t{3} << 18;
// Enough for products to run at full speed.
constexpr std::size_t kMostRows = 768;

std::size_t narrow_floats(const SweepPlan& plan) {
  std::size_t sum = 0;
  for (const auto& narrow : plan.narrow) sum += narrow ? narrow->size() : 0;
  return sum;
}

std::size_t gathered_floats(const SweepPlan& plan) {
  std::size_t sum = 0;
  for (const NarrowStep& step : plan.narrow_steps) {
    std::size_t here = 0;
    for (const Narrow& read : step.reads) here += read.size();
    sum = std::max(sum, here);
  }
  return sum;
}

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

std::size_t nodes_at_once(const SweepPlan& plan, std::size_t nodes, std::size_t unit_rows) {
  return std::clamp<std::size_t>(
      kNarrowFloats / std::max<std::size_t>(1, unit_rows * narrow_floats(plan)), 1,
      std::max<std::size_t>(1, nodes));
}

std::size_t rows_at_once(const SweepPlan& plan) {
  return kernels::without_rest(std::clamp<std::size_t>(
      kFullFloats / std::max<std::size_t>(1, full_floats(plan)), 1, kMostRows));
}

// The parts of an intact row that `narrow` stands for, without gaps.
void gather(const float* row, const Narrow& narrow, std::size_t first, float* to) {
  for (std::size_t p = 0; p < narrow.positions; ++p) {
    to = std::copy_n(row + p * narrow.channels + first, narrow.width, to);
  }
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

Tile::Tile(const PackedNetwork& network, const SweepPlan& plan, const Sweep& sweep,
           std::size_t unit_rows, HeadMeasure& head)
    : network_(network),
      plan_(plan),
      sweep_(sweep),
      unit_rows_(unit_rows),
      head_(head),
      nodes_at_once_(nodes_at_once(plan, sweep.nodes.size(), unit_rows)),
      rows_at_once_(rows_at_once(plan)),
      narrow_(plan.narrow.size()),
      deltas_(rows_at_once_ * delta_floats(plan)),
      losses_(rows_at_once_) {
  for (std::size_t layer = 0; layer < narrow_.size(); ++layer) {
    if (plan.narrow[layer])
      narrow_[layer] = core::Buffer(nodes_at_once_ * unit_rows * plan.narrow[layer]->size());
  }
  for (const NarrowStep& step : plan.narrow_steps) {
    if (gathered_.size() < step.reads.size()) gathered_.resize(step.reads.size());
    for (std::size_t i = 0; i < step.reads.size(); ++i) {
      const std::size_t size = unit_rows * step.reads[i].size();
      if (gathered_[i].size() < size) gathered_[i] = core::Buffer(size);
    }
  }
  for (const std::size_t size : plan.slot_sizes) slots_.emplace_back(rows_at_once_ * size);
}

std::size_t Tile::bytes(const SweepPlan& plan, std::size_t nodes, std::size_t unit_rows) {
  const std::size_t pairs = nodes_at_once(plan, nodes, unit_rows) * unit_rows;
  return sizeof(float) * (pairs * narrow_floats(plan) + unit_rows * gathered_floats(plan) +
                          rows_at_once(plan) * full_floats(plan));
}

void Tile::run(const IntactPass& intact, std::size_t first, kernels::RowLoss* results,
               Worker& worker) {
  if (plan_.full_steps.empty()) return;
  for (std::size_t node = 0; node < sweep_.nodes.size(); node += nodes_at_once_) {
    const std::size_t nodes = std::min(nodes_at_once_, sweep_.nodes.size() - node);
    run_narrow(intact, node, nodes);
    find_live(intact, node, nodes);
    const std::span<const Pair> live(live_);
    for (std::size_t r = 0; r < live.size(); r += rows_at_once_) {
      if (worker.stopped()) return;
      run_full(intact, first, live.subspan(r, std::min(rows_at_once_, live.size() - r)), results,
               worker);
    }
  }
}

void Tile::run_narrow(const IntactPass& intact, std::size_t first_node, std::size_t nodes) {
  first_node_ = first_node;
  const std::size_t site_floats = unit_rows_ * plan_.narrow[plan_.site]->size();
  for (std::size_t i = 0; i < nodes; ++i) {
    std::fill_n(narrow_[plan_.site].data() + i * site_floats, site_floats,
                sweep_.values[first_node + i]);
  }
  for (const NarrowStep& step : plan_.narrow_steps) {
    for (std::size_t i = 0; i < nodes; ++i)
      run_narrow_step(step, intact, i, sweep_.nodes[first_node + i]);
  }
}

void Tile::run_narrow_step(const NarrowStep& step, const IntactPass& intact,
                           std::size_t node_in_tile, std::uint32_t node) {
  const Layer& layer = network_.layer(step.layer);
  const std::size_t slice = node_in_tile * unit_rows_;
  std::vector<const float*> inputs(step.reads.size(), nullptr);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Narrow& read = step.reads[i];
    const std::uint32_t input = layer.inputs[i];
    if (read.size() == 0) continue;
    if (plan_.narrow[input]) {
      inputs[i] = narrow_[input].data() + slice * read.size();
      continue;
    }
    for (std::size_t r = 0; r < intact.count(); ++r) {
      gather(intact.at(input, r), read, read.first(node), gathered_[i].data() + r * read.size());
    }
    inputs[i] = gathered_[i].data();
  }
  const Narrow& out = *plan_.narrow[step.layer];
  layer.forward_slice({inputs, intact.count(), out, out.first(node),
                       narrow_[step.layer].data() + slice * out.size()});
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
  for (std::size_t i = 0; i < lives_.size(); ++i) {
    live_[count] = {static_cast<std::uint32_t>(first_node + i / rows),
                    static_cast<std::uint32_t>(i % rows)};
    count += lives_[i];
  }
  live_.resize(count);
}

void Tile::mark_live(const IntactPass& intact, std::uint32_t layer, std::size_t node,
                     std::uint8_t* lives) const {
  const Narrow& shape = *plan_.narrow[layer];
  const std::size_t first = shape.first(sweep_.nodes[node]);
  const float* values = narrow(layer, {static_cast<std::uint32_t>(node), 0});
  for (std::size_t row = 0; row < intact.count(); ++row, values += shape.size()) {
    const float* old = intact.at(layer, row) + first;
    lives[row] |= shape.size() == 1 ? *values != *old : differs(shape, old, values);
  }
}

void Tile::run_full(const IntactPass& intact, std::size_t first, std::span<const Pair> pairs,
                    kernels::RowLoss* results, Worker& worker) {
  for (const FullStep& step : plan_.full_steps) {
    switch (step.how) {
      case FullStep::How::densify:
        densify(step, intact, pairs);
        break;
      case FullStep::How::update:
        update(step, intact, pairs, worker);
        break;
      case FullStep::How::recompute:
        recompute(step, intact, pairs, worker);
        break;
    }
  }
  if (worker.stopped()) return;
  samples_.clear();
  for (const Pair& pair : pairs) samples_.push_back(first + pair.row);
  head_.measure(slots_[plan_.full_steps.back().slot].data(), samples_, losses_.data());
  for (std::size_t r = 0; r < pairs.size(); ++r)
    results[pairs[r].node * kSampleBlock + pairs[r].row] = losses_[r];
}

void Tile::densify(const FullStep& step, const IntactPass& intact, std::span<const Pair> pairs) {
  const std::size_t size = network_.size(step.layer);
  const Narrow& shape = *plan_.narrow[step.layer];
  float* out = slots_[step.slot].data();
  for (const Pair& pair : pairs) {
    std::copy_n(intact.at(step.layer, pair.row), size, out);
    const float* from = narrow(step.layer, pair);
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
  rows_.resize(1);
  for (std::size_t begin = 0; begin < pairs.size();) {
    const std::uint32_t node = pairs[begin].node;
    const std::size_t first = shape.first(sweep_.nodes[node]);
    rows_[0].clear();
    float* deltas = deltas_.data();
    std::size_t end = begin;
    for (; end < pairs.size() && pairs[end].node == node; ++end) {
      rows_[0].push_back(intact.at(step.layer, pairs[end].row));
      const float* values = narrow(input, pairs[end]);
      gather(intact.at(input, pairs[end].row), shape, first, deltas);
      for (std::size_t i = 0; i < shape.size(); ++i) deltas[i] = values[i] - deltas[i];
      deltas += shape.size();
    }
    layer.update({shape, first, end - begin, deltas_.data(), rows_[0].data(),
                  slots_[step.slot].data() + begin * layer.size},
                 worker);
    begin = end;
  }
}

void Tile::recompute(const FullStep& step, const IntactPass& intact, std::span<const Pair> pairs,
                     Worker& worker) {
  const Layer& layer = network_.layer(step.layer);
  rows_.resize(std::max(rows_.size(), layer.inputs.size()));
  lists_.clear();
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
    const std::uint32_t input = layer.inputs[i];
    const std::size_t size = network_.size(input);
    rows_[i].clear();
    for (std::size_t r = 0; r < pairs.size(); ++r) {
      rows_[i].push_back(plan_.slot_of[input] ? slots_[*plan_.slot_of[input]].data() + r * size
                                              : intact.at(input, pairs[r].row));
    }
    lists_.push_back(rows_[i].data());
  }
  layer.forward(lists_, pairs.size(), slots_[step.slot].data(), worker);
}

}  // namespace secateur::engine
