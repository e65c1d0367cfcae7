// Sums of squared gradients over the weights of a node, for which no weight's own sum is kept.
#pragma once

#include <memory>

#include "layer.h"

namespace secateur::engine {

// Made once a job and shared by all threads.
class WeightedSquares {
 public:
  virtual ~WeightedSquares() = default;

  // sums[node] grows by the sum over `count` samples and the node's incoming weights w of (w g)^2,
  // g the gradient of the sample's own loss; `inputs` are the values at the layer's input,
  // `signals` the gradients at its output.
  virtual void add(const float* inputs, const float* signals, std::size_t count, double* sums,
                   Worker& worker) const = 0;

  virtual std::size_t scratch() const = 0;  // numbers of a worker
  virtual std::size_t weight_bytes() const = 0;
};

// Of a matrix, that of `squared` being the squares of the layer's: (w_ij x_i s_j)^2 is w_ij^2 x_i^2
// times s_j^2, so that a pass of squares is all there is to do.
std::unique_ptr<WeightedSquares> squares_of_matrix(std::unique_ptr<Layer> squared,
                                                   std::size_t inputs);

}  // namespace secateur::engine
