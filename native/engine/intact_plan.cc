#include "intact_plan.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace secateur::engine {

namespace {

constexpr auto kInput = PackedNetwork::kInput;

}  // namespace

std::vector<std::uint32_t> named_by(const std::vector<bool>& mask) {
  std::vector<std::uint32_t> layers;
  for (std::uint32_t layer = 0; layer < mask.size(); ++layer) {
    if (mask[layer]) layers.push_back(layer);
  }
  return layers;
}

IntactPlan::IntactPlan(const PackedNetwork& network, const std::vector<bool>& read)
    : network_(network),
      wanted_(network.ancestors(named_by(read))),
      readers_(read.begin(), read.end()) {
  const std::vector<std::uint32_t> layers = named_by(wanted_);
  for (const std::uint32_t layer : layers) {
    for (const std::uint32_t input : network.layer(layer).inputs) ++readers_[input];
  }
  // A layer that is read has a reader more than its tail may have.
  for (const std::uint32_t layer : layers) {
    if (layer != kInput && !join(layer)) steps_.push_back({layer, layer});
  }
  assign_slots(read);
}

// Runs the layer with the step that makes one of its inputs, if nobody else reads that.
bool IntactPlan::join(std::uint32_t index) {
  const Layer& layer = network_.layer(index);
  for (std::size_t i = steps_.size(); i-- > 0;) {
    Step& step = steps_[i];
    if (std::ranges::find(layer.inputs, step.last) == layer.inputs.end()) continue;
    Tail tail = step.tail;
    if (readers_[step.last] != 1 || !layer.join(tail)) continue;
    if (!network_.layer(step.layer).can_forward(tail)) continue;
    std::optional<std::uint32_t> other = step.other;
    for (const std::uint32_t input : layer.inputs) {
      if (input != step.last) other = input;
    }
    if (other != step.other && !is_there(*other, i)) continue;
    step.tail = tail;
    step.other = other;
    step.last = index;
    return true;
  }
  return false;
}

// Whether the layer's value is there before that step.
bool IntactPlan::is_there(std::uint32_t layer, std::size_t step) const {
  const auto before = std::span(steps_).first(step);
  return layer == kInput || std::ranges::find(before, layer, &Step::last) != before.end();
}

// By layer: the last step that reads its value, itself or through a view.
std::vector<std::size_t> IntactPlan::last_reads(const std::vector<bool>& read) const {
  std::vector<std::size_t> last(network_.layer_count(), 0);
  for (std::size_t i = 0; i < steps_.size(); ++i)
    each_read(steps_[i], [&](std::uint32_t layer) { last[layer] = i; });
  for (const std::uint32_t layer : named_by(read))
    last[layer] = std::numeric_limits<std::size_t>::max();
  for (std::size_t i = steps_.size(); i-- > 0;) {
    if (!is_view(steps_[i])) continue;
    std::size_t& of_input = last[network_.layer(steps_[i].layer).inputs[0]];
    of_input = std::max(of_input, last[steps_[i].last]);
  }
  return last;
}

// Room that is free is taken by what fits into it best.
void IntactPlan::assign_slots(const std::vector<bool>& read) {
  const std::vector<std::size_t> last = last_reads(read);
  std::vector<std::uint32_t> holder;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    Step& step = steps_[i];
    if (is_view(step)) continue;
    const std::size_t size = network_.size(step.last);
    std::size_t best = holder.size();
    for (std::size_t slot = 0; slot < holder.size(); ++slot) {
      if (last[holder[slot]] < i && slot_sizes_[slot] >= size &&
          (best == holder.size() || slot_sizes_[slot] < slot_sizes_[best]))
        best = slot;
    }
    if (best == holder.size()) {
      holder.push_back(0);
      slot_sizes_.push_back(size);
    }
    holder[best] = step.last;
    step.slot = best;
  }
}

std::vector<bool> IntactPlan::steps_for(const std::vector<bool>& read) const {
  std::vector<bool> wanted = read;
  std::vector<bool> taken(steps_.size(), false);
  for (std::size_t i = steps_.size(); i-- > 0;) {
    taken[i] = wanted[steps_[i].last];
    if (taken[i]) each_read(steps_[i], [&](std::uint32_t layer) { wanted[layer] = true; });
  }
  return taken;
}

std::size_t IntactPlan::row_bytes() const {
  return sizeof(float) * std::accumulate(slot_sizes_.begin(), slot_sizes_.end(),
                                         wanted_[kInput] ? network_.size(kInput) : 0);
}

double IntactPlan::macs() const {
  double sum = 0;
  for (const std::uint32_t layer : named_by(wanted_)) sum += network_.layer(layer).macs();
  return sum;
}

}  // namespace secateur::engine
