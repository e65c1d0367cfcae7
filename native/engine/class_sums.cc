#include "class_sums.h"

#include <algorithm>
#include <cmath>

namespace secateur::engine {

void ClassSums::begin(std::span<const std::int32_t> labels) {
  labels_ = labels;
  ranks_.clear();
  std::ranges::fill(samples_, 0);
  std::size_t used = 0;
  for (std::size_t sample = 0; sample < labels.size(); ++sample) {
    const std::size_t label = class_of(sample);
    if (samples_[label] == 0) places_[label] = used++;
    ranks_.push_back(samples_[label]++);
  }
  sums_.assign(used * kSums * nodes_, 0);
}

void ClassSums::add(std::size_t sample, std::span<const kernels::RowLoss> losses) {
  const kernels::ChangedSums of = sums(sample, 0);
  for (std::size_t i = 0; i < nodes_; ++i) {
    const auto e = static_cast<double>(losses[i].excess);
    of.direct[i] += losses[i].direct;
    of.excess[i] += e + of.excess[i] * e;
    of.correct[i] += static_cast<double>(losses[i].correct);
  }
  fold(sample, 0, nodes_);
}

void ClassSums::fold(std::size_t sample, std::size_t first, std::size_t count) {
  if ((ranks_[sample] + 1) % kernels::kFoldEvery != 0) return;
  const kernels::ChangedSums of = sums(sample, first);
  kernels::fold(of.direct, of.excess, count);
}

void ClassSums::finish() {
  for (std::size_t label = 0; label < samples_.size(); ++label) {
    if (samples_[label] == 0) continue;
    const kernels::ChangedSums of = at(label, 0);
    kernels::fold(of.direct, of.excess, nodes_);
  }
}

// Excesses that were folded can be multiplied.
void ClassSums::merge(const ClassSums& others) {
  for (std::size_t label = 0; label < others.samples_.size(); ++label) {
    if (others.samples_[label] == 0) continue;
    if (samples_[label] == 0) {
      places_[label] = sums_.size() / (kSums * nodes_);
      sums_.resize(sums_.size() + kSums * nodes_);
    }
    samples_[label] += others.samples_[label];
    const kernels::ChangedSums of = at(label, 0);
    const double* const direct = others.sums_.data() + kSums * nodes_ * others.places_[label];
    const double* const excess = direct + nodes_;
    const double* const correct = excess + nodes_;
    for (std::size_t i = 0; i < nodes_; ++i) {
      of.direct[i] += direct[i];
      of.excess[i] += excess[i] + of.excess[i] * excess[i];
      of.correct[i] += correct[i];
    }
    kernels::fold(of.direct, of.excess, nodes_);
  }
}

Measured ClassSums::of(std::size_t label, std::size_t node) const {
  if (samples_[label] == 0) return {};
  const double* const sums = sums_.data() + kSums * nodes_ * places_[label] + node;
  return {sums[0] + std::log1p(sums[nodes_]), sums[2 * nodes_]};
}

}  // namespace secateur::engine
