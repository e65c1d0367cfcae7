// Networks for tests: built layer by layer, shapes inferred.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "engine.h"
#include "support.h"

namespace secateur::test {

// Every add function appends a layer and gives its index; without an input it stands on the last
// layer.
class Builder {
 public:
  Builder(std::vector<std::size_t> shape, std::uint32_t seed) : random(seed) {
    layers.push_back({.kind = "input",
                      .inputs = {},
                      .shape = std::move(shape),
                      .ints = {},
                      .floats = {},
                      .weights = {}});
  }
  Builder(const Builder&) = delete;  // layers point into weights
  Builder& operator=(const Builder&) = delete;

  struct Window {
    std::int32_t height = 2, width = 2, stride_y = 1, stride_x = 1, dilation_y = 1, dilation_x = 1;
    std::int32_t top = 0, bottom = 0, left = 0, right = 0;
  };

  std::uint32_t dense(std::size_t units);
  std::uint32_t conv2d(const Window& window, std::size_t filters, std::size_t groups = 1);
  std::uint32_t depthwise(const Window& window, std::size_t multiplier);
  std::uint32_t batch_norm();
  std::uint32_t activation(const std::string& name);
  std::uint32_t max_pool(const Window& window);
  std::uint32_t avg_pool(const Window& window, bool include_padding);
  std::uint32_t global_avg_pool(bool keep_dims);
  std::uint32_t reshape(std::vector<std::size_t> shape);
  std::uint32_t flatten();
  std::uint32_t combine(const std::string& kind, std::vector<std::uint32_t> inputs);
  std::uint32_t concat(std::vector<std::uint32_t> inputs, std::int32_t axis);
  std::uint32_t zero_pad(std::int32_t top, std::int32_t bottom, std::int32_t left,
                         std::int32_t right);

  // The next layer stands on `layer`.
  Builder& on(std::uint32_t layer) {
    last_ = layer;
    return *this;
  }
  std::uint32_t last() const { return last_; }
  const std::vector<std::size_t>& shape(std::uint32_t layer) const { return layers[layer].shape; }
  const std::vector<std::size_t>& shape() const { return shape(last_); }
  std::shared_ptr<const engine::Network> pack() const;

  std::vector<engine::LayerSpec> layers;
  Random random;

 private:
  std::uint32_t append(engine::LayerSpec layer);
  std::span<const float> weight(std::size_t count, float low, float high);
  std::vector<std::size_t> under(const Window& window, std::size_t channels) const;

  std::deque<std::vector<float>> weights_;
  std::uint32_t last_ = 0;
};

// Some ten layers drawn at random behind an image of 6 x 5 x 3, ending in `classes` scores.
std::unique_ptr<Builder> random_network(std::uint32_t seed, std::size_t classes);

// An image of 6 x 5 x 3 through convolutions that all but the first take the fast way, 4 scores.
std::unique_ptr<Builder> fast_network(std::uint32_t seed);

// 6 hidden units behind 90 numbers of which only number 2 is not dead, 8 more behind them, and 4
// scores.
inline constexpr std::uint32_t kDeadSite = 2;
std::unique_ptr<Builder> dead_network();

}  // namespace secateur::test
