// Parts of numbers and of weights.
#pragma once

#include <optional>
#include <vector>

#include "kernels.h"
#include "propagation.h"

namespace secateur::engine {

inline kernels::Part kernel_part(Part part) { return static_cast<kernels::Part>(part); }
static_assert(static_cast<int>(Part::one) == static_cast<int>(kernels::Part::one));

// A part of each weight, in double, then rounded.
std::vector<float> part_of(const WeightPart& part, std::vector<float> weights);

// The same of a bias; zeros where there is no part.
std::vector<float> part_of(const std::optional<WeightPart>& part, std::vector<float> bias);

// signal / stabilised(z) of all units, to `to`.
inline kernels::Division division(const Stabiliser& stabiliser, const float* signal, const float* z,
                                  std::size_t count, float* to) {
  return {signal,  z,     count, 1, static_cast<float>(stabiliser.epsilon), stabiliser.by_sign,
          nullptr, false, to};
}

}  // namespace secateur::engine
