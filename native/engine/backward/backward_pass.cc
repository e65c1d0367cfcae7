#include "backward_pass.h"

#include "kernels.h"

namespace secateur::engine {

BackwardPass::BackwardPass(const PackedNetwork& network, const BackwardPlan& plan,
                           std::span<const BackwardRule> rules, std::size_t rows)
    : network_(network), plan_(plan), rules_(rules), room_(rows * plan.room_floats()) {
  for (const std::size_t size : plan.slot_sizes()) slots_.emplace_back(rows * size);
}

void BackwardPass::run(const IntactPass& intact, const See& see, const Count& count,
                       Worker& worker) {
  for (const BackStep& step : plan_.steps()) {
    if (worker.stopped()) return;
    see(step.layer, slots_[step.slot].data());
    if (!step.to.empty()) count(step.layer, run_step(step, intact, worker));
  }
}

std::size_t BackwardPass::run_step(const BackStep& step, const IntactPass& intact, Worker& worker) {
  const Layer& layer = network_.layer(step.layer);
  float* room = room_.data();
  std::vector<const float*> inputs;
  std::vector<float*> to;
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
    inputs.push_back(intact.at(layer.inputs[i]));
    to.push_back(step.to[i].add ? room : slots_[step.to[i].slot].data());
    if (step.to[i].add) room += intact.count() * network_.size(layer.inputs[i]);
  }
  const HandBack hand{inputs,
                      intact.at(step.layer),
                      intact.sizes(step.layer),
                      intact.winners(step.layer),
                      slots_[step.slot].data(),
                      intact.count(),
                      to};
  const WeightedBack* weighted = plan_.weighted(step.layer);
  std::size_t dead = 0;
  if (weighted != nullptr) {
    dead = weighted->hand_back(hand, room, worker);
  } else if (layer.has_weights() || plan_.answered(step.layer)) {
    dead = hand_on(hand, layer.size);
  } else {
    dead = layer.hand_back(rules_[step.layer], hand, worker);
  }
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (!step.to[i].add) continue;
    kernels::kernels().add_times(to[i], 1, intact.count() * network_.size(layer.inputs[i]),
                                 slots_[step.to[i].slot].data());
  }
  return dead;
}

}  // namespace secateur::engine
