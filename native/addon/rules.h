// Propagations as JavaScript describes them, checked.
#pragma once

#include "arguments.h"
#include "propagation.h"

namespace secateur::addon {

struct MapArgument {
  std::uint32_t layer;
  Napi::TypedArray signal;
};

// All of a job but its samples and targets.
struct PropagationArgument {
  engine::Start start;
  std::vector<engine::BackwardRule> rules;
  std::vector<engine::Tap> taps;
  std::vector<MapArgument> maps;
  std::vector<std::uint32_t> weight_gradients;
  bool squared_gradients;
  std::vector<std::uint32_t> weighted_squares;
  bool totals;
};
PropagationArgument read_propagation(const Napi::Object& job, const engine::Network& network);

// With the memory of the maps, for `count` samples.
engine::PropagationJob view_propagation(const PropagationArgument& argument, std::uint64_t count,
                                        const engine::Network& network);

}  // namespace secateur::addon
