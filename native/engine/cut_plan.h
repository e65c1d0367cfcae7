// How one more step of a growing set of cuts passes through the network, decided from graph, shapes
// and the sites of the cuts alone.
//
// What a step starts from is the network with the cuts held so far. Few cuts at a site pass narrow
// (as in sweep_plan.h) and together; many change the whole value. Where cuts are held, a value that
// is computed again has them put in again.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "packed_network.h"
#include "sweep_plan.h"

namespace secateur::engine {

struct CutPlan {
  // Narrow values of the cuts at one site. They lie in one arena: [cut][unit row][positions, width]
  // from offset * unit rows on.
  struct Path {
    std::uint32_t site;
    std::size_t cuts;
    std::vector<std::optional<Narrow>> narrow;  // by layer
    std::vector<std::size_t> offsets;           // by layer
    std::vector<NarrowStep> steps;
  };
  struct Step {
    enum class How : std::uint8_t {
      hold,      // only the cuts held here are new
      write,     // the narrow values of a path are written into the rows
      update,    // the changes of a path's narrow input go through the weights
      recompute  // forward
    };
    std::uint32_t layer;
    How how;
    std::size_t path = 0;
    std::size_t offset = 0;  // in the arena, of the changes of an update
  };

  std::vector<Path> paths;
  std::vector<Step> steps;  // none if no cut reaches the head
  std::vector<bool> reads;  // layers whose values before the step are read
  bool all_live = false;    // cuts beside the paths may change any row
  std::size_t arena = 0;    // numbers a unit row
  double macs = 0;          // about, of one sample
};

// The plans of all sets of a job: sets with the same sites share theirs.
class CutPlans {
 public:
  CutPlans(const PackedNetwork& network, std::uint32_t head, const std::vector<Cut>& cuts,
           const CutSets& sets);

  const CutPlan& of(std::size_t set) const { return *of_set_[set]; }
  // By layer: whether any plan reads it, or writes full rows of it.
  const std::vector<bool>& reads() const { return reads_; }
  const std::vector<bool>& writes() const { return writes_; }
  std::size_t arena() const { return arena_; }

 private:
  void note(const CutPlan& plan);

  using Key = std::vector<std::size_t>;
  std::map<Key, CutPlan> plans_;
  std::vector<const CutPlan*> of_set_;
  std::vector<bool> reads_;
  std::vector<bool> writes_;
  std::size_t arena_ = 0;
};

}  // namespace secateur::engine
