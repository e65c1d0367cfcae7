// ablate_sets(): the intact pass, then batch after batch of sets over all blocks of samples.
#include <chrono>
#include <deque>
#include <functional>

#include "blocks.h"
#include "checks.h"
#include "cut_pass.h"
#include "head.h"
#include "in_order.h"
#include "intact_cache.h"
#include "parallel.h"

namespace secateur::engine {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kProgressEvery{120};
// Sets that share a pass over the samples: enough to make little of what is done once a pass, few
// enough for results to come soon.
constexpr std::size_t kBatch = 64;

// Sets [first, end), whole rows of growing ones.
struct Batch {
  std::size_t first;
  std::size_t end;
};

std::vector<Batch> batches_of(const CutSets& sets) {
  std::vector<Batch> batches;
  for (std::size_t first = 0; first < sets.size();) {
    std::size_t end = first + 1;
    while (end < sets.size() && (sets.grows[end] || end - first < kBatch)) ++end;
    batches.push_back({first, end});
    first = end;
  }
  return batches;
}

// What a thread works with.
struct Seat {
  Worker worker;
  HeadMeasure head;
  IntactPass intact;
  CutPass pass;
  std::vector<kernels::RowLoss> losses;   // of the set at hand, by row of the unit
  std::vector<kernels::RowLoss> changed;  // of its live rows
  std::vector<float> scores;
  std::vector<std::size_t> samples;
};

class SetsRun {
 public:
  SetsRun(const PackedNetwork& network, const SetsJob& job, const Options& options, Sink& sink)
      : network_(network),
        job_(job),
        options_(options),
        sink_(sink),
        stop_(options.cancelled),
        blocks_(block_count(job.samples.count)),
        wanted_(network.ancestors(std::span(&job.head.layer, 1))),
        rows_(unit_rows(network, wanted_)),
        plans_(network, job.head.layer, job.cuts, job.sets),
        batches_(batches_of(job.sets)) {}

  Status run() {
    if (Status status = take_memory(); !status.ok()) return status;
    estimate_work();
    measure_intact();
    for (const Batch& batch : batches_) {
      if (!stop_.requested()) measure(batch);
    }
    return finished(stop_.requested());
  }

 private:
  Status take_memory();
  void estimate_work();
  void measure_intact();
  void measure(const Batch& batch);
  std::vector<Measured> measure_block(const Batch& batch, std::size_t block, Seat& seat);
  void measure_unit(const Batch& batch, Range unit, Seat& seat, std::span<kernels::LossSum> sums);
  void grow(std::size_t set, Range unit, Seat& seat);
  void load_unit(Range unit, Seat& seat);
  void send(const Event& event);
  void send_progress();

