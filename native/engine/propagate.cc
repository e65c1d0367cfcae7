// propagate(): the intact pass of a unit of samples, then its signal back.
#include <chrono>
#include <deque>

#include "backward/backward_pass.h"
#include "backward/propagation_sums.h"
#include "backward/start.h"
#include "blocks.h"
#include "checks.h"
#include "in_turn.h"
#include "intact_pass.h"
#include "parallel.h"
#include "propagation.h"

namespace secateur::engine {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kProgressEvery{120};

// How many times what a cache holds a unit's values and signals may take: each is read once more,
// and long after it was written, while products want more samples than a cache holds of both.
constexpr std::size_t kBeyondCache = 4;

// What a thread works with.
struct Seat {
  Worker worker;
  IntactPass pass;
  BackwardPass back;
  PropagationSums sums;
};

// Sums in front of poolings that take one number each are made behind them, where there are fewer.
PropagationJob behind_poolings(const PackedNetwork& network, PropagationJob job) {
  const std::vector<bool> wanted = network.ancestors(std::span(&job.head.layer, 1));
  std::vector<std::vector<std::uint32_t>> readers(network.layer_count());
  for (const std::uint32_t layer : named_by(wanted)) {
    for (const std::uint32_t input : network.layer(layer).inputs) readers[input].push_back(layer);
  }
  for (Tap& tap : job.taps) {
    while (readers[tap.layer].size() == 1 && network.layer(readers[tap.layer][0]).takes_one())
      tap.layer = readers[tap.layer][0];
  }
  return job;
}

class Propagation {
 public:
  Propagation(const PackedNetwork& network, const PropagationJob& job, const Options& options)
      : network_(network),
        job_(behind_poolings(network, job)),
        options_(options),
        stop_(options.cancelled),
        plan_(network, job_),
        intact_(network, plan_.read()),
        rows_(
            unit_rows((intact_.row_bytes() + plan_.row_floats() * sizeof(float)) / kBeyondCache)) {}

  Status run(const std::function<bool(double)>& progress, PropagationResult& result);

 private:
  Status take_seats(std::size_t result_bytes);
  void run_block(std::size_t block, Seat& seat, PropagationResult& result);
  void run_unit(Range unit, Seat& seat);
  void copy_maps(std::uint32_t layer, const float* signal, Range unit) const;

