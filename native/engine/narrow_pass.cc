#include "narrow_pass.h"

#include <algorithm>

#include "kernels.h"

namespace secateur::engine {

namespace {

// Narrow values stay in a second-level cache.
constexpr std::size_t kNarrowFloats = std::size_t{1} << 18;

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

// Rows that narrow values are kept for: one stands for all samples if they do not differ.
std::size_t narrow_rows(const SweepPlan& plan, std::size_t unit_rows) {
  return plan.constant ? 1 : unit_rows;
}

std::size_t nodes_that_fit(const SweepPlan& plan, std::size_t nodes, std::size_t rows) {
  return std::clamp<std::size_t>(
      kNarrowFloats / std::max<std::size_t>(1, rows * narrow_floats(plan)), 1,
      std::max<std::size_t>(1, nodes));
}

}  // namespace

void gather(const float* row, const Narrow& narrow, std::size_t first, float* to) {
  for (std::size_t p = 0; p < narrow.positions; ++p) {
    to = std::copy_n(row + p * narrow.channels + first, narrow.width, to);
  }
}

core::Buffer unit_changes(const PackedNetwork& network, const SweepPlan& plan, const Sweep& sweep,
                          std::uint32_t layer, Worker& worker) {
  const Layer& product = network.layer(layer);
  const Narrow& narrow = *plan.narrow[product.inputs[0]];
  const float one = 1;
  const std::vector<float> zeros(product.size);
  const float* base = zeros.data();
  core::Buffer changes(sweep.nodes.size() * product.size);
  std::ranges::fill(changes.span(), 0.0f);  // what a run that is told to end finds here
  for (std::size_t i = 0; i < sweep.nodes.size(); ++i) {
    float* const row = changes.data() + i * product.size;
    product.update({narrow, narrow.first(sweep.nodes[i]), 1, &one, &base, &row}, worker);
  }
  return changes;
}

NarrowPass::NarrowPass(const PackedNetwork& network, const SweepPlan& plan, const Sweep& sweep,
                       std::size_t unit_rows)
    : network_(network),
      plan_(plan),
      sweep_(sweep),
      rows_(narrow_rows(plan, unit_rows)),
      nodes_at_once_(nodes_that_fit(plan, sweep.nodes.size(), rows_)),
      consecutive_(std::ranges::adjacent_find(
                       sweep.nodes, [](std::uint32_t a, std::uint32_t b) { return b != a + 1; }) ==
                   sweep.nodes.end()),
      values_(plan.narrow.size()) {
  for (std::size_t layer = 0; layer < values_.size(); ++layer) {
    if (plan.narrow[layer])
      values_[layer] = core::Buffer(nodes_at_once_ * rows_ * plan.narrow[layer]->size());
  }
  for (const NarrowStep& step : plan.narrow_steps) {
    if (gathered_.size() < step.reads.size()) gathered_.resize(step.reads.size());
    for (std::size_t i = 0; i < step.reads.size(); ++i) {
      const std::size_t size = rows_ * step.reads[i].size();
      if (gathered_[i].size() < size) gathered_[i] = core::Buffer(size);
    }
  }
}

std::size_t NarrowPass::bytes(const SweepPlan& plan, std::size_t nodes, std::size_t unit_rows) {
  const std::size_t rows = narrow_rows(plan, unit_rows);
  const std::size_t pairs = nodes_that_fit(plan, nodes, rows) * rows;
  return sizeof(float) * (pairs * narrow_floats(plan) + rows * gathered_floats(plan));
}

void NarrowPass::run(const IntactPass& intact, std::size_t first_node, std::size_t nodes) {
  if (plan_.constant && first_node == first_node_ && nodes == nodes_) return;
  first_node_ = first_node;
  nodes_ = nodes;
  for (std::size_t node = first_node; node < first_node + nodes; ++node) {
    std::fill_n(slice(plan_.site, node), rows_ * plan_.narrow[plan_.site]->size(),
                sweep_.values[node]);
  }
  for (const NarrowStep& step : plan_.narrow_steps) {
    for (std::size_t node = first_node; node < first_node + nodes; ++node)
      run_step(step, intact, node);
  }
}

void NarrowPass::changes(std::uint32_t layer, const IntactPass& intact, std::size_t row,
                         float* out) const {
  const Narrow& narrow = *plan_.narrow[layer];
  const float* old = intact.at(layer, row);
  const float* values = at(layer, first_node_, row);
  if (plan_.constant && consecutive_ && narrow.step == 1) {
    old += narrow.first(sweep_.nodes[first_node_]);
    return kernels::kernels().subtract(values, old, nodes_, out);
  }
  for (std::size_t i = 0; i < nodes_; ++i)
    out[i] = values[i * rows_] - old[narrow.first(sweep_.nodes[first_node_ + i])];
}

void NarrowPass::run_step(const NarrowStep& step, const IntactPass& intact, std::size_t node) {
  const Layer& layer = network_.layer(step.layer);
  const std::uint32_t channel = sweep_.nodes[node];
  std::vector<const float*> inputs(step.reads.size(), nullptr);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Narrow& read = step.reads[i];
    const std::uint32_t input = layer.inputs[i];
    if (read.size() == 0) continue;
    if (plan_.narrow[input]) {
      inputs[i] = slice(input, node);
      continue;
    }
    for (std::size_t r = 0; r < intact.count(); ++r) {
      gather(intact.at(input, r), read, read.first(channel), gathered_[i].data() + r * read.size());
    }
    inputs[i] = gathered_[i].data();
  }
  const Narrow& out = *plan_.narrow[step.layer];
  const std::size_t rows = plan_.constant ? 1 : intact.count();
  layer.forward_slice({inputs, rows, out, out.first(channel), slice(step.layer, node)});
}

}  // namespace secateur::engine
