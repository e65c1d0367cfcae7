#include "intact_pass.h"

#include <algorithm>

#include "kernels.h"

namespace secateur::engine {

namespace {

// About what a core's second-level cache and its share of the third hold.
constexpr std::size_t kUnitBytes = std::size_t{4} << 20;

}  // namespace

std::size_t unit_rows(std::size_t row_bytes) {
  std::size_t rows = kSampleBlock;
  while (rows > 1 && rows * row_bytes > kUnitBytes) rows /= 2;
  return rows;
}

IntactPass::IntactPass(const PackedNetwork& network, const IntactPlan& plan, std::size_t rows)
    : network_(network),
      plan_(plan),
      rows_(rows),
      sizes_(network.layer_count()),
      winners_(network.layer_count()),
      values_(network.layer_count()) {
  for (const std::size_t size : plan.slot_sizes()) slots_.emplace_back(rows * size);
}

void IntactPass::keep_sizes(const std::vector<bool>& layers) {
  for (std::size_t layer = 0; layer < layers.size(); ++layer)
    if (layers[layer]) sizes_[layer] = core::Buffer(rows_ * network_.size(layer));
}

void IntactPass::keep_winners(const std::vector<bool>& layers) {
  for (std::size_t layer = 0; layer < layers.size(); ++layer)
    if (layers[layer]) winners_[layer] = core::Buffer(rows_ * network_.size(layer));
}

void IntactPass::load(const Samples& samples, std::size_t first, std::size_t count) {
  constexpr auto kInput = PackedNetwork::kInput;
  const std::size_t size = network_.size(kInput);
  count_ = count;
  if (samples.bytes.empty() && samples.scale == 1) {
    values_[kInput] = samples.floats.data() + first * size;
    return;
  }
  if (samples_.size() == 0) samples_ = core::Buffer(rows_ * size);
  if (samples.bytes.empty()) {
    std::ranges::transform(samples.floats.subspan(first * size, count * size), samples_.data(),
                           [scale = samples.scale](float x) { return scale * x; });
  } else {
    kernels::kernels().scale_bytes(samples.bytes.data() + first * size, samples_.data(),
                                   count * size, samples.scale);
  }
  values_[kInput] = samples_.data();
}

void IntactPass::run(Worker& worker) {
  for (const IntactPlan::Step& step : plan_.steps()) {
    if (!worker.stopped()) run_step(step, worker);
  }
}

void IntactPass::run(const std::vector<bool>& steps, Worker& worker) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i] && !worker.stopped()) run_step(plan_.steps()[i], worker);
  }
}

void IntactPass::list_rows(std::uint32_t layer, std::vector<const float*>& rows) const {
  rows.clear();
  for (std::size_t r = 0; r < count_; ++r) rows.push_back(at(layer, r));
}

void IntactPass::run_step(const IntactPlan::Step& step, Worker& worker) {
  const Layer& layer = network_.layer(step.layer);
  if (!step.slot) {
    values_[step.last] = values_[layer.inputs[0]];
    return;
  }
  if (rows_of_.size() < layer.inputs.size()) rows_of_.resize(layer.inputs.size());
  lists_.clear();
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
    list_rows(layer.inputs[i], rows_of_[i]);
    lists_.push_back(rows_of_[i].data());
  }
  float* out = slots_[*step.slot].data();
  if (sizes_[step.layer].size() > 0) {
    layer.forward_sized(lists_[0], count_, out, sizes_[step.layer].data(), worker);
  } else if (step.tail.empty()) {
    layer.forward(lists_, count_, out, worker);
  } else {
    if (step.other) list_rows(*step.other, others_);
    float* winners = winners_[step.last].data();
    layer.forward_tailed({lists_[0], count_, step.tail, others_.data(), out, winners}, worker);
  }
  values_[step.last] = out;
}

}  // namespace secateur::engine
