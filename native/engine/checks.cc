#include "checks.h"

#include <algorithm>

#include "head.h"
#include "spec.h"

namespace secateur::engine {

Status invalid(std::string message) { return {Status::Code::invalid, std::move(message)}; }

Status check_layer(const PackedNetwork& network, std::uint32_t layer) {
  if (layer < network.layer_count()) return {};
  return invalid("there is no layer " + std::to_string(layer) + " in a network of " +
                 std::to_string(network.layer_count()));
}

Status check_samples(const PackedNetwork& network, const Samples& samples) {
  if (!samples.floats.empty() && !samples.bytes.empty())
    return invalid("samples are either floats or bytes");
  const std::size_t size = network.size(PackedNetwork::kInput);
  const std::size_t numbers = samples.floats.size() + samples.bytes.size();
  if (numbers / size == samples.count && numbers % size == 0) return {};
  return invalid("expected " + std::to_string(samples.count) + " samples of " +
                 std::to_string(size) + " numbers, got " + std::to_string(numbers) + " numbers");
}

Status check_targets(const PackedNetwork& network, const Head& head, const Targets& targets,
                     std::size_t count) {
  if (Status status = check_layer(network, head.layer); !status.ok()) return status;
  const std::size_t width = network.size(head.layer);
  const bool by_label = takes_labels(head.loss);
  const std::size_t labels = by_label ? count : 0;
  const std::size_t values = by_label ? 0 : count * width;
  if (targets.labels.size() != labels || targets.values.size() != values) {
    return invalid("expected " + std::to_string(labels) + " labels and " + std::to_string(values) +
                   " values, got " + std::to_string(targets.labels.size()) + " and " +
                   std::to_string(targets.values.size()));
  }
  const auto odd = std::ranges::find_if(targets.labels, [width](std::int32_t label) {
    return label < 0 || static_cast<std::size_t>(label) >= width;
  });
  if (odd == targets.labels.end()) return {};
  return invalid("label " + std::to_string(*odd) + " of sample " +
                 std::to_string(odd - targets.labels.begin()) + " is not one of the classes 0 to " +
                 std::to_string(width - 1));
}

Status check_sweep(const PackedNetwork& network, const Sweep& sweep) {
  if (Status status = check_layer(network, sweep.site); !status.ok()) return status;
  if (sweep.nodes.size() != sweep.values.size()) {
    return invalid("a sweep has " + std::to_string(sweep.nodes.size()) + " nodes but " +
                   std::to_string(sweep.values.size()) + " values");
  }
  if (!sweep.before.empty() && sweep.before.size() != sweep.nodes.size()) {
    return invalid("a sweep has " + std::to_string(sweep.nodes.size()) + " nodes but " +
                   std::to_string(sweep.before.size()) + " sums to go on from");
  }
  const std::size_t channels = network.shape(sweep.site).back();
  const auto odd = std::ranges::find_if(
      sweep.nodes, [channels](std::uint32_t node) { return node >= channels; });
  if (odd == sweep.nodes.end()) return {};
  return invalid("layer " + std::to_string(sweep.site) + " has " + std::to_string(channels) +
                 " channels, there is no node " + std::to_string(*odd));
}

Status check_cut(const PackedNetwork& network, const Cut& cut) {
  if (Status status = check_layer(network, cut.site); !status.ok()) return status;
  const std::size_t channels = network.shape(cut.site).back();
  if (cut.node < channels) return {};
  return invalid("layer " + std::to_string(cut.site) + " has " + std::to_string(channels) +
                 " channels, there is no node " + std::to_string(cut.node));
}

Status check_sets(const CutSets& sets, std::size_t cuts) {
  if (sets.grows.size() != sets.size())
    return invalid("there are " + std::to_string(sets.size()) + " ends of sets but " +
                   std::to_string(sets.grows.size()) + " marks of those that grow");
  if (!sets.before.empty() && sets.before.size() != sets.size())
    return invalid("there are " + std::to_string(sets.size()) + " sets but " +
                   std::to_string(sets.before.size()) + " sums to go on from");
  if (!sets.grows.empty() && sets.grows.front() != 0)
    return invalid("the first set has none before it to grow from");
  if (!std::ranges::is_sorted(sets.ends) ||
      (sets.ends.empty() ? 0 : sets.ends.back()) != sets.members.size())
    return invalid("the ends of sets must rise to the number of their members");
  const auto odd =
      std::ranges::find_if(sets.members, [cuts](std::uint32_t member) { return member >= cuts; });
  if (odd == sets.members.end()) return {};
  return invalid("there is no cut " + std::to_string(*odd) + " among " + std::to_string(cuts));
}

Status workers_that_fit(const Options& options, std::size_t fixed, std::size_t each,
                        std::size_t& workers) {
  if (fixed > options.memory || options.memory - fixed < each) {
    return {Status::Code::out_of_memory, "the run needs at least " + std::to_string(fixed + each) +
                                             " bytes of memory, its budget is " +
                                             std::to_string(options.memory)};
  }
  const std::size_t wanted = std::max(1U, options.threads);
  workers = std::min(wanted, (options.memory - fixed) / std::max<std::size_t>(1, each));
  return {};
}

Status finished(bool stopped) {
  return stopped ? Status{Status::Code::cancelled, "the run was cancelled"} : Status{};
}

}  // namespace secateur::engine
