#include "rehearsal.h"

#include <algorithm>

#include "cpu_clock.h"

namespace secateur::engine {

namespace {

// Multiply-adds of a sweep in one unit: so few nodes that a rehearsal takes some hundredths of a
// second a sweep, so many that they keep each other company as in the run.
constexpr double kMacs = 1e8;
constexpr std::size_t kFewestNodes = 4;

// Some nodes of a sweep, evenly spread.
Sweep thin(const Sweep& sweep, const SweepPlan& plan, std::size_t unit_rows) {
  const std::size_t nodes = sweep.nodes.size();
  const double macs = std::max(1.0, plan.macs * static_cast<double>(unit_rows));
  const auto wanted = static_cast<std::size_t>(std::min(kMacs / macs, 1e6));
  const std::size_t kept = std::min(nodes, std::max(kFewestNodes, wanted));
  Sweep thinned{sweep.site, {}, {}, {}};
  for (std::size_t i = 0; i < kept; ++i) {
    thinned.nodes.push_back(sweep.nodes[i * nodes / kept]);
    thinned.values.push_back(sweep.values[i * nodes / kept]);
  }
  return thinned;
}

}  // namespace

Rehearsal::Rehearsal(const PackedNetwork& network, const AblationJob& job, std::size_t unit_rows,
                     Stage stage)
    : network_(network), job_(job), unit_rows_(unit_rows), stage_(stage) {
  const std::size_t count = job.samples.count;
  for (std::size_t i = 0; i < kUnits; ++i) {
    const std::size_t first = i * block_count(count) / kUnits * kSampleBlock;
    units_[i] = {first, std::min(unit_rows, count - first)};
  }
}

double Rehearsal::intact() {
  double seconds = 0;
  std::size_t samples = 0;
  for (std::size_t i = 0; i < kUnits; ++i) {
    const double start = core::cpu_seconds();
    stage_.pass.load(job_.samples, units_[i].first, units_[i].count);
    stage_.pass.run(stage_.worker);
    if (stage_.worker.stopped()) return 0;
    stage_.baseline.take(stage_.pass.at(job_.head.layer), units_[i], stage_.head);
    if (i == 0) continue;
    seconds += core::cpu_seconds() - start;
    samples += units_[i].count;
  }
  return seconds / static_cast<double>(samples);
}

Rehearsal::Cost Rehearsal::sweep(const SweepPlan& plan, const Sweep& sweep,
                                 const std::vector<bool>& needed) {
  if (sweep.nodes.empty()) return {};
  const Sweep thinned = thin(sweep, plan, unit_rows_);
  const double thickness =
      static_cast<double>(sweep.nodes.size()) / static_cast<double>(thinned.nodes.size());
  Cost cost;
  double start = core::cpu_seconds();
  const auto lap = [&start] {
    const double lap = core::cpu_seconds() - start;
    start += lap;
    return lap;
  };
  const auto strategy = make_strategy(
      {network_, plan, thinned, job_, stage_.baseline.predictions(), unit_rows_}, stage_.worker);
  cost.setup = thickness * lap();
  std::size_t samples = 0;
  for (std::size_t i = 0; i < kUnits; ++i) {
    lap();
    stage_.pass.load(job_.samples, units_[i].first, units_[i].count);
    const double load = lap();
    stage_.pass.run(needed, stage_.worker);
    const double prefix = lap();
    if (stage_.worker.stopped()) return {};
    strategy->begin(units_[i], stage_.baseline.losses(units_[i]));
    strategy->run(stage_.pass, units_[i], stage_.worker);
    if (stage_.worker.stopped()) return {};
    strategy->sums();
    if (i == 0) continue;
    cost.prefix += prefix;
    cost.sweep += load + thickness * lap();
    samples += units_[i].count;
  }
  cost.prefix /= static_cast<double>(samples);
  cost.sweep /= static_cast<double>(samples);
  return cost;
}

}  // namespace secateur::engine
