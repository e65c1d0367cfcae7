// Losses summed by the class of their samples, for many nodes side by side.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine.h"
#include "losses.h"

namespace secateur::engine {

class ClassSums {
 public:
  // Of no classes, it takes and gives nothing.
  ClassSums() = default;
  ClassSums(std::size_t classes, std::size_t nodes) : nodes_(nodes), classes_(classes) {}
  static std::size_t bytes(std::size_t classes, std::size_t nodes) {
    return classes * (sizeof(OfClass) + nodes * 3 * sizeof(double));
  }

  bool empty() const { return classes_.empty(); }
  std::size_t classes() const { return classes_.size(); }

  // Starts afresh, with samples of these classes.
  void begin(std::span<const std::int32_t> labels);

  // Adds one of these samples, number `sample`, with its loss without each node.
  void add(std::size_t sample, std::span<const kernels::RowLoss> losses);

  // The same in two steps: where the caller adds the losses from node `first` on, and what is due
  // after that.
  kernels::ChangedSums sums(std::size_t sample, std::size_t first);
  void fold(std::size_t sample, std::size_t first, std::size_t count);

  // Adds the sums of other samples.
  void merge(const ClassSums& others);

  double samples(std::size_t label) const { return static_cast<double>(classes_[label].samples); }
  Measured of(std::size_t label, std::size_t node) const;

 private:
  // As kernels::LossSum has it, by node; empty as long as the class has no samples.
  struct OfClass {
    std::size_t samples = 0;
    std::vector<double> direct;
    std::vector<double> excess;
    std::vector<double> correct;
  };
  OfClass& begun(std::size_t label);
  OfClass& class_of(std::size_t sample) {
    return classes_[static_cast<std::size_t>(labels_[sample])];
  }

  std::size_t nodes_ = 0;
  std::vector<OfClass> classes_;
  std::span<const std::int32_t> labels_;
  std::vector<std::size_t> ranks_;  // by sample: among those of its class
};

}  // namespace secateur::engine
