// What a block of samples adds to the result of a propagation.
#pragma once

#include <vector>

#include "backward_plan.h"
#include "intact_pass.h"
#include "propagation.h"

namespace secateur::engine {

// One a thread. Taps and totals are doubles; gradients are floats within the block.
class PropagationSums {
 public:
  PropagationSums(const PackedNetwork& network, const PropagationJob& job,
                  const BackwardPlan& plan);
  static std::size_t bytes(const PackedNetwork& network, const PropagationJob& job);

  // Starts a block.
  void clear();

  // The signal at the output of a layer for the unit of samples that the pass holds.
  void see(std::uint32_t layer, const float* signal, const IntactPass& intact, Worker& worker);
  void count_dead(std::uint32_t layer, std::size_t dead) {
    dead_[layer] += static_cast<double>(dead);
  }

  // Zeros in the shape of the job's answer, and what a block adds to it.
  static PropagationResult empty_result(const PackedNetwork& network, const PropagationJob& job);
  void add_to(PropagationResult& result) const;

  // Puts what blocks have added into the order of the job's answer, once and in the end.
  static void order(const PackedNetwork& network, const PropagationJob& job,
                    PropagationResult& result);

 private:
  void add_taps(std::uint32_t layer, const float* signal, const IntactPass& intact);
  void add_gradients(std::uint32_t layer, const float* signal, const IntactPass& intact,
                     Worker& worker);
  void add_squares(std::uint32_t layer, const float* signal, const IntactPass& intact,
                   Worker& worker);

  struct Gradients {
    std::vector<core::Buffer> sums, squares;  // by weight
  };

  const PackedNetwork& network_;
  const PropagationJob& job_;
  const BackwardPlan& plan_;
  std::vector<TapSums> taps_;
  std::vector<Gradients> gradients_;
  std::vector<std::vector<double>> squares_;  // weighted, by asked layer
  std::vector<double> totals_;
  std::vector<double> dead_;
  std::vector<double> channels_;
};

}  // namespace secateur::engine
