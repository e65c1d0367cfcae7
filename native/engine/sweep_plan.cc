#include "sweep_plan.h"

#include <algorithm>
#include <limits>

namespace secateur::engine {

namespace {

using How = FullStep::How;

class Planner {
 public:
  Planner(const PackedNetwork& network, std::uint32_t site, std::uint32_t head)
      : network_(network), head_(head) {
    const std::size_t layers = network.layer_count();
    plan_.site = site;
    plan_.narrow.resize(layers);
    plan_.slot_of.resize(layers);
    plan_.intact.resize(layers, false);
    full_.resize(layers, false);
    readers_.resize(layers, 0);
    const std::vector<bool> wanted = network.ancestors(std::span(&head, 1));
    for (std::uint32_t layer = 0; layer <= head; ++layer) {
      if (!wanted[layer]) continue;
      for (const std::uint32_t input : network.layer(layer).inputs) ++readers_[input];
    }
  }

  SweepPlan plan() {
    const std::vector<bool> wanted = network_.ancestors(std::span(&head_, 1));
    if (!wanted[plan_.site]) return std::move(plan_);
    const Layer& site = network_.layer(plan_.site);
    const std::size_t channels = site.shape.back();
    plan_.narrow[plan_.site] = Narrow{site.size / channels, channels, 0, 1, 1};
    for (std::uint32_t layer = plan_.site + 1; layer <= head_; ++layer) {
      if (wanted[layer]) visit(layer);
    }
    if (plan_.narrow[head_]) densify(head_);
    assign_slots();
    return std::move(plan_);
  }

 private:
  bool changed(std::uint32_t layer) const {
    return plan_.narrow[layer].has_value() || full_[layer];
  }

  void visit(std::uint32_t index) {
    const Layer& layer = network_.layer(index);
    if (std::ranges::none_of(layer.inputs, [this](auto input) { return changed(input); })) return;
    if (!stay_narrow(index, layer) && !update(index, layer) && !join(index, layer))
      recompute(index, layer);
  }

