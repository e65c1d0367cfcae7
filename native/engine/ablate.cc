// ablate(): the intact pass, then sweep after sweep over all blocks of samples.
#include <array>
#include <chrono>
#include <deque>
#include <numeric>

#include "blocks.h"
#include "checks.h"
#include "head.h"
#include "intact_cache.h"
#include "intact_pass.h"
#include "kernels.h"
#include "parallel.h"
#include "rehearsal.h"
#include "strategy.h"
#include "sweep_plan.h"
#include "sweep_sums.h"

namespace secateur::engine {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kProgressEvery{120};
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
  Worker worker;
  HeadMeasure head;
  IntactPass pass;                                    // of everything that the head depends on
  std::unique_ptr<Strategy> strategy;                 // of the sweep at hand
  const SweepPlan* plan = nullptr;                    // of the strategy
  std::vector<std::unique_ptr<Strategy>> strategies;  // of all sweeps, if they go at once
  std::vector<bool> needed;  // layers to compute for units that are not cached
};

class Ablation {
 public:
  Ablation(const PackedNetwork& network, const AblationJob& job, const Options& options, Sink& sink)
      : network_(network),
        job_(job),
        options_(options),
        sink_(sink),
        stop_(options.cancelled),
        blocks_(block_count(job.samples.count)),
        wanted_(network.ancestors(std::span(&job.head.layer, 1))),
        rows_(unit_rows(network, wanted_)) {
    for (const Sweep& sweep : job.sweeps) {
      plans_.push_back(plan_sweep(network, sweep.site, job.head.layer));
      sums_.emplace_back(sweep, job.blocks);
    }
  }

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
  void measure_intact(std::size_t block, Seat& seat);
  void send_baseline();
  void send_nodes(std::size_t sweep);
  void probe(std::vector<std::vector<bool>>& probed);
  void finish(std::size_t sweep, const std::vector<bool>& probed);
  void measure_block(std::size_t sweep, std::size_t block, Seat& seat);
  void load_unit(Range unit, Seat& seat);
  void sit_down(std::size_t sweep, Seat& seat);
  void send(const Event& event);
  void send_blocks(std::size_t sweep, std::size_t node);
  void send_progress();
  void send_estimates(std::size_t sweep);
  double rehearse();
  double block_costs() const;
  double sweep_macs(std::size_t sweep) const {  // of a sample
    return plans_[sweep].macs * static_cast<double>(job_.sweeps[sweep].nodes.size());
  }
  std::vector<bool> needed_by(const SweepPlan& plan) const;

  SweepTask task(std::size_t sweep) const {
    return {network_, plans_[sweep], job_.sweeps[sweep], job_, rows_};
  }
  std::size_t unit_of(std::size_t sample) const { return sample / rows_; }

  const PackedNetwork& network_;
  const AblationJob& job_;
  const Options& options_;
  Sink& sink_;
  Stop stop_;
  std::size_t blocks_;
  std::vector<bool> wanted_;
  std::size_t rows_;
  std::vector<SweepPlan> plans_;
  std::deque<SweepSums> sums_;  // by sweep
  std::deque<Seat> seats_;
  bool at_once_ = false;
  std::optional<IntactCache> cache_;
  std::vector<kernels::RowLoss> intact_losses_;  // by sample
  std::vector<double> intact_sums_;              // by block
  double intact_cost_ = 0;                       // of a block
  std::vector<double> sweep_costs_;              // of a block, by sweep; in the same unit
  double total_cost_ = 0;
  std::atomic<double> done_cost_{0};
  Clock::time_point progress_sent_ = Clock::now();
  Clock::time_point estimates_sent_ = Clock::now();
};

