// The specification that judges the engine: one sample at a time through the layers as they are
// described, in double, every number with the size of the error that float arithmetic gives it.
#pragma once

#include <span>
#include <vector>

#include "engine.h"
#include "tolerances.h"

namespace secateur::test {

using Row = std::vector<Bounded>;

// The values of all layers for one sample, with nodes cut as given.
std::vector<Row> naive_forward(std::span<const engine::LayerSpec> layers,
                               std::span<const float> sample,
                               std::span<const engine::Cut> cuts = {});

struct NaiveLoss {
  Bounded loss;
  double correct = 0;
  bool close = false;  // two scores lie within their bounds: which is larger is not defined
  std::vector<std::size_t> predicted;  // the class, or whether each score is above 0
};

// Of one sample; `label` or `values` as the loss wants.
NaiveLoss naive_loss(engine::Loss loss, const Row& scores, std::int32_t label,
                     std::span<const float> values);

}  // namespace secateur::test
