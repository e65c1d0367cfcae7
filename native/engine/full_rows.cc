#include "full_rows.h"

#include <algorithm>
#include <numeric>

namespace secateur::engine {

FullRows::FullRows(const PackedNetwork& network, const SweepPlan& plan, std::size_t rows)
    : network_(network), plan_(plan), full_(network.layer_count()) {
  for (const std::size_t size : plan.slot_sizes) slots_.emplace_back(rows * size);
  for (const FullStep& step : plan.full_steps) {
    const std::size_t size = network.size(step.last);
    for (std::size_t r = 0; r < rows; ++r) full_[step.last].push_back(of(step) + r * size);
  }
}

std::size_t FullRows::bytes(const SweepPlan& plan, std::size_t rows) {
  const std::size_t floats =
      std::accumulate(plan.slot_sizes.begin(), plan.slot_sizes.end(), std::size_t{0});
  return rows * (floats * sizeof(float) + plan.full_steps.size() * sizeof(const float*));
}

void FullRows::recompute(const FullStep& step, const IntactPass& intact,
                         std::span<const std::uint32_t> unit_rows, Worker& worker) {
  const Layer& layer = network_.layer(step.layer);
  intact_.resize(std::max(intact_.size(), layer.inputs.size()));
  inputs_.clear();
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
    const std::uint32_t input = layer.inputs[i];
    if (plan_.slot_of[input]) {
      inputs_.push_back(full_[input].data());
      continue;
    }
    intact_[i].clear();
    for (const std::uint32_t row : unit_rows) intact_[i].push_back(intact.at(input, row));
    inputs_.push_back(intact_[i].data());
  }
  if (step.tail.empty()) return layer.forward(inputs_, unit_rows.size(), of(step), worker);
  others_.clear();
  for (std::size_t r = 0; step.other && r < unit_rows.size(); ++r)
    others_.push_back(row_of(*step.other, intact, unit_rows[r], r));
  layer.forward_tailed({inputs_[0], unit_rows.size(), step.tail, others_.data(), of(step)}, worker);
}

}  // namespace secateur::engine
