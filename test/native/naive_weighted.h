// Layers with weights in the specification of propagate(), written out as sums over connections.
#pragma once

#include <span>
#include <vector>

#include "naive.h"
#include "propagation.h"

namespace secateur::test {

// What layer `index` hands back of a signal; `dead` grows by the denominators that are 0.
Row naive_weighted_back(std::span<const engine::LayerSpec> layers, const std::vector<Row>& values,
                        std::uint32_t index, const engine::BackwardRule& rule, const Row& signal,
                        double& dead);

}  // namespace secateur::test
