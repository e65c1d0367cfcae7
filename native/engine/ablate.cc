// ablate(): the intact pass, then sweep after sweep over all blocks of samples.
#include <array>
#include <chrono>
#include <deque>
#include <numeric>

#include "checks.h"
#include "intact_run.h"
#include "parallel.h"
#include "rehearsal.h"
#include "strategy.h"
#include "sweep_plan.h"
#include "sweep_sums.h"
#include "teller.h"

namespace secateur::engine {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPartialEvery{250};
// Blocks of every sweep that are measured ahead of all else, if estimates are wanted.
constexpr std::size_t kProbes = 4;
// Samples of a run for each one that it may rehearse with, so that a rehearsal costs a hundredth.
constexpr std::size_t kSamplesPerRehearsed = 100;

// Multiply-adds of a run that is over before anybody would miss its first results: all its sweeps
// go over a block of samples while its intact values are in cache, and none of these are kept.
constexpr double kQuick = 0x1p36;

// What a thread works with.
struct Seat {
  IntactRun::Seat intact;
  std::unique_ptr<Strategy> strategy;                 // of the sweep at hand
  const SweepPlan* plan = nullptr;                    // of the strategy
  std::vector<std::unique_ptr<Strategy>> strategies;  // of all sweeps, if they go at once
  std::vector<bool> needed;                           // steps to take for units that are not kept
};

std::vector<SweepPlan> plan_sweeps(const PackedNetwork& network, const AblationJob& job) {
  std::vector<SweepPlan> plans;
  for (const Sweep& sweep : job.sweeps)
    plans.push_back(plan_sweep(network, sweep.site, job.head.layer));
  return plans;
}

class Ablation {
 public:
  Ablation(const PackedNetwork& network, const AblationJob& job, const Options& options, Sink& sink)
      : network_(network),
        job_(job),
        options_(options),
        stop_(options.cancelled),
        teller_(sink, stop_, job.samples.count),
        plans_(plan_sweeps(network, job)),
        intact_(network, job.samples, job.head, job.targets, all_read()),
        blocks_(intact_.blocks()),
        classes_(job.per_class ? network.size(job.head.layer) : 0) {}

  Status run() {
    if (Status status = take_memory(); !status.ok()) return status;
    if (at_once_) {
      measure_at_once();
      return finished(stop_.requested());
    }
    measure_intact();
    estimate_work();
    std::vector<std::vector<bool>> probed(plans_.size(), std::vector<bool>(blocks_, false));
    if (job_.partial) probe(probed);
    for (std::size_t sweep = 0; sweep < plans_.size() && !stop_.requested(); ++sweep)
      finish(sweep, probed[sweep]);
    return finished(stop_.requested());
  }

  Status predict(Prediction& prediction) {
    prediction = {};
    if (Status status = take_memory(); !status.ok()) return status;
    if (blocks_ == 0) return {};
    const double setup = rehearse();
    const auto rounds = static_cast<double>((blocks_ + seats_.size() - 1) / seats_.size());
    prediction = {intact_cost_ * rounds, setup + (block_costs() - intact_cost_) * rounds};
    return finished(stop_.requested());
  }

 private:
  Status take_memory();
  void estimate_work();
  bool can_go_at_once(std::size_t fixed, std::size_t each) const;
  void measure_at_once();
  void measure_intact();
  void send_nodes(std::size_t sweep);
  void probe(std::vector<std::vector<bool>>& probed);
  void finish(std::size_t sweep, const std::vector<bool>& probed);
  void measure_block(std::size_t sweep, std::size_t block, Seat& seat);
  void sit_down(std::size_t sweep, Seat& seat);
  void send_blocks(std::size_t sweep, std::size_t node);
  void send_progress() { teller_.tell_progress(done_cost_.load() / total_cost_); }
  void send_estimates(std::size_t sweep);
  double rehearse();
  double block_costs() const;
  double sweep_macs(std::size_t sweep) const {  // of a sample
    return plans_[sweep].macs * static_cast<double>(job_.sweeps[sweep].nodes.size());
  }
  std::vector<bool> all_read() const;
  std::vector<bool> needed_by(const SweepPlan& plan) const {
    return intact_.plan().steps_for(plan.intact);
  }

