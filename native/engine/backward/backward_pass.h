// The signal of one unit of samples on its way back.
#pragma once

#include <functional>
#include <vector>

#include "backward_plan.h"
#include "intact_pass.h"

namespace secateur::engine {

// One a thread: it owns the memory.
class BackwardPass {
 public:
  BackwardPass(const PackedNetwork& network, const BackwardPlan& plan,
               std::span<const BackwardRule> rules, std::size_t rows);

  // Where the signal at the head goes before run().
  float* start() { return slots_[plan_.steps()[0].slot].data(); }

  // Sends the signal back: see() is shown the signal at every layer's output before the layer hands
  // it on, count() is told how many denominators were 0 then.
  using See = std::function<void(std::uint32_t layer, const float* signal)>;
  using Count = std::function<void(std::uint32_t layer, std::size_t dead)>;
  void run(const IntactPass& intact, const See& see, const Count& count, Worker& worker);

 private:
  std::size_t run_step(const BackStep& step, const IntactPass& intact, Worker& worker);

  const PackedNetwork& network_;
  const BackwardPlan& plan_;
  std::span<const BackwardRule> rules_;
  std::vector<core::Buffer> slots_;
  core::Buffer room_;
};

}  // namespace secateur::engine
