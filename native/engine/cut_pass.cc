#include "cut_pass.h"

#include <algorithm>

#include "narrow_pass.h"

namespace secateur::engine {

namespace {

using How = CutPlan::Step::How;

std::size_t largest_written(const PackedNetwork& network, const CutPlans& plans) {
  std::size_t largest = 0;
  for (std::size_t layer = 0; layer < plans.writes().size(); ++layer) {
    if (plans.writes()[layer]) largest = std::max(largest, network.size(layer));
  }
  return largest;
}

// Whether a row of these narrow values differs from the row of the layer.
bool differs(const Narrow& narrow, const float* row, std::size_t first, const float* values) {
  for (std::size_t p = 0; p < narrow.positions; ++p, values += narrow.width) {
    if (!std::equal(values, values + narrow.width, row + p * narrow.channels + first)) return true;
  }
  return false;
}

}  // namespace

CutPass::CutPass(const PackedNetwork& network, const std::vector<Cut>& cuts, const CutPlans& plans,
                 std::size_t unit_rows)
    : network_(network),
      cuts_(cuts),
      plans_(plans),
      unit_rows_(unit_rows),
      rows_(network.layer_count(), std::vector<const float*>(unit_rows)),
      own_(network.layer_count()),
      held_(network.layer_count()),
      added_(network.layer_count()),
      lives_(unit_rows),
      arena_(plans.arena() * unit_rows),
      scratch_{core::Buffer(largest_written(network, plans) * unit_rows),
               core::Buffer(largest_written(network, plans) * unit_rows)} {}

std::size_t CutPass::bytes(const PackedNetwork& network, const CutPlans& plans,
                           std::size_t unit_rows) {
  std::size_t floats = plans.arena() + 2 * largest_written(network, plans);
  for (std::size_t layer = 0; layer < network.layer_count(); ++layer) {
    if (plans.reads()[layer] || plans.writes()[layer]) floats += network.size(layer);
  }
  return floats * unit_rows * sizeof(float);
}

void CutPass::begin(const IntactPass& intact) {
  count_ = intact.count();
  for (std::uint32_t layer = 0; layer < rows_.size(); ++layer) {
    held_[layer].clear();
    if (intact.at(layer) == nullptr) continue;
    for (std::size_t row = 0; row < count_; ++row) rows_[layer][row] = intact.at(layer, row);
  }
}

const std::vector<std::uint32_t>& CutPass::grow(const CutPlan& plan,
                                                std::span<const std::uint32_t> added, bool more,
                                                Worker& worker) {
  hold(added);
  for (const Path& path : plan.paths) run_path(path);
  find_live(plan);
  if (!live_.empty()) {
    for (const Step& step : plan.steps) {
      if (step.how == How::update) find_changes(step, plan.paths[step.path]);
    }
    for (const Step& step : plan.steps) {
      if (!worker.stopped()) run_step(plan, step, worker);
    }
  }
  if (more) write_back(plan);
  return live_;
}

void CutPass::hold(std::span<const std::uint32_t> added) {
  for (std::vector<std::uint32_t>& cuts : added_) cuts.clear();
  for (const std::uint32_t cut : added) {
    added_[cuts_[cut].site].push_back(cut);
    held_[cuts_[cut].site].push_back(cut);
  }
}

void CutPass::run_path(const Path& path) {
  const std::size_t size = path.narrow[path.site]->size();
  for (std::size_t cut = 0; cut < path.cuts; ++cut) {
    std::fill_n(narrow(path, path.site, cut, 0), count_ * size,
                cuts_[added_[path.site][cut]].value);
  }
  for (const NarrowStep& step : path.steps) {
    for (std::size_t cut = 0; cut < path.cuts; ++cut) run_narrow(path, step, cut);
  }
}

void CutPass::run_narrow(const Path& path, const NarrowStep& step, std::size_t cut) {
  const Layer& layer = network_.layer(step.layer);
  std::size_t gathered = 0;
  for (const Narrow& read : step.reads) gathered += read.size() * count_;
  if (gathered_.size() < gathered) gathered_.resize(gathered);
  float* to = gathered_.data();
  std::vector<const float*> inputs(step.reads.size(), nullptr);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Narrow& read = step.reads[i];
    const std::uint32_t input = layer.inputs[i];
    if (read.size() == 0) continue;
    if (path.narrow[input]) {
      inputs[i] = narrow(path, input, cut, 0);
      continue;
    }
    inputs[i] = to;
    for (std::size_t row = 0; row < count_; ++row, to += read.size())
      gather(rows_[input][row], read, read.first(node(path, cut)), to);
  }
  const Narrow& out = *path.narrow[step.layer];
  layer.forward_slice(
      {inputs, count_, out, out.first(node(path, cut)), narrow(path, step.layer, cut, 0)});
}

// A row lives if anything that full steps read from paths differs in it.
void CutPass::find_live(const CutPlan& plan) {
  std::ranges::fill(lives_, std::uint8_t{plan.all_live});
  for (const Step& step : plan.steps) {
    if (step.how == How::write) mark_live(plan.paths[step.path], step.layer);
    if (step.how == How::update)
      mark_live(plan.paths[step.path], network_.layer(step.layer).inputs[0]);
  }
  live_.clear();
  for (std::uint32_t row = 0; row < count_; ++row) {
    if (lives_[row]) live_.push_back(row);
  }
}