Status Ablation::take_memory() {
  const std::size_t count = job_.samples.count;
  const std::size_t units = (count + rows_ - 1) / rows_;
  std::size_t fixed = count * sizeof(kernels::RowLoss) + blocks_ * sizeof(double);
  std::size_t strategy = 0;
  std::size_t strategies = 0;
  std::vector<bool> kept(network_.layer_count(), false);
  for (std::size_t i = 0; i < plans_.size(); ++i) {
    if (job_.blocks) fixed += job_.sweeps[i].nodes.size() * blocks_ * sizeof(double);
    const std::size_t bytes = strategy_bytes(task(i));
    strategy = std::max(strategy, bytes);
    strategies += bytes;
    for (std::size_t layer = 0; layer < kept.size(); ++layer)
      kept[layer] = kept[layer] || plans_[i].intact[layer];
  }
  const std::size_t pass = IntactPass::bytes(network_, wanted_, rows_) + network_.scratch_bytes();
  at_once_ = can_go_at_once(fixed, pass + strategies);
  if (at_once_) kept.assign(kept.size(), false);
  const std::size_t each = pass + (at_once_ ? strategies : strategy);
  std::size_t workers = 0;
  if (Status status = workers_that_fit(options_, fixed, each, workers); !status.ok()) return status;
  workers = std::min(workers, std::max<std::size_t>(1, blocks_));
  for (std::size_t i = 0; i < workers; ++i) {
    seats_.push_back({Worker(stop_),
                      HeadMeasure(network_, job_.head, job_.targets),
                      IntactPass(network_, rows_),
                      nullptr,
                      nullptr,
                      {},
                      {}});
  }
  intact_losses_.resize(count);
  intact_sums_.resize(blocks_);
  cache_.emplace(network_, kept, rows_, units, options_.memory - fixed - workers * each);
  return {};
}

// Needs a block to be one unit, whose intact values are all there when the sweeps begin.
bool Ablation::can_go_at_once(std::size_t fixed, std::size_t each) const {
  double macs = 0;
  for (std::size_t layer = 0; layer < wanted_.size(); ++layer)
    macs += wanted_[layer] ? network_.layer(layer).macs() : 0;
  for (std::size_t sweep = 0; sweep < plans_.size(); ++sweep) macs += sweep_macs(sweep);
  const std::size_t workers = std::min<std::size_t>(std::max(1U, options_.threads), blocks_);
  return !job_.partial && rows_ == kSampleBlock &&
         macs * static_cast<double>(job_.samples.count) <= kQuick &&
         fixed + workers * each <= options_.memory;
}

void Ablation::measure_at_once() {
  const auto measure = [this](std::size_t block, std::size_t worker) {
    Seat& seat = seats_[worker];
    for (std::size_t sweep = seat.strategies.size(); sweep < plans_.size(); ++sweep)
      seat.strategies.push_back(make_strategy(task(sweep), seat.worker));
    measure_intact(block, seat);
    const Range range = block_at(block, job_.samples.count);
    for (std::size_t sweep = 0; sweep < plans_.size(); ++sweep) {
      Strategy& strategy = *seat.strategies[sweep];
      strategy.begin(std::span(intact_losses_).subspan(range.first, range.count));
      strategy.run(seat.pass, range, seat.worker);
      if (stop_.requested()) return;
      sums_[sweep].submit(block, {range.count, intact_sums_[block], strategy.sums()});
    }
  };
  core::parallel_for(seats_.size(), blocks_, measure, [] {});
  send_baseline();
  for (std::size_t sweep = 0; sweep < plans_.size(); ++sweep) send_nodes(sweep);
}

// So that progress can be told; the intact pass is done.
void Ablation::estimate_work() {
  const std::size_t rehearsed = Rehearsal::samples(rows_) * seats_.size();
  if (rehearsed * kSamplesPerRehearsed <= job_.samples.count) {
    rehearse();
  } else {
    for (std::size_t layer = 0; layer < wanted_.size(); ++layer) {
      if (wanted_[layer]) intact_cost_ += network_.layer(layer).macs();
    }
    for (std::size_t sweep = 0; sweep < plans_.size(); ++sweep) {
      sweep_costs_.push_back(sweep_macs(sweep));
    }
  }
  total_cost_ = block_costs() * static_cast<double>(blocks_);
  done_cost_ = intact_cost_ * static_cast<double>(blocks_);
}

// Sets the costs of blocks in seconds; returns those that come once.
double Ablation::rehearse() {
  Seat& seat = seats_.front();
  Rehearsal rehearsal(network_, job_, rows_, {seat.worker, seat.head, seat.pass});
  const std::size_t count = job_.samples.count;
  const double computed = 1 - cache_->share((count + rows_ - 1) / rows_);
  const double samples = static_cast<double>(std::min(count, kSampleBlock));
  intact_cost_ = rehearsal.intact(wanted_) * samples;
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
    measure_intact(block, seats_[worker]);
  };
  core::parallel_for(seats_.size(), blocks_, measure, [] {});  // the baseline is the first event
  send_baseline();
}

void Ablation::measure_intact(std::size_t block, Seat& seat) {
  const Range range = block_at(block, job_.samples.count);
  for_each_unit(range, rows_, [&](Range unit) {
    if (stop_.requested()) return;
    seat.pass.load(job_.samples, unit.first, unit.count);
    seat.pass.run(wanted_, seat.worker);
    if (stop_.requested()) return;
    seat.head.measure(seat.pass.at(job_.head.layer), unit, intact_losses_.data() + unit.first);
    if (cache_->holds(unit_of(unit.first))) cache_->keep(unit_of(unit.first), seat.pass);
  });
  intact_sums_[block] =
      kernels::sum_losses(std::span(intact_losses_).subspan(range.first, range.count));
}