  const PackedNetwork& network_;
  const SetsJob& job_;
  const Options& options_;
  Sink& sink_;
  Stop stop_;
  std::size_t blocks_;
  std::vector<bool> wanted_;
  std::size_t rows_;
  CutPlans plans_;
  std::vector<Batch> batches_;
  std::vector<bool> needed_;  // layers to compute for units that are not cached
  std::deque<Seat> seats_;
  std::optional<IntactCache> cache_;
  std::vector<kernels::RowLoss> intact_losses_;  // by sample
  double intact_cost_ = 0;
  double total_cost_ = 0;
  std::atomic<double> done_cost_{0};
  Clock::time_point progress_sent_ = Clock::now();
};

Status SetsRun::take_memory() {
  const std::size_t count = job_.samples.count;
  const std::size_t fixed = count * sizeof(kernels::RowLoss);
  std::size_t longest = 0;
  for (const Batch& batch : batches_) longest = std::max(longest, batch.end - batch.first);
  const std::size_t each = IntactPass::bytes(network_, wanted_, rows_) + network_.scratch_bytes() +
                           CutPass::bytes(network_, plans_, rows_) +
                           longest * (sizeof(kernels::LossSum) + sizeof(Measured));
  std::size_t workers = 0;
  if (Status status = workers_that_fit(options_, fixed, each, workers); !status.ok()) return status;
  workers = std::min(workers, std::max<std::size_t>(1, blocks_));
  for (std::size_t i = 0; i < workers; ++i) {
    seats_.push_back({Worker(stop_),
                      HeadMeasure(network_, job_.head, job_.targets),
                      IntactPass(network_, rows_),
                      CutPass(network_, job_.cuts, plans_, rows_),
                      {},
                      std::vector<kernels::RowLoss>(rows_),
                      std::vector<float>(rows_ * network_.size(job_.head.layer)),
                      {}});
  }
  intact_losses_.resize(count);
  std::vector<std::uint32_t> read;
  for (std::uint32_t layer = 0; layer < plans_.reads().size(); ++layer) {
    if (plans_.reads()[layer]) read.push_back(layer);
  }
  needed_ = network_.ancestors(read);
  cache_.emplace(network_, plans_.reads(), rows_, (count + rows_ - 1) / rows_,
                 options_.memory - fixed - workers * each);
  return {};
}

void SetsRun::estimate_work() {
  for (std::size_t layer = 0; layer < wanted_.size(); ++layer) {
    if (wanted_[layer]) intact_cost_ += network_.layer(layer).macs();
  }
  total_cost_ = intact_cost_;
  for (std::size_t set = 0; set < job_.sets.size(); ++set) total_cost_ += plans_.of(set).macs;
  total_cost_ *= static_cast<double>(blocks_);
}

void SetsRun::measure_intact() {
  core::parallel_for(seats_.size(), blocks_, [this](std::size_t block, std::size_t worker) {
    Seat& seat = seats_[worker];
    for_each_unit(block_at(block, job_.samples.count), rows_, [&](Range unit) {
      if (stop_.requested()) return;
      seat.intact.load(job_.samples, unit.first, unit.count);
      seat.intact.run(wanted_, seat.worker);
      if (stop_.requested()) return;
      seat.head.measure(seat.intact.at(job_.head.layer), unit, intact_losses_.data() + unit.first);
      const std::size_t index = unit.first / rows_;
      if (cache_->holds(index)) cache_->keep(index, seat.intact);
    });
    done_cost_ += intact_cost_;
  });
  Measured total;
  for (std::size_t block = 0; block < blocks_; ++block) {
    const Range range = block_at(block, job_.samples.count);
    const auto here = std::span(intact_losses_).subspan(range.first, range.count);
    total.loss_sum += kernels::sum_losses(here);
    total.correct += kernels::sum_correct(here);
  }
  send({.type = Event::Type::baseline, .first = total.loss_sum, .second = total.correct});
}

void SetsRun::measure(const Batch& batch) {
  std::vector<Measured> totals(batch.end - batch.first);
  core::InOrder<std::vector<Measured>,
                std::function<void(std::size_t, const std::vector<Measured>&)>>
      merged([&totals](std::size_t, const std::vector<Measured>& sums) {
        for (std::size_t i = 0; i < totals.size(); ++i) {
          totals[i].loss_sum += sums[i].loss_sum;
          totals[i].correct += sums[i].correct;
        }
      });
  core::parallel_for(
      seats_.size(), blocks_,
      [&](std::size_t block, std::size_t worker) {
        std::vector<Measured> sums = measure_block(batch, block, seats_[worker]);
        if (!stop_.requested()) merged.submit(block, std::move(sums));
      },
      [this] { send_progress(); });
  for (std::size_t i = 0; i < totals.size(); ++i) {
    send({.type = Event::Type::set,
          .index = static_cast<std::uint32_t>(batch.first + i),
          .first = totals[i].loss_sum,
          .second = totals[i].correct});
  }
}

std::vector<Measured> SetsRun::measure_block(const Batch& batch, std::size_t block, Seat& seat) {
  std::vector<kernels::LossSum> running(batch.end - batch.first);
  for_each_unit(block_at(block, job_.samples.count), rows_, [&](Range unit) {
    if (!stop_.requested()) measure_unit(batch, unit, seat, running);
  });
  std::vector<Measured> sums;
  for (const kernels::LossSum& sum : running) sums.push_back({sum.loss(), sum.correct});
  for (std::size_t set = batch.first; set < batch.end; ++set) done_cost_ += plans_.of(set).macs;
  return sums;
}

void SetsRun::measure_unit(const Batch& batch, Range unit, Seat& seat,
                           std::span<kernels::LossSum> sums) {
  load_unit(unit, seat);
  const auto intact = std::span(intact_losses_).subspan(unit.first, unit.count);
  for (std::size_t set = batch.first; set < batch.end && !stop_.requested(); ++set) {
    if (!job_.sets.grows[set]) {
      seat.pass.begin(seat.intact);
      seat.losses.assign(intact.begin(), intact.end());
    }
    grow(set, unit, seat);
    for (const kernels::RowLoss& loss : seat.losses) sums[set - batch.first].add(loss);
  }
}

// Rows whose scores cannot have changed keep their losses.
void SetsRun::grow(std::size_t set, Range unit, Seat& seat) {
  const bool more = set + 1 < job_.sets.size() && job_.sets.grows[set + 1];
  const std::vector<std::uint32_t>& live =
      seat.pass.grow(plans_.of(set), job_.sets.added(set), more, seat.worker);
  if (live.empty() || stop_.requested()) return;
  const std::size_t width = network_.size(job_.head.layer);
  seat.samples.clear();
  for (std::size_t r = 0; r < live.size(); ++r) {
    seat.samples.push_back(unit.first + live[r]);
    std::copy_n(seat.pass.at(job_.head.layer, live[r]), width, seat.scores.data() + r * width);
  }
  seat.head.measure(seat.scores.data(), seat.samples, seat.changed.data());
  for (std::size_t r = 0; r < live.size(); ++r) seat.losses[live[r]] = seat.changed[r];
}

void SetsRun::load_unit(Range unit, Seat& seat) {
  const std::size_t index = unit.first / rows_;
  seat.intact.load(job_.samples, unit.first, unit.count);
  if (cache_->holds(index)) {
    cache_->restore(index, seat.intact);
  } else {
    seat.intact.run(needed_, seat.worker);
  }
}

void SetsRun::send(const Event& event) {
  if (stop_.requested()) return;
  if (!sink_.take(event)) stop_.request();
}

void SetsRun::send_progress() {
  const Clock::time_point now = Clock::now();
  if (now - progress_sent_ < kProgressEvery) return;
  progress_sent_ = now;
  const double share = done_cost_.load() / total_cost_;
  send({.type = Event::Type::progress, .first = share * static_cast<double>(job_.samples.count)});
}

}  // namespace

Status ablate_sets(const Network& any, const SetsJob& job, const Options& options, Sink& sink) {
  const PackedNetwork& network = packed(any);
  if (Status status = check_samples(network, job.samples); !status.ok()) return status;
  if (Status status = check_targets(network, job.head, job.targets, job.samples.count);
      !status.ok())
    return status;
  for (const Cut& cut : job.cuts) {
    if (Status status = check_cut(network, cut); !status.ok()) return status;
  }
  if (Status status = check_sets(job.sets, job.cuts.size()); !status.ok()) return status;
  return guarded([&] { return SetsRun(network, job, options, sink).run(); });
}

}  // namespace secateur::engine
