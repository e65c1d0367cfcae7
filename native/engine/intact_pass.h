// The intact network on a few samples at a time.
#pragma once

#include <vector>

#include "engine.h"
#include "layer.h"
#include "packed_network.h"

namespace secateur::engine {

// How many samples pass through the network together: a power of two, so that units of it fill a
// sample block, and small enough for the values of the wanted layers to stay in cache. Follows from
// the shapes alone.
std::size_t unit_rows(const PackedNetwork& network, const std::vector<bool>& wanted);

// The same where a sample takes `row_bytes` bytes.
std::size_t unit_rows(std::size_t row_bytes);

// The values of layers for one unit of samples.
class IntactPass {
 public:
  // For units of at most `rows` samples. Takes memory as layers are computed, bytes() if all of
  // `wanted` are.
  IntactPass(const PackedNetwork& network, std::size_t rows);
  static std::size_t bytes(const PackedNetwork& network, const std::vector<bool>& wanted,
                           std::size_t rows);

  // From now on run() leaves sizes() of these layers too, which take `rows` * size floats each.
  void keep_sizes(const std::vector<bool>& layers);

  // Points at samples [first, first + count), converted to floats if they are not.
  void load(const Samples& samples, std::size_t first, std::size_t count);

  // Computes the wanted layers, a set that is closed under ancestors(), from the samples loaded.
  void run(const std::vector<bool>& wanted, Worker& worker);

  // Instead of load(), if all values come from elsewhere.
  void expect(std::size_t count) { count_ = count; }

  // Takes the values of `layer` from elsewhere, instead of run().
  void use(std::size_t layer, const float* values) { values_[layer] = values; }

  std::size_t count() const { return count_; }
  const float* at(std::size_t layer) const { return values_[layer]; }  // [count, size]
  // What Layer::forward_sized() gave besides, or null.
  const float* sizes(std::size_t layer) const {
    return sizes_[layer].size() == 0 ? nullptr : sizes_[layer].data();
  }
  const float* at(std::size_t layer, std::size_t row) const {
    return at(layer) + row * network_.size(layer);
  }

 private:
  void run_layer(std::size_t index, Worker& worker);

  const PackedNetwork& network_;
  std::size_t rows_;
  std::size_t count_ = 0;
  std::vector<core::Buffer> buffers_;
  std::vector<core::Buffer> sizes_;
  std::vector<const float*> values_;
};

}  // namespace secateur::engine