void Ablation::send_baseline() {
  double loss = 0;
  double correct = 0;
  for (std::size_t block = 0; block < blocks_; ++block) {
    const Range range = block_at(block, job_.samples.count);
    loss += intact_sums_[block];
    correct += kernels::sum_correct(std::span(intact_losses_).subspan(range.first, range.count));
  }
  send({.type = Event::Type::baseline, .first = loss, .second = correct});
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
    send({Event::Type::node, static_cast<std::uint32_t>(sweep), static_cast<std::uint32_t>(i),
          totals[i].loss_sum, totals[i].correct});
  }
}

// The layers that the values which a sweep reads depend on.
std::vector<bool> Ablation::needed_by(const SweepPlan& plan) const {
  std::vector<std::uint32_t> read;
  for (std::uint32_t layer = 0; layer < plan.intact.size(); ++layer) {
    if (plan.intact[layer]) read.push_back(layer);
  }
  return network_.ancestors(read);
}

// Puts the strategy of a sweep on a seat.
void Ablation::sit_down(std::size_t sweep, Seat& seat) {
  const SweepPlan& plan = plans_[sweep];
  if (seat.plan == &plan) return;
  seat.plan = &plan;
  seat.strategy.reset();
  seat.strategy = make_strategy(task(sweep), seat.worker);
  seat.needed = needed_by(plan);
}

void Ablation::load_unit(Range unit, Seat& seat) {
  const bool held = cache_->holds(unit_of(unit.first));
  if (!held || seat.plan->intact[PackedNetwork::kInput]) {
    seat.pass.load(job_.samples, unit.first, unit.count);
  } else {
    seat.pass.expect(unit.count);
  }
  if (held) {
    cache_->restore(unit_of(unit.first), seat.pass);
  } else {
    seat.pass.run(seat.needed, seat.worker);
  }
}

void Ablation::measure_block(std::size_t sweep, std::size_t block, Seat& seat) {
  if (stop_.requested()) return;
  sit_down(sweep, seat);
  const Range range = block_at(block, job_.samples.count);
  seat.strategy->begin(std::span(intact_losses_).subspan(range.first, range.count));
  for_each_unit(range, rows_, [&](Range unit) {
    if (stop_.requested()) return;
    load_unit(unit, seat);
    seat.strategy->run(seat.pass, unit, seat.worker);
  });
  if (stop_.requested()) return;
  BlockSums sums{range.count, intact_sums_[block], seat.strategy->sums()};
  sums_[sweep].submit(block, std::move(sums));
  done_cost_ += sweep_costs_[sweep];
}

void Ablation::send(const Event& event) {
  if (stop_.requested()) return;
  if (!sink_.take(event)) stop_.request();
}

void Ablation::send_blocks(std::size_t sweep, std::size_t node) {
  const std::vector<std::vector<double>>& changes = sums_[sweep].block_changes();
  for (std::size_t block = 0; block < changes.size(); ++block) {
    send({Event::Type::block, static_cast<std::uint32_t>(sweep), static_cast<std::uint32_t>(node),
          changes[block][node], static_cast<double>(block)});
  }
}

void Ablation::send_progress() {
  const Clock::time_point now = Clock::now();
  if (now - progress_sent_ < kProgressEvery) return;
  progress_sent_ = now;
  const double share = done_cost_.load() / total_cost_;
  send({.type = Event::Type::progress, .first = share * static_cast<double>(job_.samples.count)});
}

void Ablation::send_estimates(std::size_t sweep) {
  estimates_sent_ = Clock::now();
  const std::vector<SweepSums::Estimate> estimates = sums_[sweep].estimates();
  for (std::size_t i = 0; i < estimates.size(); ++i) {
    send({Event::Type::partial, static_cast<std::uint32_t>(sweep), static_cast<std::uint32_t>(i),
          estimates[i].change_sum, estimates[i].samples, estimates[i].standard_error});
  }
}

}  // namespace

namespace {

Status check_job(const PackedNetwork& network, const AblationJob& job) {
  if (Status status = check_samples(network, job.samples); !status.ok()) return status;
  if (Status status = check_targets(network, job.head, job.targets, job.samples.count);
      !status.ok())
    return status;
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
