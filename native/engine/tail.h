// Layers that run in the same step as the product before them: batch normalisation, a sum with
// another value, a clamping activation, a pooling, in this order. The bits are those of the layers
// one by one; what is saved is a way through memory for each.
#pragma once

#include <cstdint>

#include "kernels.h"

namespace secateur::engine {

class Tail {
 public:
  // Each adds a part, or gives false if what is there already must not stand before it.
  bool scale(const float* scale, const float* shift);  // by channel
  bool add();                                          // a value of the same shape
  bool clamp(float least, float most);
  bool pool();  // the largest of every square of 2 x 2, side by side

  const kernels::Tail& numbers() const { return numbers_; }
  bool empty() const { return last_ == Part::none; }
  bool adds() const { return adds_; }
  bool pools() const { return last_ == Part::pool; }
  bool only_clamps() const { return last_ == Part::clamp && numbers_.scale == nullptr && !adds_; }

 private:
  enum class Part : std::uint8_t { none, scale, add, clamp, pool };
  bool append(Part part);

  kernels::Tail numbers_;
  Part last_ = Part::none;
  bool adds_ = false;
};

}  // namespace secateur::engine
