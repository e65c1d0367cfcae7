#include "arguments.h"

#include <cmath>
#include <limits>
#include <utility>

namespace secateur::addon {
namespace {

constexpr double kMaxThreads = 1024;
constexpr double kMaxIndex = std::numeric_limits<std::uint32_t>::max();

constexpr std::pair<const char*, engine::Loss> kLosses[] = {
    {"crossentropy", engine::Loss::cross_entropy},
    {"binary-crossentropy", engine::Loss::binary_cross_entropy},
    {"mse", engine::Loss::mean_squared_error},
};

engine::Loss read_loss(const Napi::Value& value) {
  return read_choice(value, "head.loss", kLosses);
}

auto integers_between(double min, double max) {
  return [min, max](const Napi::Value& value, const std::string& name) {
    const double number = read_number(value, name);
    if (!(number >= min && number <= max) || number != std::trunc(number)) {
      const auto bound = [](double limit) {
        return std::to_string(static_cast<std::int64_t>(limit));
      };
      refuse(value.Env(), name + ": expected an integer from " + bound(min) + " to " + bound(max));
    }
    return number;
  };
}

template <class T>
std::vector<T> read_integers(const Napi::Value& value, const std::string& name, double min,
                             double max) {
  const std::vector<double> numbers = read_each(value, name, integers_between(min, max));
  return {numbers.begin(), numbers.end()};
}

struct LayerArgument {
  engine::LayerSpec spec;
  std::vector<std::optional<Napi::TypedArray>> weights;
};

std::optional<Napi::TypedArray> read_numbers_if_any(const Napi::Value& value,
                                                    const std::string& name) {
  if (value.IsNull() || value.IsUndefined()) return std::nullopt;
  return read_numbers(value, name);
}

LayerArgument read_layer_spec(const Napi::Value& value, const std::string& name) {
  const Napi::Object layer = read_object(value, name);
  LayerArgument argument;
  argument.spec.kind = read_string(layer.Get("kind"), name + ".kind");
  argument.spec.inputs =
      read_integers<std::uint32_t>(layer.Get("inputs"), name + ".inputs", 0, kMaxIndex);
  argument.spec.shape =
      read_integers<std::size_t>(layer.Get("shape"), name + ".shape", 0, kMaxInteger);
  argument.spec.ints = read_integers<std::int32_t>(layer.Get("ints"), name + ".ints",
                                                   std::numeric_limits<std::int32_t>::min(),
                                                   std::numeric_limits<std::int32_t>::max());
  argument.spec.floats = read_each(layer.Get("floats"), name + ".floats", read_number);
  argument.weights = read_each(layer.Get("weights"), name + ".weights", read_numbers_if_any);
  return argument;
}

}  // namespace

double read_number(const Napi::Value& value, const std::string& name) {
  if (!value.IsNumber()) refuse(value.Env(), name + ": expected a number");
  return value.As<Napi::Number>().DoubleValue();
}

std::uint64_t read_integer(const Napi::Value& value, const std::string& name, double min,
                           double max) {
  return static_cast<std::uint64_t>(integers_between(min, max)(value, name));
}

bool read_boolean(const Napi::Value& value, const std::string& name) {
  if (!value.IsBoolean()) refuse(value.Env(), name + ": expected true or false");
  return value.As<Napi::Boolean>().Value();
}

std::string read_string(const Napi::Value& value, const std::string& name) {
  if (!value.IsString()) refuse(value.Env(), name + ": expected text");
  return value.As<Napi::String>().Utf8Value();
}

Napi::Object read_object(const Napi::Value& value, const std::string& name) {
  if (!value.IsObject()) refuse(value.Env(), name + ": expected an object");
  return value.As<Napi::Object>();
}

Napi::Array read_list(const Napi::Value& value, const std::string& name) {
  if (!value.IsArray()) refuse(value.Env(), name + ": expected an array");
  return value.As<Napi::Array>();
}

Napi::Function read_function(const Napi::Value& value, const std::string& name) {
  if (!value.IsFunction()) refuse(value.Env(), name + ": expected a function");
  return value.As<Napi::Function>();
}

Napi::TypedArray read_numbers(const Napi::Value& value, const std::string& name) {
  if (!value.IsTypedArray()) refuse(value.Env(), name + ": expected a typed array");
  const auto array = value.As<Napi::TypedArray>();
  const Napi::Object buffer = array.ArrayBuffer();
  if (buffer.Get("resizable").ToBoolean())
    refuse(value.Env(), name + ": its buffer must not be resizable");
  return array;
}

engine::Options read_options(const Napi::Value& value) {
  const Napi::Object options = read_object(value, "options");
  engine::Options read;
  read.threads = static_cast<unsigned>(
      read_integer(options.Get("threads"), "options.threads", 1, kMaxThreads));
  read.memory = read_integer(options.Get("memory"), "options.memory", 1, kMaxInteger);
  return read;
}

std::uint32_t read_layer(const Napi::Value& value, const std::string& name,
                         const engine::Network& network) {
  const auto last = static_cast<double>(network.layer_count()) - 1;
  return static_cast<std::uint32_t>(read_integer(value, name, 0, last));
}

SamplesArgument read_samples(const Napi::Value& value) {
  const Napi::Object samples = read_object(value, "samples");
  const std::uint64_t count = read_integer(samples.Get("count"), "samples.count", 1, kMaxInteger);
  const auto scale = static_cast<float>(read_number(samples.Get("scale"), "samples.scale"));
  if (!std::isfinite(scale))
    refuse(value.Env(), "samples.scale: expected a finite number in the range of a float");
  return {read_numbers(samples.Get("x"), "samples.x"), count, scale};
}

LabelledArgument read_labelled(const Napi::Value& samples, const Napi::Value& targets,
                               const Napi::Value& head, const engine::Network& network) {
  const Napi::Object where = read_object(head, "head");
  const engine::Head read{read_loss(where.Get("loss")),
                          read_layer(where.Get("layer"), "head.layer", network)};
  return {read_samples(samples), read_numbers(targets, "targets"), read};
}

std::vector<SweepArgument> read_sweeps(const Napi::Value& value, const engine::Network& network) {
  return read_each(value, "sweeps",
                   [&network](const Napi::Value& element, const std::string& name) {
                     const Napi::Object sweep = read_object(element, name);
                     return SweepArgument{read_layer(sweep.Get("site"), name + ".site", network),
                                          read_numbers(sweep.Get("nodes"), name + ".nodes"),
                                          read_numbers(sweep.Get("values"), name + ".values"),
                                          read_numbers_if_any(sweep.Get("before"),
                                                              name + ".before")};
                   });
}

CutsArgument read_cuts(const Napi::Value& value) {
  const Napi::Object cuts = read_object(value, "cuts");
  return {read_numbers(cuts.Get("sites"), "cuts.sites"),
          read_numbers(cuts.Get("nodes"), "cuts.nodes"),
          read_numbers(cuts.Get("values"), "cuts.values")};
}

SetsArgument read_sets(const Napi::Value& value) {
  const Napi::Object sets = read_object(value, "sets");
  return {read_numbers(sets.Get("members"), "sets.members"),
          read_numbers(sets.Get("ends"), "sets.ends"),
          read_numbers(sets.Get("grows"), "sets.grows"),
          read_numbers_if_any(sets.Get("before"), "sets.before")};
}

std::vector<engine::LayerSpec> read_layers(const Napi::Value& value) {
  std::vector<LayerArgument> arguments = read_each(value, "layers", read_layer_spec);
  std::vector<engine::LayerSpec> layers;
  for (auto& [spec, weights] : arguments) {
    for (const auto& weight : weights) {
      spec.weights.push_back(weight ? view<float>(*weight, "weight") : std::span<float>());
    }
    layers.push_back(std::move(spec));
  }
  return layers;
}

engine::Samples view_samples(const SamplesArgument& argument, const engine::Network& network) {
  engine::Samples samples;
  samples.scale = argument.scale;
  samples.count = argument.count;
  // A layer comes after those that it takes, so the only one that takes none is the first.
  const std::size_t size = network.size(0);
  if (argument.x.TypedArrayType() == napi_uint8_array) {
    samples.bytes = view<std::uint8_t>(argument.x, "samples.x", argument.count, size);
  } else {
    samples.floats = view<float>(argument.x, "samples.x", argument.count, size);
  }
  return samples;
}

engine::Targets view_targets(const LabelledArgument& argument, const engine::Network& network) {
  const std::uint64_t count = argument.samples.count;
  engine::Targets targets;
  if (argument.head.loss == engine::Loss::cross_entropy) {
    targets.labels = view<std::int32_t>(argument.targets, "targets", count, 1);
  } else {
    targets.values =
        view<float>(argument.targets, "targets", count, network.size(argument.head.layer));
  }
  return targets;
}

engine::Sweep copy_sweep(const SweepArgument& argument, const engine::Network& network) {
  const auto nodes = view<std::uint32_t>(argument.nodes, "sweep.nodes");
  const auto values = view<float>(argument.values, "sweep.values", nodes.size(), 1);
  const std::span<const std::size_t> shape = network.shape(argument.site);
  const std::size_t channels = shape.empty() ? 0 : shape.back();
  for (const std::uint32_t node : nodes) {
    if (node >= channels) {
      refuse(argument.nodes.Env(), "sweep.nodes: there is no node " + std::to_string(node) +
                                       " among " + std::to_string(channels));
    }
  }
  std::span<const double> before;
  if (argument.before) before = view<double>(*argument.before, "sweep.before", nodes.size(), 1);
  return {argument.site,
          {nodes.begin(), nodes.end()},
          {values.begin(), values.end()},
          {before.begin(), before.end()}};
}

std::vector<engine::Cut> copy_cuts(const CutsArgument& argument) {
  const auto sites = view<std::uint32_t>(argument.sites, "cuts.sites");
  const auto nodes = view<std::uint32_t>(argument.nodes, "cuts.nodes", sites.size(), 1);
  const auto values = view<float>(argument.values, "cuts.values", sites.size(), 1);
  std::vector<engine::Cut> cuts;
  for (std::size_t i = 0; i < sites.size(); ++i) cuts.push_back({sites[i], nodes[i], values[i]});
  return cuts;
}

engine::CutSets copy_sets(const SetsArgument& argument) {
  const auto members = view<std::uint32_t>(argument.members, "sets.members");
  const auto ends = view<std::uint32_t>(argument.ends, "sets.ends");
  const auto grows = view<std::uint8_t>(argument.grows, "sets.grows", ends.size(), 1);
  std::span<const double> before;
  if (argument.before) before = view<double>(*argument.before, "sets.before", ends.size(), 1);
  return {{members.begin(), members.end()},
          {ends.begin(), ends.end()},
          {grows.begin(), grows.end()},
          {before.begin(), before.end()}};
}

}  // namespace secateur::addon
