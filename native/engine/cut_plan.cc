#include "cut_plan.h"

#include <algorithm>

namespace secateur::engine {

namespace {

using How = CutPlan::Step::How;

// Changes of single channels cost more a multiply-add than a whole product does; and a set of two
// nodes goes the way that each of them goes alone, so that a dead one changes no bit.
bool few(std::size_t cuts, std::size_t channels) { return cuts <= 2 || cuts * 16 <= channels; }

// Where a step cuts, and where cuts are held after it: by layer, their number.
struct Sites {
  std::vector<std::size_t> added;
  std::vector<bool> held;
};

class Planner {
 public:
  Planner(const PackedNetwork& network, std::uint32_t head, const Sites& sites)
      : network_(network), head_(head), sites_(sites), state_(network.layer_count()) {
    plan_.reads.resize(network.layer_count(), false);
  }

  CutPlan plan() {
    const std::vector<bool> wanted = network_.ancestors(std::span(&head_, 1));
    for (std::uint32_t layer = 0; layer <= head_; ++layer) {
      if (wanted[layer]) visit(layer);
    }
    if (state_[head_].path && !state_[head_].full) write(head_);
    return std::move(plan_);
  }

 private:
  // What a step does to the value of a layer.
  struct State {
    std::optional<std::size_t> path;  // narrow
    bool full = false;
    bool changed() const { return path || full; }
  };

  CutPlan::Path& path_of(std::uint32_t layer) { return plan_.paths[*state_[layer].path]; }

  void visit(std::uint32_t index) {
    const Layer& layer = network_.layer(index);
    const bool changed = std::ranges::any_of(
        layer.inputs, [this](std::uint32_t input) { return state_[input].changed(); });
    if (!changed) {
      if (sites_.added[index] > 0) begin_path(index, layer);
    } else if (sites_.held[index] || !stay_narrow(index, layer)) {
      if (!update(index, layer)) recompute(index, layer);
      if (sites_.added[index] > 0) plan_.all_live = true;
    }
  }

  void begin_path(std::uint32_t index, const Layer& layer) {
    const std::size_t cuts = sites_.added[index];
    const std::size_t channels = layer.shape.back();
    if (!few(cuts, channels)) {
      plan_.reads[index] = plan_.all_live = true;
      return add_step(index, How::hold);
    }
    state_[index].path = plan_.paths.size();
    plan_.paths.push_back({index,
                           cuts,
                           std::vector<std::optional<Narrow>>(state_.size()),
                           std::vector<std::size_t>(state_.size(), 0),
                           {}});
    add_narrow(index, Narrow{layer.size / channels, channels, 0, 1, 1});
  }

  void add_narrow(std::uint32_t layer, const Narrow& narrow) {
    CutPlan::Path& path = path_of(layer);
    path.narrow[layer] = narrow;
    path.offsets[layer] = take_arena(path.cuts * narrow.size());
  }

  std::size_t take_arena(std::size_t floats) {
    plan_.arena += floats;
    return plan_.arena - floats;
  }

  bool stay_narrow(std::uint32_t index, const Layer& layer) {
    std::optional<std::size_t> path;
    std::vector<std::optional<Narrow>> inputs;
    for (const std::uint32_t input : layer.inputs) {
      const State& state = state_[input];
      if (state.changed() && (!state.path || (path && path != state.path))) return false;
      if (state.path) path = state.path;
      inputs.push_back(state.path ? path_of(input).narrow[input] : std::nullopt);
    }
    auto carried = layer.carry(inputs);
    if (!carried) return false;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!inputs[i] && carried->inputs[i].size() > 0) plan_.reads[layer.inputs[i]] = true;
    }
    state_[index].path = path;
    add_narrow(index, carried->out);
    add_macs(index, path_of(index).cuts * carried->out.size(), layer.size);
    path_of(index).steps.push_back({index, std::move(carried->inputs)});
    return true;
  }

  bool update(std::uint32_t index, const Layer& layer) {
    const std::uint32_t input = layer.inputs[0];
    if (layer.inputs.size() != 1 || !state_[input].path) return false;
    const CutPlan::Path& path = path_of(input);
    const Narrow& narrow = *path.narrow[input];
    if (!layer.can_update(narrow)) return false;
    plan_.reads[input] = plan_.reads[index] = true;
    add_macs(index, path.cuts * narrow.size(), network_.size(input));
    add_step(index, How::update, *state_[input].path, take_arena(path.cuts * narrow.size()));
    return true;
  }

  void recompute(std::uint32_t index, const Layer& layer) {
    for (const std::uint32_t input : layer.inputs) {
      if (state_[input].path && !state_[input].full) write(input);
      if (!state_[input].full) plan_.reads[input] = true;
    }
    add_macs(index, 1, 1);
    add_step(index, How::recompute);
  }

  void write(std::uint32_t layer) {
    plan_.reads[layer] = true;
    add_step(layer, How::write, *state_[layer].path);
  }

  void add_step(std::uint32_t layer, How how, std::size_t path = 0, std::size_t offset = 0) {
    state_[layer].full = true;
    plan_.steps.push_back({layer, how, path, offset});
  }

  void add_macs(std::uint32_t layer, std::size_t part, std::size_t whole) {
    plan_.macs +=
        network_.layer(layer).macs() * static_cast<double>(part) / static_cast<double>(whole);
  }

  const PackedNetwork& network_;
  std::uint32_t head_;
  const Sites& sites_;
  std::vector<State> state_;
  CutPlan plan_;
};

}  // namespace

CutPlans::CutPlans(const PackedNetwork& network, std::uint32_t head, const std::vector<Cut>& cuts,
                   const CutSets& sets)
    : reads_(network.layer_count(), false), writes_(network.layer_count(), false) {
  const std::size_t layers = network.layer_count();
  Sites sites{{}, std::vector<bool>(layers, false)};
  for (std::size_t set = 0; set < sets.size(); ++set) {
    if (!sets.grows[set]) sites.held.assign(layers, false);
    sites.added.assign(layers, 0);
    for (const std::uint32_t member : sets.added(set)) {
      ++sites.added[cuts[member].site];
      sites.held[cuts[member].site] = true;
    }
    Key key;
    for (std::size_t layer = 0; layer < layers; ++layer) {
      const std::size_t channels = network.shape(layer).back();
      const std::size_t added = sites.added[layer];
      // Many cuts are planned alike, however many they are.
      if (sites.held[layer])
        key.insert(key.end(), {layer, few(added, channels) ? added : channels + 1});
    }
    const auto [found, fresh] = plans_.try_emplace(std::move(key));
    if (fresh) {
      found->second = Planner(network, head, sites).plan();
      note(found->second);
    }
    of_set_.push_back(&found->second);
  }
}

void CutPlans::note(const CutPlan& plan) {
  for (std::size_t layer = 0; layer < reads_.size(); ++layer)
    reads_[layer] = reads_[layer] || plan.reads[layer];
  for (const CutPlan::Step& step : plan.steps) writes_[step.layer] = true;
  arena_ = std::max(arena_, plan.arena);
}

}  // namespace secateur::engine
