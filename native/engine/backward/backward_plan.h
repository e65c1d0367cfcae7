// How a signal passes back through the network, decided once a job from graph and rules alone.
#pragma once

#include <memory>
#include <vector>

#include "packed_network.h"
#include "weighted_back.h"
#include "weighted_squares.h"

namespace secateur::engine {

struct BackStep {
  struct Target {
    std::size_t slot;
    bool add;  // another layer has sent its signal there before
  };
  std::uint32_t layer;
  std::size_t slot;         // of the signal at the layer's output
  std::vector<Target> to;   // one an input
  std::size_t room_floats;  // that the step takes beside its slots, for each sample
};

class BackwardPlan {
 public:
  // Back to the layers whose signal the job wants to see. The job lives on.
  BackwardPlan(const PackedNetwork& network, const PropagationJob& job);

  // The head first; a layer comes before its inputs. A step to nowhere only shows its signal.
  std::span<const BackStep> steps() const { return steps_; }
  std::span<const std::size_t> slot_sizes() const { return slot_sizes_; }  // numbers a sample
  std::size_t room_floats() const;                                         // a sample, the most

  // The rule of a layer with weights, or null where the layer hands the signal back by itself.
  const WeightedBack* weighted(std::uint32_t layer) const { return weighted_[layer].get(); }

  // The layers whose values the intact pass shall leave; the poolings that shall run as tails and
  // leave their winners; and the layers whose sizes it shall leave.
  const std::vector<bool>& read() const { return read_; }
  const std::vector<bool>& pooled() const { return pooled_; }
  std::vector<bool> sized() const;

  // Whether it is a clamp in front of such a pooling, whose winners tell its slope: the signal that
  // comes has that factor already.
  bool answered(std::uint32_t layer) const { return answered_[layer]; }

  // By place in the job's list.
  const WeightedSquares& squares(std::size_t asked) const { return *squares_[asked]; }

  std::size_t row_floats() const;    // of slots, room and sizes, a sample
  std::size_t weight_bytes() const;  // of the parts of weights that were packed
  std::size_t scratch() const;       // numbers of a worker

 private:
  void choose_values();
  std::vector<bool> values_needed() const;
  void plan(std::uint32_t head);
  bool goes_on(std::uint32_t layer) const;
  BackStep step(std::uint32_t layer);
  void drop_unless_leading(std::uint32_t input);
  std::size_t take_slot(std::size_t size);

  const PackedNetwork& network_;
  const PropagationJob& job_;
  std::span<const BackwardRule> rules_;
  std::vector<bool> read_, pooled_, answered_;  // by layer
  std::vector<bool> leads_;                     // by layer: to one whose signal is wanted
  std::vector<std::unique_ptr<WeightedBack>> weighted_;
  std::vector<std::unique_ptr<WeightedSquares>> squares_;
  std::vector<BackStep> steps_;
  std::vector<std::size_t> slot_sizes_;
  std::vector<bool> free_;                           // by slot, while planning
  std::vector<std::optional<std::size_t>> slot_of_;  // by layer, while planning
};

}  // namespace secateur::engine
