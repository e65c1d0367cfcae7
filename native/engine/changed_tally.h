// What the changed rows of scores of many samples add up to, row by row.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine.h"
#include "losses.h"

namespace secateur::engine {

class ChangedTally {
 public:
  explicit ChangedTally(std::size_t rows)
      : direct_(rows), excess_(rows), kept_(rows), turned_(rows), stayed_(rows) {}
  static std::size_t bytes(std::size_t rows) { return 5 * rows * sizeof(double); }

  void begin();

  // Adds a sample that the intact network takes for class `predicted`, to rows [first, first +
  // in.rows), and to `besides`, if there is any.
  void add(kernels::ChangedScores in, std::int32_t predicted, std::size_t first,
           std::optional<kernels::ChangedSums> besides = {});

  // Due after every kernels::kFoldEvery samples.
  void fold(std::size_t first, std::size_t count) {
    kernels::fold(direct_.data() + first, excess_.data() + first, count);
  }

  // Of one sample.
  kernels::RowLoss loss(std::size_t row) const;
  // Of so many samples.
  Measured of(std::size_t row, std::size_t samples) const;

 private:
  std::vector<double> direct_;
  std::vector<double> excess_;
  std::vector<double> kept_;    // right answers that stay right
  std::vector<double> turned_;  // wrong answers that become right
  std::vector<double> stayed_;  // wrong answers that stay the same
};

}  // namespace secateur::engine
