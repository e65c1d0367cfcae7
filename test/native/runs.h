// What tests of runs share: drawn samples, a sink that keeps everything, sums of naive passes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "naive.h"
#include "networks.h"
#include "support.h"

namespace secateur::test {

// Keeps all events.
class Log final : public engine::Sink {
 public:
  bool take(const engine::Event& event) override {
    events.push_back(event);
    return true;
  }
  std::vector<engine::Event> of(engine::Event::Type type) const {
    std::vector<engine::Event> found;
    std::ranges::copy_if(events, std::back_inserter(found),
                         [type](const engine::Event& e) { return e.type == type; });
    return found;
  }
  std::vector<engine::Event> events;
};

struct Data {
  std::vector<float> x;
  std::vector<std::int32_t> labels;
  std::vector<float> values;
  std::size_t count;

  engine::Samples samples() const { return {.floats = x, .bytes = {}, .scale = 1, .count = count}; }
};

// Samples of 90 numbers with targets for the builder's last layer.
Data draw(Builder& b, std::size_t count, engine::Loss loss);

// Loss and correct outputs of samples, and how many of them were too close to call.
struct Sum {
  Bounded loss;
  double correct = 0;
  double close = 0;
  double samples = 0;
};

// Of all samples.
struct Total : Sum {
  std::vector<Sum> classes;            // by label, if there are labels
  std::vector<std::size_t> predicted;  // by sample, as NaiveLoss has it

  double flips(const Total& intact) const;
};

Total naive_total(const Builder& b, const Data& data, engine::Loss loss,
                  std::span<const engine::Cut> cuts = {});

}  // namespace secateur::test