  bool stay_narrow(std::uint32_t index, const Layer& layer) {
    std::vector<std::optional<Narrow>> inputs;
    for (const std::uint32_t input : layer.inputs) {
      if (full_[input] && !plan_.narrow[input]) return false;
      inputs.push_back(plan_.narrow[input]);
    }
    auto carried = layer.carry(inputs);
    if (!carried) return false;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i] || carried->inputs[i].size() == 0) continue;
      plan_.intact[layer.inputs[i]] = true;
      plan_.constant = false;
    }
    plan_.narrow[index] = carried->out;
    plan_.macs +=
        layer.macs() * static_cast<double>(carried->out.size()) / static_cast<double>(layer.size);
    plan_.narrow_steps.push_back({index, std::move(carried->inputs)});
    return true;
  }

  bool update(std::uint32_t index, const Layer& layer) {
    const std::uint32_t input = layer.inputs[0];
    if (layer.inputs.size() != 1 || !plan_.narrow[input] || !layer.can_update(*plan_.narrow[input]))
      return false;
    read_narrow(input);
    plan_.intact[index] = true;
    add_full(index, How::update);
    plan_.macs += layer.macs() * static_cast<double>(plan_.narrow[input]->size()) /
                  static_cast<double>(network_.size(input));
    return true;
  }

  // Runs the layer with the step that makes one of its inputs, if nobody else reads that.
  bool join(std::uint32_t index, const Layer& layer) {
    for (std::size_t i = plan_.full_steps.size(); i-- > 0;) {
      const FullStep& found = plan_.full_steps[i];
      if (std::ranges::find(layer.inputs, found.last) == layer.inputs.end()) continue;
      Tail tail = found.tail;
      if (readers_[found.last] != 1 || !layer.join(tail) || !takes(found, tail)) continue;
      std::optional<std::uint32_t> other = found.other;
      for (const std::uint32_t input : layer.inputs) {
        if (input != found.last) other = input;
      }
      const std::optional<std::size_t> place = other == found.other ? i : place_behind(*other, i);
      if (!place) continue;
      FullStep& step = plan_.full_steps[*place];
      step.tail = tail;
      step.other = other;
      full_[index] = true;
      step.last = index;
      plan_.macs += layer.macs();
      return true;
    }
    return false;
  }

  bool takes(const FullStep& step, const Tail& tail) const {
    const Layer& layer = network_.layer(step.layer);
    if (step.how == How::recompute) return layer.can_forward(tail);
    return step.how == How::update && layer.can_update(*plan_.narrow[layer.inputs[0]], tail);
  }

  // Where step `reader` stands once it can read all of the layer's value, if it can: the value is
  // intact, or full before that step, or narrow and written into the intact one right before it.
  std::optional<std::size_t> place_behind(std::uint32_t layer, std::size_t reader) {
    if (!changed(layer)) {
      plan_.intact[layer] = true;
      return reader;
    }
    const auto first = plan_.full_steps.begin();
    const auto at = first + static_cast<std::ptrdiff_t>(reader);
    if (full_[layer]) {
      const bool before = std::ranges::find(first, at, layer, &FullStep::last) != at;
      return before ? std::optional(reader) : std::nullopt;
    }
    read_narrow(layer);
    full_[layer] = true;
    plan_.full_steps.insert(at, {layer, How::densify, 0, layer});
    return reader + 1;
  }

  void recompute(std::uint32_t index, const Layer& layer) {
    for (const std::uint32_t input : layer.inputs) {
      if (plan_.narrow[input] && !full_[input]) densify(input);
      if (!full_[input]) plan_.intact[input] = true;
    }
    add_full(index, How::recompute);
    plan_.macs += layer.macs();
  }

  void densify(std::uint32_t layer) {
    read_narrow(layer);
    add_full(layer, How::densify);
  }

  void read_narrow(std::uint32_t layer) {
    plan_.intact[layer] = true;
    if (std::ranges::find(plan_.frontier, layer) == plan_.frontier.end())
      plan_.frontier.push_back(layer);
  }

  void add_full(std::uint32_t layer, How how) {
    full_[layer] = true;
    plan_.full_steps.push_back({layer, how, 0, layer});
  }

  // By layer: the last step that reads its full rows.
  std::vector<std::size_t> last_reads() const {
    std::vector<std::size_t> last(network_.layer_count(), 0);
    for (std::size_t i = 0; i < plan_.full_steps.size(); ++i) {
      const FullStep& step = plan_.full_steps[i];
      if (step.other) last[*step.other] = i;
      if (step.how != How::recompute) continue;
      for (const std::uint32_t input : network_.layer(step.layer).inputs) last[input] = i;
    }
    last[head_] = std::numeric_limits<std::size_t>::max();
    return last;
  }

  // Rows that nobody reads any more make room for new ones, at once where the layer works in place.
  void assign_slots() {
    const std::vector<std::size_t> last = last_reads();
    std::vector<std::optional<std::uint32_t>> holder;
    for (std::size_t i = 0; i < plan_.full_steps.size(); ++i) {
      FullStep& step = plan_.full_steps[i];
      const Layer& layer = network_.layer(step.layer);
      const bool in_place =
          step.how == How::recompute && step.last == step.layer && layer.in_place();
      const auto free = std::ranges::find_if(holder, [&](const auto& held) {
        return !held || last[*held] < i ||
               (in_place && last[*held] == i && *held == layer.inputs[0]);
      });
      step.slot = static_cast<std::size_t>(free - holder.begin());
      if (free == holder.end()) {
        holder.emplace_back();
        plan_.slot_sizes.push_back(0);
      }
      holder[step.slot] = step.last;
      plan_.slot_of[step.last] = step.slot;
      plan_.slot_sizes[step.slot] = std::max(plan_.slot_sizes[step.slot], network_.size(step.last));
    }
  }

  const PackedNetwork& network_;
  std::uint32_t head_;
  SweepPlan plan_;
  std::vector<bool> full_;
  std::vector<std::size_t> readers_;  // of each layer, among what the head depends on
};

}  // namespace

SweepPlan plan_sweep(const PackedNetwork& network, std::uint32_t site, std::uint32_t head) {
  return Planner(network, site, head).plan();
}

}  // namespace secateur::engine
