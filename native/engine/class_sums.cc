#include "class_sums.h"

#include <cmath>

namespace secateur::engine {

void ClassSums::begin(std::span<const std::int32_t> labels) {
  labels_ = labels;
  ranks_.clear();
  for (OfClass& of : classes_) of.samples = 0;
  for (const std::int32_t label : labels)
    ranks_.push_back(begun(static_cast<std::size_t>(label)).samples++);
}

ClassSums::OfClass& ClassSums::begun(std::size_t label) {
  OfClass& of = classes_[label];
  if (of.samples == 0) {
    of.direct.assign(nodes_, 0);
    of.excess.assign(nodes_, 0);
    of.correct.assign(nodes_, 0);
  }
  return of;
}

void ClassSums::add(std::size_t sample, std::span<const kernels::RowLoss> losses) {
  OfClass& of = class_of(sample);
  for (std::size_t i = 0; i < nodes_; ++i) {
    const auto e = static_cast<double>(losses[i].excess);
    of.direct[i] += losses[i].direct;
    of.excess[i] += e + of.excess[i] * e;
    of.correct[i] += static_cast<double>(losses[i].correct);
  }
  fold(sample, 0, nodes_);
}

kernels::ChangedSums ClassSums::sums(std::size_t sample, std::size_t first) {
  OfClass& of = class_of(sample);
  return {of.direct.data() + first, of.excess.data() + first, of.correct.data() + first};
}

void ClassSums::fold(std::size_t sample, std::size_t first, std::size_t count) {
  if ((ranks_[sample] + 1) % kernels::kFoldEvery != 0) return;
  OfClass& of = class_of(sample);
  for (std::size_t i = first; i < first + count; ++i) kernels::fold(of.direct[i], of.excess[i]);
}

// Excesses that were folded can be multiplied.
void ClassSums::merge(const ClassSums& others) {
  for (std::size_t label = 0; label < others.classes_.size(); ++label) {
    const OfClass& added = others.classes_[label];
    if (added.samples == 0) continue;
    OfClass& of = begun(label);
    of.samples += added.samples;
    for (std::size_t i = 0; i < nodes_; ++i) {
      double direct = added.direct[i];
      double excess = added.excess[i];
      kernels::fold(direct, excess);
      of.direct[i] += direct;
      of.excess[i] += excess + of.excess[i] * excess;
      of.correct[i] += added.correct[i];
      kernels::fold(of.direct[i], of.excess[i]);
    }
  }
}

Measured ClassSums::of(std::size_t label, std::size_t node) const {
  const OfClass& of = classes_[label];
  if (of.samples == 0) return {};
  return {of.direct[node] + std::log1p(of.excess[node]), of.correct[node]};
}

}  // namespace secateur::engine
