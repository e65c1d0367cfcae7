// The network with a growing set of cuts, on one unit of samples: every step starts from the values
// that the step before it has left.
#pragma once

#include <vector>

#include "cut_plan.h"
#include "intact_pass.h"

namespace secateur::engine {

class CutPass {
 public:
  CutPass(const PackedNetwork& network, const std::vector<Cut>& cuts, const CutPlans& plans,
          std::size_t unit_rows);
  static std::size_t bytes(const PackedNetwork& network, const CutPlans& plans,
                           std::size_t unit_rows);

  // The intact values; no cuts are held.
  void begin(const IntactPass& intact);

  // Holds the cuts `added` too, the plan's. Gives the rows that may have changed; the values of
  // the plan's head are then those of the larger set. `more`: whether another step follows.
  const std::vector<std::uint32_t>& grow(const CutPlan& plan, std::span<const std::uint32_t> added,
                                         bool more, Worker& worker);

  const float* at(std::uint32_t layer, std::size_t row) const { return rows_[layer][row]; }

 private:
  using Step = CutPlan::Step;
  using Path = CutPlan::Path;

  void hold(std::span<const std::uint32_t> added);
  void run_path(const Path& path);
  void run_narrow(const Path& path, const NarrowStep& step, std::size_t cut);
  void find_live(const CutPlan& plan);
  void mark_live(const Path& path, std::uint32_t layer);
  void find_changes(const Step& step, const Path& path);
  void run_step(const CutPlan& plan, const Step& step, Worker& worker);
  void update(const Step& step, const Path& path, Worker& worker);
  void recompute(const Step& step, Worker& worker);
  void write(const Path& path, std::uint32_t layer, std::size_t row);
  void put_held(std::uint32_t layer);
  void write_back(const CutPlan& plan);

  float* own(std::uint32_t layer, std::size_t row);
  void keep(std::uint32_t layer, const float* rows);
  float* narrow(const Path& path, std::uint32_t layer, std::size_t cut, std::size_t row) {
    return arena_.data() + path.offsets[layer] * unit_rows_ +
           (cut * unit_rows_ + row) * path.narrow[layer]->size();
  }
  std::uint32_t node(const Path& path, std::size_t cut) const {
    return cuts_[added_[path.site][cut]].node;
  }

  const PackedNetwork& network_;
  const std::vector<Cut>& cuts_;
  const CutPlans& plans_;
  std::size_t unit_rows_;
  std::size_t count_ = 0;                          // rows of the unit
  std::vector<std::vector<const float*>> rows_;    // by layer: where each row lies
  std::vector<core::Buffer> own_;                  // by layer: rows that are not intact
  std::vector<std::vector<std::uint32_t>> held_;   // by layer
  std::vector<std::vector<std::uint32_t>> added_;  // by layer: those of the step at hand
  std::vector<std::uint32_t> live_;
  std::vector<std::uint8_t> lives_;
  core::Buffer arena_;
  core::Buffer scratch_[2];
  std::vector<float> gathered_;
  std::vector<std::vector<const float*>> lists_;
};

}  // namespace secateur::engine
