// In which steps the intact values of some layers are computed: layer by layer, each with those
// behind it that can be its tail and between which nobody reads. Follows from graph and shapes
// alone.
#pragma once

#include <optional>
#include <vector>

#include "packed_network.h"

namespace secateur::engine {

class IntactPlan {
 public:
  struct Step {
    std::uint32_t layer;
    std::uint32_t last;  // whose value it leaves: its tail's, or the layer itself
    Tail tail = {};
    std::optional<std::uint32_t> other = {};  // the layer that the tail adds
    std::optional<std::size_t> slot = {};     // where the value lies, unless it is its input's
  };

  // For the values of the layers that `read` names, which are all there in the end; other values
  // make room when nobody reads them any more.
  IntactPlan(const PackedNetwork& network, const std::vector<bool>& read);

  const std::vector<Step>& steps() const { return steps_; }
  const std::vector<std::size_t>& slot_sizes() const { return slot_sizes_; }  // numbers a row

  // Which of the steps the values of some of the layers read take.
  std::vector<bool> steps_for(const std::vector<bool>& read) const;

  // Of a sample: what the values take, those of the input included, and its multiply-adds.
  std::size_t row_bytes() const;
  double macs() const;

 private:
  bool join(std::uint32_t index);
  bool is_there(std::uint32_t layer, std::size_t step) const;
  bool is_view(const Step& step) const { return network_.layer(step.layer).is_view(); }
  void assign_slots(const std::vector<bool>& read);
  std::vector<std::size_t> last_reads(const std::vector<bool>& read) const;

  // Calls body(layer) for every layer whose value the step reads.
  template <class Body>
  void each_read(const Step& step, Body body) const {
    for (const std::uint32_t input : network_.layer(step.layer).inputs) body(input);
    if (step.other) body(*step.other);
  }

  const PackedNetwork& network_;
  std::vector<bool> wanted_;
  std::vector<std::size_t> readers_;  // by layer: of its value, some of them nobody in particular
  std::vector<Step> steps_;
  std::vector<std::size_t> slot_sizes_;
};

// The layers of a mask.
std::vector<std::uint32_t> named_by(const std::vector<bool>& mask);

}  // namespace secateur::engine
