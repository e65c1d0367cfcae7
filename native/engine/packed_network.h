// The network behind engine.h's interface: a vector of layers.
#pragma once

#include "engine.h"
#include "layer.h"

namespace secateur::engine {

class PackedNetwork final : public Network {
 public:
  explicit PackedNetwork(std::vector<std::unique_ptr<Layer>> layers) : layers_(std::move(layers)) {}

  std::size_t layer_count() const override { return layers_.size(); }
  std::span<const std::size_t> shape(std::size_t layer) const override {
    return layers_[layer]->shape;
  }
  std::size_t size(std::size_t layer) const override { return layers_[layer]->size; }
  std::size_t bytes() const override;
  std::size_t scratch_bytes() const;  // of a worker

  const Layer& layer(std::size_t index) const { return *layers_[index]; }

  // The layers that `targets` depend on, themselves included.
  std::vector<bool> ancestors(std::span<const std::uint32_t> targets) const;

  // Where samples enter.
  static constexpr std::uint32_t kInput = 0;

 private:
  std::vector<std::unique_ptr<Layer>>
      layers_;  // every layer behind its inputs; layer 0 is the only input
};

// pack() makes no other kind of network.
inline const PackedNetwork& packed(const Network& network) {
  return static_cast<const PackedNetwork&>(network);
}

}  // namespace secateur::engine
