// forward(), evaluate() and channel_means(): one intact pass over all samples.
#include <deque>
#include <functional>

#include "blocks.h"
#include "checks.h"
#include "head.h"
#include "in_order.h"
#include "intact_pass.h"
#include "parallel.h"

namespace secateur::engine {

namespace {

// Calls use(pass, unit, worker) for every unit of samples, after the layers that `targets` depend
// on have been computed; and done(block) when all units of a block are through, on the same thread.
Status for_each_pass(
    const PackedNetwork& network, const Samples& samples, std::span<const std::uint32_t> targets,
    const Options& options,
    const std::function<void(const IntactPass&, Range unit, std::size_t worker)>& use,
    const std::function<void(std::size_t block, std::size_t worker)>& done,
    const std::function<void(std::size_t workers)>& prepare) {
  const std::vector<bool> wanted = network.ancestors(targets);
  const std::size_t rows = unit_rows(network, wanted);
  std::size_t workers = 0;
  Status status = workers_that_fit(
      options, 0, IntactPass::bytes(network, wanted, rows) + network.scratch_bytes(), workers);
  if (!status.ok()) return status;
  const Stop stop(options.cancelled);
  std::deque<Worker> seats;
  std::deque<IntactPass> passes;
  for (std::size_t i = 0; i < workers; ++i) {
    seats.emplace_back(stop);
    passes.emplace_back(network, rows);
  }
  prepare(workers);
  core::parallel_for(workers, block_count(samples.count),
                     [&](std::size_t block, std::size_t worker) {
                       if (stop.requested()) return;
                       for_each_unit(block_at(block, samples.count), rows, [&](Range unit) {
                         passes[worker].load(samples, unit.first, unit.count);
                         passes[worker].run(wanted, seats[worker]);
                         if (!stop.requested()) use(passes[worker], unit, worker);
                       });
                       if (!stop.requested()) done(block, worker);
                     });
  return finished(stop.requested());
}

void add_channels(const float* values, std::size_t count, std::vector<double>& sums) {
  for (std::size_t i = 0; i < count; i += sums.size()) {
    for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += values[i + c];
  }
}

}  // namespace

Status forward(const Network& any, const Samples& samples, std::uint32_t layer,
               std::span<float> output, const Options& options) {
  const PackedNetwork& network = packed(any);
  if (Status status = check_samples(network, samples); !status.ok()) return status;
  if (Status status = check_layer(network, layer); !status.ok()) return status;
  const std::size_t size = network.size(layer);
  if (output.size() != samples.count * size) {
    return invalid("expected room for " + std::to_string(samples.count * size) + " outputs, got " +
                   std::to_string(output.size()));
  }
  return guarded([&] {
    return for_each_pass(
        network, samples, std::span(&layer, 1), options,
        [&](const IntactPass& pass, Range unit, std::size_t) {
          std::copy_n(pass.at(layer), unit.count * size, output.data() + unit.first * size);
        },
        [](std::size_t, std::size_t) {}, [](std::size_t) {});
  });
}

Status evaluate(const Network& any, const Samples& samples, const Targets& targets,
                const Head& head, const Options& options, Evaluation& found) {
  const PackedNetwork& network = packed(any);
  if (Status status = check_samples(network, samples); !status.ok()) return status;
  if (Status status = check_targets(network, head, targets, samples.count); !status.ok())
    return status;
  return guarded([&]() -> Status {
    std::vector<kernels::RowLoss> losses(samples.count);
    std::vector<HeadMeasure> heads;
    Status status = for_each_pass(
        network, samples, std::span(&head.layer, 1), options,
        [&](const IntactPass& pass, Range unit, std::size_t worker) {
          heads[worker].measure(pass.at(head.layer), unit, losses.data() + unit.first);
        },
        [](std::size_t, std::size_t) {},
        [&](std::size_t workers) { heads.assign(workers, HeadMeasure(network, head, targets)); });
    if (!status.ok()) return status;
    found = {};
    found.per_class.assign(takes_labels(head.loss) ? network.size(head.layer) : 0, {});
    for (const kernels::RowLoss& loss : losses)
      found.losses.push_back(kernels::sum_losses(std::span(&loss, 1)));
    for (std::size_t block = 0; block < block_count(samples.count); ++block) {
      const Range range = block_at(block, samples.count);
      const auto here = std::span(losses).subspan(range.first, range.count);
      found.total.loss_sum += kernels::sum_losses(here);
      found.total.correct += kernels::sum_correct(here);
    }
    for (std::size_t s = 0; s < targets.labels.size(); ++s) {
      ClassMeasured& of_class = found.per_class[static_cast<std::size_t>(targets.labels[s])];
      of_class.loss_sum += found.losses[s];
      of_class.correct += losses[s].correct;
      of_class.samples += 1;
    }
    return {};
  });
}

Status channel_means(const Network& any, const Samples& samples,
                     std::span<const std::uint32_t> sites, const Options& options,
                     std::vector<std::vector<double>>& means) {
  const PackedNetwork& network = packed(any);
  if (Status status = check_samples(network, samples); !status.ok()) return status;
  for (const std::uint32_t site : sites) {
    if (Status status = check_layer(network, site); !status.ok()) return status;
  }
  return guarded([&]() -> Status {
    using Sums = std::vector<std::vector<double>>;
    Sums zero;
    for (const std::uint32_t site : sites) zero.emplace_back(network.shape(site).back());
    means = zero;
    core::InOrder<Sums, std::function<void(std::size_t, const Sums&)>> merged(
        [&](std::size_t, const Sums& block) {
          for (std::size_t i = 0; i < means.size(); ++i) {
            for (std::size_t c = 0; c < means[i].size(); ++c) means[i][c] += block[i][c];
          }
        });
    std::vector<Sums> sums;
    Status status = for_each_pass(
        network, samples, sites, options,
        [&](const IntactPass& pass, Range unit, std::size_t worker) {
          for (std::size_t i = 0; i < sites.size(); ++i) {
            add_channels(pass.at(sites[i]), unit.count * network.size(sites[i]), sums[worker][i]);
          }
        },
        [&](std::size_t block, std::size_t worker) {
          merged.submit(block, std::move(sums[worker]));
          sums[worker] = zero;
        },
        [&](std::size_t workers) { sums.assign(workers, zero); });
    if (!status.ok()) return status;
    for (std::size_t i = 0; i < sites.size(); ++i) {
      const std::size_t numbers = samples.count * (network.size(sites[i]) / means[i].size());
      for (double& mean : means[i]) mean /= static_cast<double>(numbers);
    }
    return {};
  });
}

}  // namespace secateur::engine
