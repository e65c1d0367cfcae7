#include "packed_network.h"

#include <algorithm>
#include <new>

#include "isa.h"
#include "layers/table.h"

namespace secateur::engine {

namespace {

constexpr std::string_view kInputKind = "input";

Status invalid(std::string message) { return {Status::Code::invalid, std::move(message)}; }

// The layers that follow `layer` one after the other, each the only reader of the one before, as
// far as they can be its tail.
Tail longest_tail(std::span<const std::unique_ptr<Layer>> layers, std::uint32_t layer) {
  Tail tail;
  for (;;) {
    std::size_t readers = 0;
    std::uint32_t last = 0;
    for (std::uint32_t i = layer + 1; i < layers.size(); ++i) {
      const auto reads = std::ranges::count(layers[i]->inputs, layer);
      readers += static_cast<std::size_t>(reads);
      if (reads > 0) last = i;
    }
    if (readers != 1 || !layers[last]->join(tail)) return tail;
    layer = last;
  }
}

Status check_instruction_set() {
  const simd::Choice& choice = simd::chosen();
  if (!choice.refused) return {};
  std::string names;
  for (const std::string& name : supported_instruction_sets())
    names += (names.empty() ? "" : ", ") + name;
  return invalid("SECATEUR_ISA asks for '" + std::string(choice.asked) +
                 "', but this machine has " + names);
}

// The layer that `spec` describes, or a null pointer and what is wrong with it.
std::unique_ptr<Layer> make_layer(const LayerSpec& spec,
                                  std::span<const std::unique_ptr<Layer>> before,
                                  std::string& problem) {
  const std::string_view kind(spec.kind);
  const std::size_t colon = kind.find(':');
  const MakeLayer make = find_layer(kind.substr(0, colon));
  const auto size = product(spec.shape);
  if (make == nullptr) problem = "there is no such kind of layer";
  if ((kind == kInputKind) != before.empty())
    problem = "the first layer, and no other, must be the input";
  if (spec.shape.empty() || !size)
    problem = "the shape " + to_string(spec.shape) + " is empty or too large";
  std::vector<const Layer*> inputs;
  for (const std::uint32_t input : spec.inputs) {
    if (input >= before.size()) {
      problem = "its input " + std::to_string(input) + " does not stand before it";
      break;
    }
    inputs.push_back(before[input].get());
  }
  if (!problem.empty()) return nullptr;

  SpecReader reader(spec, std::move(inputs),
                    colon == std::string_view::npos ? "" : kind.substr(colon + 1));
  std::unique_ptr<Layer> layer = make(reader);
  problem = reader.problem();
  if (layer) {
    layer->inputs = spec.inputs;
    layer->shape = spec.shape;
    layer->size = *size;
  }
  return layer;
}

}  // namespace

Status Network::pack(std::span<const LayerSpec> specs, std::shared_ptr<const Network>& packed) try {
  if (Status status = check_instruction_set(); !status.ok()) return status;
  if (specs.empty()) return invalid("the network has no layers");
  std::vector<std::unique_ptr<Layer>> layers;
  for (const LayerSpec& spec : specs) {
    std::string problem;
    std::unique_ptr<Layer> layer = make_layer(spec, layers, problem);
    if (!layer)
      return invalid("layer " + std::to_string(layers.size()) + " (" + spec.kind + "): " + problem);
    layers.push_back(std::move(layer));
  }
  for (std::uint32_t i = 0; i < layers.size(); ++i) layers[i]->expect_tail(longest_tail(layers, i));
  packed = std::make_shared<PackedNetwork>(std::move(layers));
  return {};
} catch (const std::bad_alloc&) {
  return {Status::Code::out_of_memory, "there is no memory for the network's weights"};
}

std::size_t PackedNetwork::bytes() const {
  std::size_t sum = 0;
  for (const auto& layer : layers_) sum += layer->weight_bytes();
  return sum;
}

std::size_t PackedNetwork::scratch_bytes() const {
  std::size_t most = 0;
  for (const auto& layer : layers_) most = std::max(most, layer->scratch());
  return most * sizeof(float);
}

std::vector<bool> PackedNetwork::ancestors(std::span<const std::uint32_t> targets) const {
  std::vector<bool> wanted(layers_.size(), false);
  for (const std::uint32_t target : targets) wanted[target] = true;
  for (std::size_t index = layers_.size(); index-- > 0;) {
    if (!wanted[index]) continue;
    for (const std::uint32_t input : layers_[index]->inputs) wanted[input] = true;
  }
  return wanted;
}

}  // namespace secateur::engine
