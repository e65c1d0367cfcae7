// Intact values kept between sweeps, for as many units of samples as memory allows.
#pragma once

#include <vector>

#include "intact_pass.h"

namespace secateur::engine {

class IntactCache {
 public:
  // Room for the layers named in `kept` (but the input, whose values are the samples) of the first
  // units out of `units` that fit in `memory` bytes.
  IntactCache(const PackedNetwork& network, const std::vector<bool>& kept, std::size_t unit_rows,
              std::size_t units, std::size_t memory);

  bool holds(std::size_t unit) const { return unit < units_; }
  // Of so many units, how much it holds.
  double share(std::size_t units) const {
    return static_cast<double>(units_) / static_cast<double>(units);
  }
  void keep(std::size_t unit, const IntactPass& pass);
  void restore(std::size_t unit, IntactPass& pass) const;

 private:
  struct Entry {
    std::uint32_t layer;
    std::size_t size;    // of a sample
    std::size_t offset;  // in a unit's numbers
  };
  std::vector<Entry> entries_;
  std::size_t unit_floats_ = 0;
  std::size_t units_ = 0;
  core::Buffer values_;
};

}  // namespace secateur::engine
