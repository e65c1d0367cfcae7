// forward(), evaluate() and activation_sums(): one intact pass over all samples.
#include <algorithm>
#include <deque>
#include <functional>
#include <utility>

#include "blocks.h"
#include "checks.h"
#include "head.h"
#include "in_order.h"
#include "intact_pass.h"
#include "kernels.h"
#include "parallel.h"
#include "propagation.h"

namespace secateur::engine {

namespace {

// Calls use(pass, unit, worker) for every unit of samples, when the values of `targets` are there;
// and done(block) when all units of a block are through, on the same thread.
Status for_each_pass(
    const PackedNetwork& network, const Samples& samples, std::span<const std::uint32_t> targets,
    const Options& options,
    const std::function<void(const IntactPass&, Range unit, std::size_t worker)>& use,
    const std::function<void(std::size_t block, std::size_t worker)>& done,
    const std::function<void(std::size_t workers)>& prepare) {
  std::vector<bool> read(network.layer_count(), false);
  for (const std::uint32_t target : targets) read[target] = true;
  const IntactPlan plan(network, read);
  const std::size_t rows = unit_rows(plan.row_bytes());
  std::size_t workers = 0;
  Status status = workers_that_fit(
      options, 0, IntactPass::bytes(plan, rows) + network.scratch_bytes(), workers);
  if (!status.ok()) return status;
  const Stop stop(options.cancelled);
  std::deque<Worker> seats;
  std::deque<IntactPass> passes;
  for (std::size_t i = 0; i < workers; ++i) {
    seats.emplace_back(stop);
    passes.emplace_back(network, plan, rows);
  }
  prepare(workers);
  core::parallel_for(workers, block_count(samples.count),
                     [&](std::size_t block, std::size_t worker) {
                       if (stop.requested()) return;
                       for_each_unit(block_at(block, samples.count), rows, [&](Range unit) {
                         passes[worker].load(samples, unit.first, unit.count);
                         passes[worker].run(seats[worker]);
                         if (!stop.requested()) use(passes[worker], unit, worker);
                       });
                       if (!stop.requested()) done(block, worker);
                     });
  return finished(stop.requested());
}

// Sums over the samples of a block, by site.
using SiteSums = std::vector<ActivationSums>;

SiteSums empty_sums(const PackedNetwork& network, std::span<const std::uint32_t> sites) {
  SiteSums sums;
  for (const std::uint32_t site : sites) {
    const std::vector<double> zero(network.shape(site).back());
    sums.push_back({0, zero, zero, zero, zero, zero});
  }
  return sums;
}

void add_activations(const float* values, std::size_t positions, ActivationSums& to) {
  const std::size_t channels = to.sum.size();
  std::vector<double> sample(channels);
  kernels::kernels().add_activations({values, positions, channels, sample.data(), to.sum.data(),
                                      to.absolute.data(), to.square.data(), to.zeros.data(),
                                      to.norm.data()});
  to.count += static_cast<double>(positions);
}

void add(const ActivationSums& from, ActivationSums& to) {
  to.count += from.count;
  for (const auto list : {&ActivationSums::sum, &ActivationSums::absolute, &ActivationSums::square,
                          &ActivationSums::zeros, &ActivationSums::norm}) {
    std::ranges::transform(to.*list, from.*list, (to.*list).begin(), std::plus<double>());
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

Status activation_sums(const Network& any, const Samples& samples,
                       std::span<const std::uint32_t> sites, const Options& options,
                       std::vector<ActivationSums>& sums) {
  const PackedNetwork& network = packed(any);
  if (Status status = check_samples(network, samples); !status.ok()) return status;
  for (const std::uint32_t site : sites) {
    if (Status status = check_layer(network, site); !status.ok()) return status;
  }
  return guarded([&]() -> Status {
    const SiteSums zero = empty_sums(network, sites);
    sums = zero;
    core::InOrder<SiteSums, std::function<void(std::size_t, const SiteSums&)>> merged(
        [&](std::size_t, const SiteSums& block) {
          for (std::size_t i = 0; i < sums.size(); ++i) add(block[i], sums[i]);
        });
    std::vector<SiteSums> blocks;
    return for_each_pass(
        network, samples, sites, options,
        [&](const IntactPass& pass, Range unit, std::size_t worker) {
          for (std::size_t i = 0; i < sites.size(); ++i) {
            const std::size_t positions = network.size(sites[i]) / network.shape(sites[i]).back();
            for (std::size_t s = 0; s < unit.count; ++s)
              add_activations(pass.at(sites[i], s), positions, blocks[worker][i]);
          }
        },
        [&](std::size_t block, std::size_t worker) {
          merged.submit(block, std::exchange(blocks[worker], zero));
        },
        [&](std::size_t workers) { blocks.assign(workers, zero); });
  });
}

}  // namespace secateur::engine
