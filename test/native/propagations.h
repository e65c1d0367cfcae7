// What tests of propagation share: rules of every form, and jobs drawn on a network.
#pragma once

#include <memory>
#include <vector>

#include "naive.h"
#include "networks.h"
#include "propagation.h"
#include "support.h"

namespace secateur::test {

engine::Product product(engine::Part input, engine::WeightPart weight,
                        std::optional<engine::WeightPart> bias);
engine::BackwardRule sharing(std::vector<engine::Share> shares);

// Rules of every form that layers with weights take, and those that others do.
std::vector<engine::BackwardRule> weighted_rules();
std::vector<engine::BackwardRule> other_rules();

// A rule for each layer.
std::vector<engine::BackwardRule> random_rules(Builder& b);
std::vector<engine::BackwardRule> all_gradient(const Builder& b);

// Draws a job on a network and keeps what it points to.
struct Drawn {
  Drawn(Builder& builder, std::size_t count, std::vector<engine::BackwardRule> rules)
      : b(builder), network(b.pack()), x(b.random.floats(count * network->size(0), -1, 1)) {
    for (std::size_t i = 0; i < count; ++i)
      labels.push_back(static_cast<std::int32_t>(b.random.below(network->size(b.last()))));
    job.samples = {.floats = x, .bytes = {}, .scale = 1, .count = count};
    job.targets = {labels, {}};
    job.head = {engine::Loss::cross_entropy, b.last()};
    job.rules = std::move(rules);
    for (std::uint32_t layer = 0; layer < b.layers.size(); ++layer) {
      job.taps.push_back({layer, false});
      job.taps.push_back({layer, true});
      maps.emplace_back(count * network->size(layer), -1.0F);
    }
    for (std::uint32_t layer = 0; layer < maps.size(); ++layer)
      job.maps.push_back({layer, maps[layer]});
  }

  engine::PropagationResult run(const engine::Options& options = {.threads = 2}) {
    engine::PropagationResult result;
    const engine::Status status = engine::propagate(
        *network, job, options, [](double) { return true; }, result);
    REQUIRE_MESSAGE(status.ok(), status.message);
    return result;
  }

  std::vector<Row> values(std::size_t sample) const {
    const std::size_t size = network->size(0);
    return naive_forward(b.layers, std::span(x).subspan(sample * size, size));
  }

  Builder& b;
  std::shared_ptr<const engine::Network> network;
  std::vector<float> x;
  std::vector<std::int32_t> labels;
  std::vector<std::vector<float>> maps;
  engine::PropagationJob job;
};

}  // namespace secateur::test
