#include "parts.h"

namespace secateur::engine {

std::vector<float> part_of(const WeightPart& part, std::vector<float> weights) {
  for (float& weight : weights) {
    const double exact = kernels::part_of(kernel_part(part.part), weight);
    weight = static_cast<float>(part.gamma ? weight + *part.gamma * exact : exact);
  }
  return weights;
}

std::vector<float> part_of(const std::optional<WeightPart>& part, std::vector<float> bias) {
  return part ? part_of(*part, std::move(bias)) : std::vector<float>(bias.size(), 0.0F);
}

}  // namespace secateur::engine