  const PackedNetwork& network_;
  const PropagationJob job_;
  const Options& options_;
  Stop stop_;
  BackwardPlan plan_;
  IntactPlan intact_;
  std::size_t rows_;
  std::deque<Seat> seats_;
  core::InTurn turns_;
  std::atomic<std::size_t> done_{0};
};

Status Propagation::take_seats(std::size_t result_bytes) {
  const std::size_t each = IntactPass::bytes(intact_, rows_) +
                           rows_ * plan_.row_floats() * sizeof(float) +
                           PropagationSums::bytes(network_, job_) +
                           std::max(network_.scratch_bytes(), plan_.scratch() * sizeof(float));
  std::size_t workers = 0;
  Status status = workers_that_fit(options_, plan_.weight_bytes() + result_bytes, each, workers);
  if (!status.ok()) return status;
  for (std::size_t i = 0; i < std::min(workers, block_count(job_.samples.count)); ++i) {
    seats_.push_back({Worker(stop_), IntactPass(network_, intact_, rows_),
                      BackwardPass(network_, plan_, job_.rules, rows_),
                      PropagationSums(network_, job_, plan_)});
    seats_.back().pass.keep_sizes(plan_.sized());
    seats_.back().pass.keep_winners(plan_.pooled());
  }
  return {};
}

Status Propagation::run(const std::function<bool(double)>& progress, PropagationResult& result) {
  result = PropagationSums::empty_result(network_, job_);
  // Its sums are doubles where those of a thread's blocks are floats or doubles.
  Status status = take_seats(2 * PropagationSums::bytes(network_, job_));
  if (!status.ok()) return status;
  const auto tell = [&] {
    if (!progress(static_cast<double>(done_.load()))) stop_.request();
  };
  Clock::time_point sent = Clock::now();
  core::parallel_for(
      seats_.size(), block_count(job_.samples.count),
      [&](std::size_t block, std::size_t worker) { run_block(block, seats_[worker], result); },
      [&] {
        if (Clock::now() - sent < kProgressEvery) return;
        sent = Clock::now();
        tell();
      });
  if (!stop_.requested()) tell();
  seats_.clear();  // the order of an answer takes room as well
  PropagationSums::order(network_, job_, result);
  return finished(stop_.requested());
}

// Whatever happens, nobody must wait for a turn that never comes.
void Propagation::run_block(std::size_t block, Seat& seat, PropagationResult& result) try {
  const Range range = block_at(block, job_.samples.count);
  seat.sums.clear();
  for_each_unit(range, rows_, [&](Range unit) {
    if (!stop_.requested()) run_unit(unit, seat);
  });
  if (stop_.requested()) return turns_.abandon();
  turns_.take(block, [&] { seat.sums.add_to(result); });
  done_ += range.count;
} catch (...) {
  turns_.abandon();
  throw;
}

void Propagation::run_unit(Range unit, Seat& seat) {
  seat.pass.load(job_.samples, unit.first, unit.count);
  seat.pass.run(seat.worker);
  if (stop_.requested()) return;
  const std::uint32_t head = job_.head.layer;
  start_signals(job_, network_.size(head), seat.pass.at(head), unit, seat.back.start());
  seat.back.run(
      seat.pass,
      [&](std::uint32_t layer, const float* signal) {
        seat.sums.see(layer, signal, seat.pass, seat.worker);
        copy_maps(layer, signal, unit);
      },
      [&](std::uint32_t layer, std::size_t dead) { seat.sums.count_dead(layer, dead); },
      seat.worker);
}

void Propagation::copy_maps(std::uint32_t layer, const float* signal, Range unit) const {
  const std::size_t size = network_.size(layer);
  for (const Map& map : job_.maps) {
    if (map.layer == layer)
      std::copy_n(signal, unit.count * size, map.signal.data() + unit.first * size);
  }
}

Status check_rule(const PackedNetwork& network, std::uint32_t index, const BackwardRule& rule) {
  const Layer& layer = network.layer(index);
  const std::string where = "the rule of layer " + std::to_string(index);
  if (rule.type == BackwardRule::Type::shares) {
    if (!layer.has_weights()) return invalid(where + " has shares, but the layer has no weights");
    for (const Share& share : rule.shares) {
      if (share.products.empty()) return invalid(where + " has a share without products");
    }
  }
  if (rule.type == BackwardRule::Type::pass && layer.has_weights() &&
      network.size(layer.inputs[0]) != layer.size) {
    return invalid(where + " hands on unchanged, but the layer has " +
                   std::to_string(network.size(layer.inputs[0])) + " inputs and " +
                   std::to_string(layer.size) + " outputs");
  }
  return {};
}

// A gradient of weights wants true derivatives from the layer's output to the head.
Status check_gradients(const PackedNetwork& network, const PropagationJob& job) {
  const std::vector<bool> wanted = network.ancestors(std::span(&job.head.layer, 1));
  std::vector<std::uint32_t> asked = job.weight_gradients;
  asked.insert(asked.end(), job.weighted_squares.begin(), job.weighted_squares.end());
  for (const std::uint32_t from : asked) {
    if (Status status = check_layer(network, from); !status.ok()) return status;
    if (!network.layer(from).has_weights())
      return invalid("layer " + std::to_string(from) + " has no weights with gradients");
    std::vector<bool> behind(network.layer_count(), false);
    behind[from] = true;
    for (std::uint32_t index = from + 1; index <= job.head.layer; ++index) {
      for (const std::uint32_t input : network.layer(index).inputs)
        behind[index] = behind[index] || behind[input];
      if (behind[index] && wanted[index] && job.rules[index].type != BackwardRule::Type::gradient) {
        return invalid("gradients of the weights of layer " + std::to_string(from) +
                       " want the rule gradient of layer " + std::to_string(index));
      }
    }
  }
  return {};
}

Status check_maps(const PackedNetwork& network, const PropagationJob& job) {
  for (const Map& map : job.maps) {
    if (Status status = check_layer(network, map.layer); !status.ok()) return status;
    const std::size_t size = network.size(map.layer);
    if (map.signal.size() / size != job.samples.count || map.signal.size() % size != 0)
      return invalid("a map of layer " + std::to_string(map.layer) + " has room for " +
                     std::to_string(map.signal.size()) + " numbers instead of " +
                     std::to_string(job.samples.count) + " x " + std::to_string(size));
  }
  return {};
}

Status check_job(const PackedNetwork& network, const PropagationJob& job) {
  if (Status status = check_samples(network, job.samples); !status.ok()) return status;
  Status status = check_targets(network, job.head, job.targets, job.samples.count);
  if (!status.ok()) return status;
  if (starts_by_label(job.start) && job.targets.labels.empty())
    return invalid("a start by label wants a loss by class");
  if (job.rules.size() != network.layer_count()) {
    return invalid("expected " + std::to_string(network.layer_count()) +
                   " rules, one a layer, got " + std::to_string(job.rules.size()));
  }
  for (std::uint32_t index = 0; index < job.rules.size(); ++index) {
    if (status = check_rule(network, index, job.rules[index]); !status.ok()) return status;
  }
  for (const Tap& tap : job.taps) {
    if (status = check_layer(network, tap.layer); !status.ok()) return status;
  }
  if (status = check_maps(network, job); !status.ok()) return status;
  for (const std::uint32_t layer : job.weighted_squares) {
    if (status = check_layer(network, layer); !status.ok()) return status;
    if (network.layer(layer).weighted_squares() == nullptr)
      return invalid("layer " + std::to_string(layer) + " has no nodes");
  }
  return check_gradients(network, job);
}

}  // namespace

Status propagate(const Network& any, const PropagationJob& job, const Options& options,
                 const std::function<bool(double done)>& progress, PropagationResult& result) {
  const PackedNetwork& network = packed(any);
  if (Status status = check_job(network, job); !status.ok()) return status;
  return guarded([&] {
    for (const Map& map : job.maps) std::ranges::fill(map.signal, 0.0F);
    return Propagation(network, job, options).run(progress, result);
  });
}

}  // namespace secateur::engine