  SweepTask task(std::size_t sweep) const {
    return {network_,
            plans_[sweep],
            job_.sweeps[sweep],
            job_,
            intact_.baseline().predictions(),
            intact_.unit_rows()};
  }

  const PackedNetwork& network_;
  const AblationJob& job_;
  const Options& options_;
  Stop stop_;
  Teller teller_;
  std::vector<SweepPlan> plans_;
  IntactRun intact_;
  std::size_t blocks_;
  std::size_t classes_;         // that sums are wanted for
  std::deque<SweepSums> sums_;  // by sweep
  std::deque<Seat> seats_;
  bool at_once_ = false;
  double intact_cost_ = 0;           // of a block
  std::vector<double> sweep_costs_;  // of a block, by sweep; in the same unit
  double total_cost_ = 0;
  std::atomic<double> done_cost_{0};
  Clock::time_point estimates_sent_ = Clock::now();
};

Status Ablation::take_memory() {
  std::size_t fixed = intact_.bytes();
  std::size_t strategy = 0;
  std::size_t strategies = 0;
  std::vector<bool> kept(network_.layer_count(), false);
  for (std::size_t i = 0; i < plans_.size(); ++i) {
    const std::size_t nodes = job_.sweeps[i].nodes.size();
    if (job_.blocks) fixed += nodes * blocks_ * sizeof(double);
    fixed += ClassSums::bytes(classes_, nodes);
    const std::size_t bytes = strategy_bytes(task(i));
    strategy = std::max(strategy, bytes);
    strategies += bytes;
    for (std::size_t layer = 0; layer < kept.size(); ++layer)
      kept[layer] = kept[layer] || plans_[i].intact[layer];
  }
  const std::size_t pass = intact_.seat_bytes();
  at_once_ = can_go_at_once(fixed, pass + strategies);
  if (at_once_) kept.assign(kept.size(), false);
  const std::size_t each = pass + (at_once_ ? strategies : strategy);
  std::size_t workers = 0;
  if (Status status = workers_that_fit(options_, fixed, each, workers); !status.ok()) return status;
  workers = std::min(workers, std::max<std::size_t>(1, blocks_));
  for (std::size_t i = 0; i < workers; ++i)
    seats_.push_back({intact_.seat(stop_), nullptr, nullptr, {}, {}});
  intact_.keep(kept, options_.memory - fixed - workers * each);
  for (const Sweep& sweep : job_.sweeps) sums_.emplace_back(sweep, job_.blocks, classes_);
  return {};
}

// Needs a block to be one unit, whose intact values are all there when the sweeps begin.
bool Ablation::can_go_at_once(std::size_t fixed, std::size_t each) const {
  double macs = intact_.plan().macs();
  for (std::size_t sweep = 0; sweep < plans_.size(); ++sweep) macs += sweep_macs(sweep);
  const std::size_t workers = std::min<std::size_t>(std::max(1U, options_.threads), blocks_);
  return !job_.partial && intact_.unit_rows() == kSampleBlock &&
         macs * static_cast<double>(job_.samples.count) <= kQuick &&
         fixed + workers * each <= options_.memory;
}

void Ablation::measure_at_once() {
  const auto measure = [this](std::size_t block, std::size_t worker) {
    Seat& seat = seats_[worker];
    for (std::size_t sweep = seat.strategies.size(); sweep < plans_.size(); ++sweep)
      seat.strategies.push_back(make_strategy(task(sweep), seat.intact.worker));
    intact_.measure(block, seat.intact);
    if (stop_.requested()) return;
    const Range range = intact_.block(block);
    for (std::size_t sweep = 0; sweep < plans_.size(); ++sweep) {
      Strategy& strategy = *seat.strategies[sweep];
      strategy.begin(range, intact_.baseline().losses(range));
      strategy.run(seat.intact.pass, range, seat.intact.worker);
      if (stop_.requested()) return;
      sums_[sweep].submit(block,
                          {range.count, intact_.baseline().block_loss(block), strategy.sums()});
    }
  };
  core::parallel_for(seats_.size(), blocks_, measure, [] {});
  teller_.tell_baseline(intact_.baseline(), classes_);
  for (std::size_t sweep = 0; sweep < plans_.size(); ++sweep) send_nodes(sweep);
}

// So that progress can be told; the intact pass is done.
void Ablation::estimate_work() {
  const std::size_t rehearsed = Rehearsal::samples(intact_.unit_rows()) * seats_.size();
  if (rehearsed * kSamplesPerRehearsed <= job_.samples.count) {
    rehearse();
  } else {
    intact_cost_ = intact_.plan().macs();
    for (std::size_t sweep = 0; sweep < plans_.size(); ++sweep) {
      sweep_costs_.push_back(sweep_macs(sweep));
    }
  }
  total_cost_ = block_costs() * static_cast<double>(blocks_);
  done_cost_ = intact_cost_ * static_cast<double>(blocks_);
}

// Sets the costs of blocks in seconds; returns those that come once.
double Ablation::rehearse() {
  IntactRun::Seat& seat = seats_.front().intact;
  Rehearsal rehearsal(network_, job_, intact_.unit_rows(),
                      {seat.worker, seat.head, seat.pass, intact_.baseline()});
  const double computed = intact_.computed_again();
  const double samples = static_cast<double>(std::min(job_.samples.count, kSampleBlock));
  intact_cost_ = rehearsal.intact() * samples;
  double setup = 0;
  for (std::size_t sweep = 0; sweep < plans_.size(); ++sweep) {
    const Rehearsal::Cost cost =
        rehearsal.sweep(plans_[sweep], job_.sweeps[sweep], needed_by(plans_[sweep]));
    setup += cost.setup;
    sweep_costs_.push_back((cost.sweep + computed * cost.prefix) * samples);
  }
  return setup;
}

double Ablation::block_costs() const {
  return std::accumulate(sweep_costs_.begin(), sweep_costs_.end(), intact_cost_);
}

void Ablation::measure_intact() {
  const auto measure = [this](std::size_t block, std::size_t worker) {
    intact_.measure(block, seats_[worker].intact);
  };
  core::parallel_for(seats_.size(), blocks_, measure, [] {});  // the baseline is the first event
  teller_.tell_baseline(intact_.baseline(), classes_);
}

void Ablation::probe(std::vector<std::vector<bool>>& probed) {
  const std::size_t probes = std::min(kProbes, blocks_);
  for (std::vector<bool>& blocks : probed) {
    for (std::size_t i = 0; i < probes; ++i) blocks[i * blocks_ / probes] = true;
  }
  core::parallel_for(
      seats_.size(), plans_.size() * probes,
      [&](std::size_t index, std::size_t worker) {
        measure_block(index / probes, index % probes * blocks_ / probes, seats_[worker]);
      },
      [this] { send_progress(); });
  for (std::size_t sweep = 0; sweep < plans_.size(); ++sweep) send_estimates(sweep);
}

void Ablation::finish(std::size_t sweep, const std::vector<bool>& probed) {
  std::vector<std::size_t> rest;
  for (std::size_t block = 0; block < blocks_; ++block) {
    if (!probed[block]) rest.push_back(block);
  }
  core::parallel_for(
      seats_.size(), rest.size(),
      [&](std::size_t index, std::size_t worker) {
        measure_block(sweep, rest[index], seats_[worker]);
      },
      [&] {
        send_progress();
        if (job_.partial && Clock::now() - estimates_sent_ > kPartialEvery) send_estimates(sweep);
      });
  send_nodes(sweep);
}

void Ablation::send_nodes(std::size_t sweep) {
  const std::vector<Measured>& totals = sums_[sweep].totals();
  for (std::size_t i = 0; i < totals.size(); ++i) {
    send_blocks(sweep, i);
    teller_.tell_classes(sums_[sweep].classes(), i);
    teller_.tell({Event::Type::node, static_cast<std::uint32_t>(sweep),
                  static_cast<std::uint32_t>(i), totals[i].loss_sum, totals[i].correct,
                  totals[i].flips});
  }
}

// The layers whose intact values a sweep reads.
std::vector<bool> Ablation::all_read() const {
  std::vector<bool> read(network_.layer_count(), false);
  for (const SweepPlan& plan : plans_) {
    for (const std::uint32_t layer : named_by(plan.intact)) read[layer] = true;
  }
  return read;
}

// Puts the strategy of a sweep on a seat.
void Ablation::sit_down(std::size_t sweep, Seat& seat) {
  const SweepPlan& plan = plans_[sweep];
  if (seat.plan == &plan) return;
  seat.plan = &plan;
  seat.strategy.reset();
  seat.strategy = make_strategy(task(sweep), seat.intact.worker);
  seat.needed = needed_by(plan);
}

void Ablation::measure_block(std::size_t sweep, std::size_t block, Seat& seat) {
  if (stop_.requested()) return;
  sit_down(sweep, seat);
  const Range range = intact_.block(block);
  const Baseline& baseline = intact_.baseline();
  seat.strategy->begin(range, baseline.losses(range));
  for_each_unit(range, intact_.unit_rows(), [&](Range unit) {
    if (stop_.requested()) return;
    intact_.load(unit, seat.needed, seat.plan->intact[PackedNetwork::kInput], seat.intact);
    seat.strategy->run(seat.intact.pass, unit, seat.intact.worker);
  });
  if (stop_.requested()) return;
  sums_[sweep].submit(block, {range.count, baseline.block_loss(block), seat.strategy->sums()});
  done_cost_ += sweep_costs_[sweep];
}

void Ablation::send_blocks(std::size_t sweep, std::size_t node) {
  const std::vector<std::vector<double>>& changes = sums_[sweep].block_changes();
  for (std::size_t block = 0; block < changes.size(); ++block) {
    teller_.tell({Event::Type::block, static_cast<std::uint32_t>(sweep),
                  static_cast<std::uint32_t>(node), changes[block][node],
                  static_cast<double>(block)});
  }
}

void Ablation::send_estimates(std::size_t sweep) {
  estimates_sent_ = Clock::now();
  const std::vector<SweepSums::Estimate> estimates = sums_[sweep].estimates();
  for (std::size_t i = 0; i < estimates.size(); ++i) {
    teller_.tell({Event::Type::partial, static_cast<std::uint32_t>(sweep),
                  static_cast<std::uint32_t>(i), estimates[i].change_sum, estimates[i].samples,
                  estimates[i].standard_error});
  }
}

Status check_job(const PackedNetwork& network, const AblationJob& job) {
  if (Status status = check_samples(network, job.samples); !status.ok()) return status;
  if (Status status = check_targets(network, job.head, job.targets, job.samples.count);
      !status.ok())
    return status;
  if (job.per_class && !takes_labels(job.head.loss))
    return invalid("sums per class need a loss that takes labels");
  for (const Sweep& sweep : job.sweeps) {
    if (Status status = check_sweep(network, sweep); !status.ok()) return status;
  }
  return {};
}

// For who asks for no events.
class Nobody final : public Sink {
 public:
  bool take(const Event&) override { return true; }
};

}  // namespace

Status ablate(const Network& any, const AblationJob& job, const Options& options, Sink& sink) {
  const PackedNetwork& network = packed(any);
  if (Status status = check_job(network, job); !status.ok()) return status;
  return guarded([&] { return Ablation(network, job, options, sink).run(); });
}

Status predict(const Network& any, const AblationJob& job, const Options& options,
               Prediction& prediction) {
  const PackedNetwork& network = packed(any);
  if (Status status = check_job(network, job); !status.ok()) return status;
  Nobody nobody;
  return guarded([&] { return Ablation(network, job, options, nobody).predict(prediction); });
}

}  // namespace secateur::engine
