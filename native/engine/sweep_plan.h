// How a change at one site passes through the network, decided once a sweep from graph and shapes
// alone.
//
// Behind the site a layer's value is intact, narrow (a few channels differ, kept compactly) or full
// (a row of its own for every pair of node and sample). Narrow values never depend on full ones, so
// all of them are computed first, for all nodes at once; pairs whose narrow values all equal the
// intact ones are dead and have the intact loss; the full steps then run for the live pairs only.
#pragma once

#include <optional>
#include <vector>

#include "packed_network.h"

namespace secateur::engine {

struct NarrowStep {
  std::uint32_t layer;
  std::vector<Narrow> reads;  // of each input; of size 0 where nothing is read
};

struct FullStep {
  enum class How : std::uint8_t {
    densify,   // the intact row with the narrow value written into it
    update,    // the intact row plus the narrow input's change through the weights
    recompute  // forward from full and intact inputs
  };
  std::uint32_t layer;
  How how;
  std::size_t slot;
  std::uint32_t last;  // whose value it leaves: its tail's, or the layer itself
  Tail tail = {};      // layers behind it that run with it
  std::optional<std::uint32_t> other = {};  // the layer that the tail adds
};

struct SweepPlan {
  std::uint32_t site;
  std::vector<std::optional<Narrow>> narrow;        // by layer
  std::vector<std::optional<std::size_t>> slot_of;  // by layer: where its full rows lie
  std::vector<NarrowStep> narrow_steps;
  std::vector<FullStep>
      full_steps;  // the last one leaves the head's scores; none if the site does not reach it
  std::vector<std::size_t> slot_sizes;  // numbers a row
  std::vector<std::uint32_t> frontier;  // narrow layers that full steps read
  std::vector<bool> intact;             // layers of whose intact values the sweep reads
  bool constant = true;                 // whether narrow values are the same for every sample
  double macs = 0;                      // about, of one node and sample
};

SweepPlan plan_sweep(const PackedNetwork& network, std::uint32_t site, std::uint32_t head);

}  // namespace secateur::engine