void CutPass::mark_live(const Path& path, std::uint32_t layer) {
  const Narrow& shape = *path.narrow[layer];
  for (std::size_t cut = 0; cut < path.cuts; ++cut) {
    const std::size_t first = shape.first(node(path, cut));
    const float* values = narrow(path, layer, cut, 0);
    for (std::size_t row = 0; row < count_; ++row, values += shape.size()) {
      if (!lives_[row]) lives_[row] = differs(shape, rows_[layer][row], first, values) ? 1 : 0;
    }
  }
}

// Of the live rows, while the rows still have the values before the step: [cut][live row][size].
void CutPass::find_changes(const Step& step, const Path& path) {
  const std::uint32_t input = network_.layer(step.layer).inputs[0];
  const Narrow& shape = *path.narrow[input];
  float* changes = arena_.data() + step.offset * unit_rows_;
  for (std::size_t cut = 0; cut < path.cuts; ++cut) {
    for (const std::uint32_t row : live_) {
      const float* values = narrow(path, input, cut, row);
      gather(rows_[input][row], shape, shape.first(node(path, cut)), changes);
      for (std::size_t i = 0; i < shape.size(); ++i) changes[i] = values[i] - changes[i];
      changes += shape.size();
    }
  }
}

void CutPass::run_step(const CutPlan& plan, const Step& step, Worker& worker) {
  switch (step.how) {
    case How::hold:
      for (const std::uint32_t row : live_) own(step.layer, row);
      break;
    case How::write:
      for (const std::uint32_t row : live_) write(plan.paths[step.path], step.layer, row);
      break;
    case How::update:
      update(step, plan.paths[step.path], worker);
      break;
    case How::recompute:
      recompute(step, worker);
      break;
  }
  put_held(step.layer);
}

void CutPass::update(const Step& step, const Path& path, Worker& worker) {
  const Layer& layer = network_.layer(step.layer);
  const Narrow& shape = *path.narrow[layer.inputs[0]];
  lists_.resize(std::max<std::size_t>(1, lists_.size()));
  std::vector<const float*>& base = lists_[0];
  base.clear();
  for (const std::uint32_t row : live_) base.push_back(rows_[step.layer][row]);
  const float* changes = arena_.data() + step.offset * unit_rows_;
  float* out = nullptr;
  std::vector<float*> outs(live_.size());
  for (std::size_t cut = 0; cut < path.cuts; ++cut) {
    out = scratch_[cut % 2].data();
    for (std::size_t r = 0; r < live_.size(); ++r) outs[r] = out + r * layer.size;
    layer.update(
        {shape, shape.first(node(path, cut)), live_.size(), changes, base.data(), outs.data()},
        worker);
    std::ranges::copy(outs, base.begin());
    changes += live_.size() * shape.size();
  }
  keep(step.layer, out);
}

void CutPass::recompute(const Step& step, Worker& worker) {
  const Layer& layer = network_.layer(step.layer);
  lists_.resize(std::max(lists_.size(), layer.inputs.size()));
  std::vector<RowList> inputs;
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
    lists_[i].clear();
    for (const std::uint32_t row : live_) lists_[i].push_back(rows_[layer.inputs[i]][row]);
    inputs.push_back(lists_[i].data());
  }
  layer.forward(inputs, live_.size(), scratch_[0].data(), worker);
  keep(step.layer, scratch_[0].data());
}

void CutPass::write(const Path& path, std::uint32_t layer, std::size_t row) {
  const Narrow& shape = *path.narrow[layer];
  float* to = own(layer, row);
  for (std::size_t cut = 0; cut < path.cuts; ++cut) {
    const std::size_t first = shape.first(node(path, cut));
    const float* values = narrow(path, layer, cut, row);
    for (std::size_t p = 0; p < shape.positions; ++p)
      std::copy_n(values + p * shape.width, shape.width, to + p * shape.channels + first);
  }
}

void CutPass::put_held(std::uint32_t layer) {
  const std::size_t channels = network_.shape(layer).back();
  for (const std::uint32_t cut : held_[layer]) {
    for (const std::uint32_t row : live_) {
      float* values = own(layer, row);
      for (std::size_t i = cuts_[cut].node; i < network_.size(layer); i += channels)
        values[i] = cuts_[cut].value;
    }
  }
}

// Dead rows too: what hides a change from the scores now may not do so after later steps.
void CutPass::write_back(const CutPlan& plan) {
  for (const Path& path : plan.paths) {
    for (std::uint32_t layer = 0; layer < path.narrow.size(); ++layer) {
      if (!path.narrow[layer] || !plans_.reads()[layer]) continue;
      for (std::size_t row = 0; row < count_; ++row) write(path, layer, row);
    }
  }
}

// The row's values to be written to.
float* CutPass::own(std::uint32_t layer, std::size_t row) {
  const std::size_t size = network_.size(layer);
  if (own_[layer].size() == 0) own_[layer] = core::Buffer(unit_rows_ * size);
  float* to = own_[layer].data() + row * size;
  if (rows_[layer][row] != to) std::copy_n(rows_[layer][row], size, to);
  rows_[layer][row] = to;
  return to;
}

// The live rows become those of `rows`, one after the other.
void CutPass::keep(std::uint32_t layer, const float* rows) {
  const std::size_t size = network_.size(layer);
  if (own_[layer].size() == 0) own_[layer] = core::Buffer(unit_rows_ * size);
  for (const std::uint32_t row : live_) {
    float* to = own_[layer].data() + row * size;
    std::copy_n(rows, size, to);
    rows_[layer][row] = to;
    rows += size;
  }
}

}  // namespace secateur::engine
