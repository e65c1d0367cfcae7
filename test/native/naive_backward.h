// The specification that judges propagate(): one sample at a time, every layer written out as sums
// over its connections, in double, every number with the size of the error that float arithmetic
// gives it.
#pragma once

#include <span>
#include <vector>

#include "naive.h"
#include "propagation.h"

namespace secateur::test {

struct NaiveSignals {
  std::vector<Row> signals;  // by layer, at its output
  std::vector<double> dead;  // by layer
};

// `values` are those of naive_forward().
NaiveSignals naive_backward(std::span<const engine::LayerSpec> layers,
                            const std::vector<Row>& values, std::uint32_t head,
                            std::span<const engine::BackwardRule> rules, Row start);

// Gradients of the kernel (or gamma) and of the bias (or beta) of a layer with weights.
std::vector<Row> naive_gradients(std::span<const engine::LayerSpec> layers,
                                 const std::vector<Row>& values, std::uint32_t layer,
                                 const Row& signal);

}  // namespace secateur::test
