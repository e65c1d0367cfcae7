// The intact network on a few samples at a time.
#pragma once

#include <vector>

#include "engine.h"
#include "intact_plan.h"
#include "layer.h"

namespace secateur::engine {

// How many samples, whose values take `row_bytes` each, pass through the network together: a power
// of two, so that units of it fill a sample block, and small enough for the values to stay in
// cache.
std::size_t unit_rows(std::size_t row_bytes);

// The values of layers for one unit of samples.
class IntactPass {
 public:
  // For units of at most `rows` samples.
  IntactPass(const PackedNetwork& network, const IntactPlan& plan, std::size_t rows);
  static std::size_t bytes(const IntactPlan& plan, std::size_t rows) {
    return rows * plan.row_bytes();
  }

  // From now on run() leaves sizes() of these layers too, which take `rows` * size floats each; no
  // follower may be joined to them.
  void keep_sizes(const std::vector<bool>& layers);

  // The same for the winners of poolings that run as tails.
  void keep_winners(const std::vector<bool>& layers);

  // Points at samples [first, first + count), converted to floats if they are not.
  void load(const Samples& samples, std::size_t first, std::size_t count);

  // Takes all steps of the plan, or some of them as IntactPlan::steps_for() has it, from the
  // samples loaded.
  void run(Worker& worker);
  void run(const std::vector<bool>& steps, Worker& worker);

  // Instead of load(), if all values come from elsewhere.
  void expect(std::size_t count) { count_ = count; }

  // Takes the values of `layer` from elsewhere, instead of run().
  void use(std::size_t layer, const float* values) { values_[layer] = values; }

  std::size_t count() const { return count_; }
  // [count, size], of a layer that the plan reads.
  const float* at(std::size_t layer) const { return values_[layer]; }
  // What Layer::forward_sized() gave besides, or null.
  const float* sizes(std::size_t layer) const {
    return sizes_[layer].size() == 0 ? nullptr : sizes_[layer].data();
  }
  // Which numbers a pooling that ran as a tail has taken, as kernels/tail.h has it, or null.
  const float* winners(std::size_t layer) const {
    return winners_[layer].size() == 0 ? nullptr : winners_[layer].data();
  }
  const float* at(std::size_t layer, std::size_t row) const {
    return at(layer) + row * network_.size(layer);
  }

 private:
  void run_step(const IntactPlan::Step& step, Worker& worker);
  void list_rows(std::uint32_t layer, std::vector<const float*>& rows) const;

  const PackedNetwork& network_;
  const IntactPlan& plan_;
  std::size_t rows_;
  std::size_t count_ = 0;
  core::Buffer samples_;
  std::vector<core::Buffer> slots_;
  std::vector<core::Buffer> sizes_, winners_;       // by layer
  std::vector<const float*> values_;                // by layer
  std::vector<std::vector<const float*>> rows_of_;  // by input of a step
  std::vector<RowList> lists_;
  std::vector<const float*> others_;
};

}  // namespace secateur::engine
