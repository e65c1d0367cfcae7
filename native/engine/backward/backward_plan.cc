#include "backward_plan.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "intact_plan.h"

namespace secateur::engine {

namespace {

// Layers at whose output the job wants to see the signal, or behind such layers.
std::vector<bool> leading(const PackedNetwork& network, const PropagationJob& job) {
  std::vector<bool> leads(network.layer_count());
  for (const Tap& tap : job.taps) leads[tap.layer] = true;
  for (const Map& map : job.maps) leads[map.layer] = true;
  for (const auto* asked : {&job.weight_gradients, &job.weighted_squares})
    for (const std::uint32_t layer : *asked) leads[layer] = true;
  for (std::size_t index = 0; index < leads.size(); ++index) {
    for (const std::uint32_t input : network.layer(index).inputs)
      leads[index] = leads[index] || leads[input];
  }
  return leads;
}

// Whether it only clamps, so that its slope is told by its output.
bool clamps(const Layer& layer) {
  Tail tail;
  return layer.join(tail) && tail.only_clamps();
}

// Whether it may run as a tail that pools.
bool pools(const Layer& layer) {
  Tail tail;
  return layer.join(tail) && tail.pools();
}

}  // namespace

BackwardPlan::BackwardPlan(const PackedNetwork& network, const PropagationJob& job)
    : network_(network),
      job_(job),
      rules_(job.rules),
      leads_(leading(network, job)),
      weighted_(network.layer_count()),
      slot_of_(network.layer_count()) {
  for (const std::uint32_t layer : job.weighted_squares)
    squares_.push_back(network.layer(layer).weighted_squares());
  choose_values();
  plan(job.head.layer);
}

void BackwardPlan::plan(std::uint32_t head) {
  const std::vector<bool> wanted = network_.ancestors(std::span(&head, 1));
  slot_of_[head] = take_slot(network_.size(head));
  for (std::uint32_t index = head + 1; index-- > 0;) {
    if (!wanted[index] || (!leads_[index] && index != head)) continue;
    const Layer& layer = network_.layer(index);
    if (goes_on(index) && layer.has_weights() && rules_[index].type != BackwardRule::Type::pass) {
      weighted_[index] =
          std::make_unique<WeightedBack>(layer, network_.size(layer.inputs[0]), rules_[index]);
    }
    steps_.push_back(step(index));
  }
}

bool BackwardPlan::goes_on(std::uint32_t layer) const {
  return std::ranges::any_of(network_.layer(layer).inputs,
                             [&](std::uint32_t input) { return leads_[input]; });
}

BackStep BackwardPlan::step(std::uint32_t index) {
  const Layer& layer = network_.layer(index);
  BackStep step{index, *slot_of_[index], {}, 0};
  if (!goes_on(index)) {
    free_[step.slot] = true;
    return step;
  }
  const bool passes = layer.has_weights() || layer.hands_back_in_place();
  const bool in_place = !weighted_[index] && passes && !slot_of_[layer.inputs[0]];
  if (weighted_[index]) step.room_floats = weighted_[index]->room_floats();
  for (const std::uint32_t input : layer.inputs) {
    const bool add = slot_of_[input].has_value();
    if (add) step.room_floats += network_.size(input);
    if (!add) slot_of_[input] = in_place ? step.slot : take_slot(network_.size(input));
    step.to.push_back({*slot_of_[input], add});
  }
  if (!in_place) free_[step.slot] = true;
  for (const std::uint32_t input : layer.inputs) drop_unless_leading(input);
  return step;
}

// No step reads what was written there.
void BackwardPlan::drop_unless_leading(std::uint32_t input) {
  if (leads_[input] || !slot_of_[input]) return;
  free_[*slot_of_[input]] = true;
  slot_of_[input].reset();
}

// The smallest of those that are free and large enough, else the largest, which grows.
std::size_t BackwardPlan::take_slot(std::size_t size) {
  const auto waste = [&](std::size_t slot) {
    const std::size_t room = slot_sizes_[slot];
    return room >= size ? std::pair(0, room - size) : std::pair(1, size - room);
  };
  std::optional<std::size_t> best;
  for (std::size_t slot = 0; slot < free_.size(); ++slot) {
    if (free_[slot] && (!best || waste(slot) < waste(*best))) best = slot;
  }
  if (!best) {
    best = free_.size();
    free_.push_back(true);
    slot_sizes_.push_back(0);
  }
  free_[*best] = false;
  slot_sizes_[*best] = std::max(slot_sizes_[*best], size);
  return *best;
}

std::size_t BackwardPlan::room_floats() const {
  std::size_t most = 0;
  for (const BackStep& step : steps_) most = std::max(most, step.room_floats);
  return most;
}

// A pooling runs as a tail where nobody else wants to know what it pools.
void BackwardPlan::choose_values() {
  const std::size_t count = network_.layer_count();
  for (std::uint32_t index = 0; index < count; ++index)
    pooled_.push_back(!job_.totals && pools(network_.layer(index)));
  const IntactPlan plan(network_, values_needed());
  std::vector<bool> joined(count);
  for (const IntactPlan::Step& step : plan.steps()) joined[step.last] = step.tail.pools();
  pooled_ = joined;
  read_ = values_needed();
  for (std::uint32_t index = 0; index < count; ++index)
    answered_.push_back(!read_[index] && !network_.layer(index).has_weights());
}

// All on the way, but what a product hands to clamps and poolings alone, which tell by their output
// what they need to know of it.
std::vector<bool> BackwardPlan::values_needed() const {
  const std::vector<bool> wanted = network_.ancestors(std::span(&job_.head.layer, 1));
  const auto derives = [&](std::uint32_t layer) {
    return rules_[layer].type == BackwardRule::Type::gradient;
  };
  std::vector<bool> needed(wanted.size());
  for (std::uint32_t index = 0; index < wanted.size(); ++index) {
    const Layer& layer = network_.layer(index);
    needed[index] =
        index == job_.head.layer || !derives(index) || !(layer.has_weights() || clamps(layer));
  }
  // At a clamp that its pooling answers for, the signal is not what the layer's own would be.
  for (const Tap& tap : job_.taps)
    if (tap.times_activation || clamps(network_.layer(tap.layer))) needed[tap.layer] = true;
  for (const Map& map : job_.maps)
    if (clamps(network_.layer(map.layer))) needed[map.layer] = true;
  for (std::uint32_t index = 0; index < wanted.size(); ++index) {
    const bool clamp = derives(index) && clamps(network_.layer(index));
    for (const std::uint32_t input : network_.layer(index).inputs) {
      const bool told = pooled_[index] || (clamp && network_.layer(input).has_weights());
      if (wanted[index] && !told) needed[input] = true;
    }
  }
  for (std::size_t index = 0; index < wanted.size(); ++index)
    needed[index] = needed[index] && wanted[index];
  return needed;
}

std::vector<bool> BackwardPlan::sized() const {
  std::vector<bool> sized(network_.layer_count());
  for (std::size_t index = 0; index < sized.size(); ++index)
    sized[index] = weighted_[index] && weighted_[index]->reads_sizes();
  return sized;
}

std::size_t BackwardPlan::row_floats() const {
  const std::vector<bool> sized = this->sized();
  std::size_t sum = std::accumulate(slot_sizes_.begin(), slot_sizes_.end(), room_floats());
  for (std::size_t index = 0; index < sized.size(); ++index)
    sum += sized[index] || pooled_[index] ? network_.size(index) : 0;
  return sum;
}

std::size_t BackwardPlan::weight_bytes() const {
  std::size_t sum = 0;
  for (const auto& rule : weighted_) sum += rule ? rule->weight_bytes() : 0;
  for (const auto& squares : squares_) sum += squares->weight_bytes();
  return sum;
}

std::size_t BackwardPlan::scratch() const {
  std::size_t most = 0;
  for (const auto& squares : squares_) most = std::max(most, squares->scratch());
  for (const BackStep& step : steps_) {
    const auto& rule = weighted_[step.layer];
    most = std::max({most, network_.layer(step.layer).back_scratch(), rule ? rule->scratch() : 0});
  }
  return most;
}

}  // namespace secateur::engine
