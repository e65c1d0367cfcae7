#include "score_sets.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>

#include "kernels.h"
#include "score_sweep.h"

namespace secateur::engine {

namespace {

// The last cut of a set without any.
constexpr std::uint32_t kNoCut = std::numeric_limits<std::uint32_t>::max();

}  // namespace

std::unique_ptr<const ScoreSets::Shared> ScoreSets::share(const PackedNetwork& network,
                                                          const SetsJob& job) {
  const auto site_is = [&](const Cut& cut) { return cut.site == job.cuts.front().site; };
  const auto grows = [](std::uint8_t mark) { return mark != 0; };
  if (job.cuts.empty() || !std::ranges::all_of(job.cuts, site_is) ||
      std::ranges::any_of(job.sets.grows, grows))
    return nullptr;
  auto shared = std::make_unique<Shared>();
  shared->sweep.site = job.cuts.front().site;
  for (const Cut& cut : job.cuts) {
    shared->sweep.nodes.push_back(cut.node);
    shared->sweep.values.push_back(cut.value);
  }
  shared->plan = plan_sweep(network, shared->sweep.site, job.head.layer);
  if (!ScoreSweep::fits(network, shared->plan, job.head)) return nullptr;
  return shared;
}

std::size_t ScoreSets::bytes(const PackedNetwork& network, const SetsJob& job, const Shared& shared,
                             std::size_t unit_rows) {
  const std::size_t cuts = job.cuts.size();
  const std::size_t classes = network.size(job.head.layer);
  return NarrowPass::bytes(shared.plan, cuts, unit_rows) +
         sizeof(float) * (cuts * (2 * classes + 1 + unit_rows) + kSetsAtOnce * (classes + 2)) +
         ChangedTally::bytes(kSetsAtOnce);
}

ScoreSets::ScoreSets(const SetsTask& task, const Shared& shared, Worker& worker)
    : job_(task.job),
      predictions_(task.predictions),
      input_(task.network.layer(job_.head.layer).inputs[0]),
      cuts_(job_.cuts.size()),
      classes_(task.network.size(job_.head.layer)),
      narrow_(task.network, shared.plan, shared.sweep, task.unit_rows),
      weights_(unit_changes(task.network, shared.plan, shared.sweep, job_.head.layer, worker)),
      changes_(cuts_ * task.unit_rows),
      scores_(classes_) {
  for (std::size_t cut = 0; cut < cuts_; ++cut) {
    const std::span<const float> row(weights_.data() + cut * classes_, classes_);
    for (const float weight : row) in_log2_.push_back(weight * std::numbers::log2e_v<float>);
    const auto [least, most] = std::ranges::minmax(row);
    reach_.push_back((most - least) * std::numbers::log2e_v<float>);
  }
}

void ScoreSets::begin(const Batch& batch) {
  if (batch.first != batch_.first || batch.end != batch_.end) find_families(batch);
  tally_.begin();
  seen_ = 0;
}

// A set without cuts is an empty stem that ends with nothing: it has a family of its own.
void ScoreSets::find_families(const Batch& batch) {
  batch_ = batch;
  std::map<Stem, std::vector<std::size_t>> members;
  for (std::size_t set = batch.first; set < batch.end; ++set) {
    const auto cuts = job_.sets.added(set);
    members[Stem(cuts.begin(), cuts.empty() ? cuts.end() : cuts.end() - 1)].push_back(set);
  }
  families_.clear();
  places_.assign(batch.end - batch.first, 0);
  std::size_t place = 0;
  for (const auto& [stem, sets] : members) {
    Family family{.first = place, .last = {}, .weights = {}, .reach = {}};
    for (const std::size_t set : sets) {
      const auto cuts = job_.sets.added(set);
      places_[set - batch.first] = place++;
      family.last.push_back(cuts.empty() ? kNoCut : cuts.back());
    }
    read_weights(family);
    families_.emplace_back(stem, std::move(family));
  }
  tally_ = ChangedTally(places_.size());
}

void ScoreSets::read_weights(Family& family) const {
  const std::size_t lasts = family.last.size();
  family.weights.assign(classes_ * lasts, 0);
  family.reach.assign(lasts, 0);
  for (std::size_t i = 0; i < lasts; ++i) {
    const std::uint32_t cut = family.last[i];
    if (cut == kNoCut) continue;
    for (std::size_t k = 0; k < classes_; ++k)
      family.weights[k * lasts + i] = in_log2_[cut * classes_ + k];
    family.reach[i] = reach_[cut];
  }
}

void ScoreSets::run(const IntactPass& intact, Range unit, std::span<const kernels::RowLoss> losses,
                    Worker& worker) {
  find_changes(intact);
  for (std::size_t row = 0; row < unit.count && !worker.stopped(); ++row) {
    const std::size_t sample = unit.first + row;
    add_sample({changes_.data() + row * cuts_, intact.at(job_.head.layer, row),
                job_.targets.labels[sample], predictions_.label(sample), losses[row]});
    if (++seen_ % kernels::kFoldEvery == 0) tally_.fold(0, places_.size());
  }
}

void ScoreSets::find_changes(const IntactPass& intact) {
  for (std::size_t first = 0; first < cuts_; first += narrow_.nodes_at_once()) {
    const std::size_t cuts = std::min(narrow_.nodes_at_once(), cuts_ - first);
    narrow_.run(intact, first, cuts);
    for (std::size_t row = 0; row < intact.count(); ++row)
      narrow_.changes(input_, intact, row, changes_.data() + row * cuts_ + first);
  }
}

void ScoreSets::add_sample(const Sample& sample) {
  for (const auto& [stem, family] : families_) {
    std::copy_n(sample.scores, classes_, scores_.data());
    add_family(family, sample, take_stem(stem, sample));
  }
}

// Adds the changes of the stem to the scores; gives the loss without it, in the very steps in which
// a set of one cut gets its loss.
kernels::RowLoss ScoreSets::take_stem(const Stem& stem, const Sample& sample) {
  kernels::RowLoss loss = sample.loss;
  for (const std::uint32_t cut : stem) {
    const float change = sample.changes[cut];
    if (change == 0) continue;
    stem_tally_.begin();
    stem_tally_.add({.scores = scores_.data(),
                     .classes = classes_,
                     .label = sample.label,
                     .intact = loss,
                     .changes = &change,
                     .weights = in_log2_.data() + cut * classes_,
                     .reach = &reach_[cut],
                     .stride = 1,
                     .rows = 1},
                    sample.predicted, 0);
    loss = stem_tally_.loss(0);
    const float* weights = weights_.data() + cut * classes_;
    for (std::size_t k = 0; k < classes_; ++k)
      scores_[k] = std::fma(change, weights[k], scores_[k]);
  }
  return loss;
}

void ScoreSets::add_family(const Family& family, const Sample& sample,
                           const kernels::RowLoss& loss) {
  const std::size_t lasts = family.last.size();
  last_changes_.resize(std::max(last_changes_.size(), lasts));
  for (std::size_t i = 0; i < lasts; ++i)
    last_changes_[i] = family.last[i] == kNoCut ? 0 : sample.changes[family.last[i]];
  tally_.add({.scores = scores_.data(),
              .classes = classes_,
              .label = sample.label,
              .intact = loss,
              .changes = last_changes_.data(),
              .weights = family.weights.data(),
              .reach = family.reach.data(),
              .stride = lasts,
              .rows = lasts},
             sample.predicted, family.first);
}

std::vector<Measured> ScoreSets::sums() const {
  std::vector<Measured> sums;
  for (const std::size_t place : places_) sums.push_back(tally_.of(place, seen_));
  return sums;
}

}  // namespace secateur::engine
