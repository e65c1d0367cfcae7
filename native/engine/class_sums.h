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
  ClassSums(std::size_t classes, std::size_t nodes)
      : nodes_(nodes), samples_(classes), places_(classes) {}
  static std::size_t bytes(std::size_t classes, std::size_t nodes) {
    return classes * (2 * sizeof(std::size_t) + kSums * nodes * sizeof(double));
  }

  bool empty() const { return samples_.empty(); }
  std::size_t classes() const { return samples_.size(); }

  // Starts afresh, with samples of these classes.
  void begin(std::span<const std::int32_t> labels);

  // Adds one of these samples, number `sample`, with its loss without each node.
  void add(std::size_t sample, std::span<const kernels::RowLoss> losses);

  // The same in two steps: where the caller adds the losses from node `first` on, and what is due
  // after that.
  kernels::ChangedSums sums(std::size_t sample, std::size_t first) {
    return at(class_of(sample), first);
  }
  void fold(std::size_t sample, std::size_t first, std::size_t count);

  // All samples were added.
  void finish();

  // Adds the sums of other samples, which are finished.
  void merge(const ClassSums& others);

  double samples(std::size_t label) const { return static_cast<double>(samples_[label]); }
  Measured of(std::size_t label, std::size_t node) const;

 private:
  static constexpr std::size_t kSums = 3;  // direct, excess and correct

  std::size_t class_of(std::size_t sample) const {
    return static_cast<std::size_t>(labels_[sample]);
  }
  kernels::ChangedSums at(std::size_t label, std::size_t first) {
    double* const sums = sums_.data() + kSums * nodes_ * places_[label] + first;
    return {sums, sums + nodes_, sums + 2 * nodes_};
  }

  std::size_t nodes_ = 0;
  std::vector<std::size_t> samples_;  // by class
  std::vector<std::size_t> places_;   // by class that has samples
  std::vector<double> sums_;          // [place][kSums][node], as kernels::LossSum has them
  std::span<const std::int32_t> labels_;
  std::vector<std::size_t> ranks_;  // by sample: among those of its class
};

}  // namespace secateur::engine
