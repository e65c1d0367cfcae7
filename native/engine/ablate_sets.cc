// ablate_sets(): the intact pass, then batch after batch of sets over all blocks of samples.
#include <deque>
#include <functional>

#include "checks.h"
#include "grown_sets.h"
#include "in_order.h"
#include "intact_run.h"
#include "parallel.h"
#include "score_sets.h"
#include "teller.h"

namespace secateur::engine {

namespace {

// Sets that share a pass over the samples in the general way: enough to make little of what is done
// once a pass, few enough for results to come soon.
constexpr std::size_t kBatch = 64;

std::vector<Batch> batches_of(const CutSets& sets, std::size_t most) {
  std::vector<Batch> batches;
  for (std::size_t first = 0; first < sets.size();) {
    std::size_t end = first + 1;
    while (end < sets.size() && (sets.grows[end] || end - first < most)) ++end;
    batches.push_back({first, end});
    first = end;
  }
  return batches;
}

// What a thread works with.
struct Seat {
  IntactRun::Seat intact;
  std::unique_ptr<SetsStrategy> strategy;
};

class SetsRun {
 public:
  SetsRun(const PackedNetwork& network, const SetsJob& job, const Options& options, Sink& sink)
      : network_(network),
        job_(job),
        options_(options),
        stop_(options.cancelled),
        teller_(sink, stop_, job.samples.count),
        plans_(network, job.head.layer, job.cuts, job.sets),
        shared_(ScoreSets::share(network, job)),
        reads_(shared_ ? shared_->plan.intact : plans_.reads()),
        intact_(network, job.samples, job.head, job.targets, reads_),
        blocks_(intact_.blocks()),
        batches_(batches_of(job.sets, shared_ ? ScoreSets::kSetsAtOnce : kBatch)) {}

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
  std::size_t strategy_bytes() const;
  std::unique_ptr<SetsStrategy> make_strategy(Worker& worker) const;
  void estimate_work();
  void measure_intact();
  void measure(const Batch& batch);
  std::vector<Measured> measure_block(const Batch& batch, std::size_t block, Seat& seat);

  const PackedNetwork& network_;
  const SetsJob& job_;
  const Options& options_;
  Stop stop_;
  Teller teller_;
  CutPlans plans_;
  std::unique_ptr<const ScoreSets::Shared> shared_;
  std::vector<bool> reads_;  // layers whose intact values strategies read
  IntactRun intact_;
  std::size_t blocks_;
  std::vector<Batch> batches_;
  std::vector<bool> needed_;  // steps to take for units that are not kept
  std::deque<Seat> seats_;
  double intact_cost_ = 0;
  double total_cost_ = 0;
  std::atomic<double> done_cost_{0};
};

Status SetsRun::take_memory() {
  const std::size_t fixed = intact_.bytes();
  std::size_t longest = 0;
  for (const Batch& batch : batches_) longest = std::max(longest, batch.end - batch.first);
  const std::size_t each = intact_.seat_bytes() + strategy_bytes() +
                           longest * (sizeof(kernels::LossSum) + sizeof(Measured));
  std::size_t workers = 0;
  if (Status status = workers_that_fit(options_, fixed, each, workers); !status.ok()) return status;
  workers = std::min(workers, std::max<std::size_t>(1, blocks_));
  needed_ = intact_.plan().steps_for(reads_);
  intact_.keep(reads_, options_.memory - fixed - workers * each);
  for (std::size_t i = 0; i < workers; ++i) {
    seats_.push_back({intact_.seat(stop_), nullptr});
    seats_.back().strategy = make_strategy(seats_.back().intact.worker);
  }
  return {};
}

std::size_t SetsRun::strategy_bytes() const {
  return shared_ ? ScoreSets::bytes(network_, job_, *shared_, intact_.unit_rows())
                 : GrownSets::bytes(network_, plans_, intact_.unit_rows());
}

std::unique_ptr<SetsStrategy> SetsRun::make_strategy(Worker& worker) const {
  const SetsTask task{network_, job_, intact_.baseline().predictions(), intact_.unit_rows()};
  if (shared_) return std::make_unique<ScoreSets>(task, *shared_, worker);
  return std::make_unique<GrownSets>(task, plans_);
}

void SetsRun::estimate_work() {
  intact_cost_ = intact_.plan().macs();
  total_cost_ = intact_cost_;
  for (std::size_t set = 0; set < job_.sets.size(); ++set) total_cost_ += plans_.of(set).macs;
  total_cost_ *= static_cast<double>(blocks_);
}

void SetsRun::measure_intact() {
  core::parallel_for(seats_.size(), blocks_, [this](std::size_t block, std::size_t worker) {
    intact_.measure(block, seats_[worker].intact);
    done_cost_ += intact_cost_;
  });
  teller_.tell_baseline(intact_.baseline(), 0);
}

void SetsRun::measure(const Batch& batch) {
  std::vector<Measured> totals(batch.end - batch.first);
  if (const auto& before = job_.sets.before; !before.empty()) {
    for (std::size_t i = 0; i < totals.size(); ++i) totals[i].loss_sum = before[batch.first + i];
  }
  core::InOrder<std::vector<Measured>,
                std::function<void(std::size_t, const std::vector<Measured>&)>>
      merged([&totals](std::size_t, const std::vector<Measured>& sums) {
        for (std::size_t i = 0; i < totals.size(); ++i) {
          totals[i].loss_sum += sums[i].loss_sum;
          totals[i].correct += sums[i].correct;
          totals[i].flips += sums[i].flips;
        }
      });
  core::parallel_for(
      seats_.size(), blocks_,
      [&](std::size_t block, std::size_t worker) {
        std::vector<Measured> sums = measure_block(batch, block, seats_[worker]);
        if (!stop_.requested()) merged.submit(block, std::move(sums));
      },
      [this] { teller_.tell_progress(done_cost_.load() / total_cost_); });
  for (std::size_t i = 0; i < totals.size(); ++i) {
    teller_.tell({.type = Event::Type::set,
                  .index = static_cast<std::uint32_t>(batch.first + i),
                  .first = totals[i].loss_sum,
                  .second = totals[i].correct,
                  .third = totals[i].flips});
  }
}

std::vector<Measured> SetsRun::measure_block(const Batch& batch, std::size_t block, Seat& seat) {
  seat.strategy->begin(batch);
  for_each_unit(intact_.block(block), intact_.unit_rows(), [&](Range unit) {
    if (stop_.requested()) return;
    intact_.load(unit, needed_, reads_[PackedNetwork::kInput], seat.intact);
    seat.strategy->run(seat.intact.pass, unit, intact_.baseline().losses(unit), seat.intact.worker);
  });
  for (std::size_t set = batch.first; set < batch.end; ++set) done_cost_ += plans_.of(set).macs;
  return seat.strategy->sums();
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
