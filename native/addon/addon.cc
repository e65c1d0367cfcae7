// What JavaScript can call. Every function has its two signatures above it;
// src/engine/native/addon.ts is the other side. State belongs to the environment: each worker
// thread has its own.
#include <napi.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ablation.h"
#include "arguments.h"
#include "engine.h"
#include "errors.h"
#include "handles.h"
#include "propagation_task.h"
#include "queries.h"
#include "rules.h"
#include "stream_task.h"
#include "task.h"
#include "values.h"

namespace secateur::addon {
namespace {

// Counts changes of the signatures, so that an addon left over from another version is found out.
constexpr int kContract = 9;

constexpr double kMaxBatch = 65536;

std::shared_ptr<StreamTask> unwrap_stream(const Napi::Value& value) {
  auto stream = std::dynamic_pointer_cast<StreamTask>(unwrap<Task>(value, "task"));
  if (!stream)
    refuse(value.Env(), "task: expected one that ablate(), ablateSets() or propagate() started");
  return stream;
}

class Addon : public Napi::Addon<Addon> {
 public:
  Addon(Napi::Env env, Napi::Object exports) : desk_(env) {
    DefineAddon(
        exports,
        {InstanceMethod("info", &Addon::info), InstanceMethod("compile", &Addon::compile),
         InstanceMethod("release", &Addon::release), InstanceMethod("forward", &Addon::forward),
         InstanceMethod("evaluate", &Addon::evaluate),
         InstanceMethod("activationSums", &Addon::activation_sums),
         InstanceMethod("ablate", &Addon::ablate), InstanceMethod("predict", &Addon::predict),
         InstanceMethod("ablateSets", &Addon::ablate_sets),
         InstanceMethod("propagate", &Addon::propagate), InstanceMethod("next", &Addon::next),
         InstanceMethod("cancel", &Addon::cancel), InstanceMethod("whenEnded", &Addon::when_ended),
         InstanceMethod("liveTasks", &Addon::live_tasks),
         InstanceMethod("backlog", &Addon::backlog)});
  }

 private:
  // C++         instruction_set() -> string, supported_instruction_sets() -> [string]
  // TypeScript  info(): { contract: number; isa: string; isas: string[]; capacity: number }
  Napi::Value info(const Napi::CallbackInfo& call) {
    auto info = Napi::Object::New(call.Env());
    info["contract"] = kContract;
    info["isa"] = engine::instruction_set();
    info["isas"] =
        to_list(call.Env(), engine::supported_instruction_sets(),
                [&](const std::string& name) { return Napi::String::New(call.Env(), name); });
    info["capacity"] = static_cast<double>(StreamTask::kCapacity);
    return info;
  }

  // C++         Network::pack([LayerSpec]) -> Network
  // TypeScript  compile(layers: NativeLayer[]): NetworkHandle
  Napi::Value compile(const Napi::CallbackInfo& call) {
    const Napi::Env env = call.Env();
    const std::vector<engine::LayerSpec> layers = read_layers(call[0]);
    SharedNetwork network;
    const engine::Status status = engine::Network::pack(layers, network);
    if (!status.ok()) throw make_error(env, status);
    const auto bytes = static_cast<std::int64_t>(network->bytes());
    Napi::MemoryManagement::AdjustExternalMemory(env, bytes);
    return wrap<forget_bytes>(env, std::move(network));
  }

  // C++         ~Network once no task uses it
  // TypeScript  release(network: NetworkHandle): void
  Napi::Value release(const Napi::CallbackInfo& call) {
    SharedNetwork& network = unwrap<const engine::Network>(call[0], "network");
    forget_bytes(call.Env(), *network);
    network.reset();
    return call.Env().Undefined();
  }

  // C++         forward(network, samples, layer, output)
  // TypeScript  forward(network: NetworkHandle, samples: Samples, layer: number, output:
  // Float32Array, options): TaskHandle
  Napi::Value forward(const Napi::CallbackInfo& call) {
    const SharedNetwork network = unwrap<const engine::Network>(call[0], "network");
    const SamplesArgument samples = read_samples(call[1]);
    const std::uint32_t layer = read_layer(call[2], "layer", *network);
    const Napi::TypedArray output = read_numbers(call[3], "output");
    const engine::Options options = read_options(call[4]);
    const auto written = view<float>(output, "output", samples.count, network->size(layer));
    const auto task = std::make_shared<ForwardTask>(
        desk_, network, options, view_samples(samples, *network), layer, written);
    return start(call.Env(), task, {samples.x, output});
  }

  // C++         evaluate(network, samples, targets, head) -> Evaluation
  // TypeScript  evaluate(network: NetworkHandle, samples: Samples, targets: Targets, head:
  // NativeHead, options): TaskHandle
  Napi::Value evaluate(const Napi::CallbackInfo& call) {
    const SharedNetwork network = unwrap<const engine::Network>(call[0], "network");
    const LabelledArgument data = read_labelled(call[1], call[2], call[3], *network);
    const engine::Options options = read_options(call[4]);
    const auto task = std::make_shared<EvaluateTask>(desk_, network, options,
                                                     view_samples(data.samples, *network),
                                                     view_targets(data, *network), data.head);
    return start(call.Env(), task, {data.samples.x, data.targets});
  }

  // C++         activation_sums(network, samples, sites) -> sums
  // TypeScript  activationSums(network: NetworkHandle, samples: Samples, sites: Uint32Array,
  // options): TaskHandle
  Napi::Value activation_sums(const Napi::CallbackInfo& call) {
    const SharedNetwork network = unwrap<const engine::Network>(call[0], "network");
    const SamplesArgument samples = read_samples(call[1]);
    const Napi::TypedArray sites = read_numbers(call[2], "sites");
    const engine::Options options = read_options(call[3]);
    const auto copied = view<std::uint32_t>(sites, "sites");
    for (const std::uint32_t site : copied) {
      if (site >= network->layer_count())
        refuse(call.Env(), "sites: there is no layer " + std::to_string(site));
    }
    const auto task = std::make_shared<ActivationSumsTask>(
        desk_, network, options, view_samples(samples, *network),
        std::vector(copied.begin(), copied.end()));
    return start(call.Env(), task, {samples.x});
  }

  // C++         ablate(network, job, sink)
  // TypeScript  ablate(network: NetworkHandle, job: NativeJob, options): TaskHandle
  Napi::Value ablate(const Napi::CallbackInfo& call) { return start_job<AblationTask>(call); }

  // C++         predict(network, job) -> Prediction
  // TypeScript  predict(network: NetworkHandle, job: NativeJob, options): TaskHandle
  Napi::Value predict(const Napi::CallbackInfo& call) { return start_job<PredictTask>(call); }

  // C++         ablate_sets(network, job, sink)
  // TypeScript  ablateSets(network: NetworkHandle, job: NativeSetsJob, options): TaskHandle
  Napi::Value ablate_sets(const Napi::CallbackInfo& call) {
    const SharedNetwork network = unwrap<const engine::Network>(call[0], "network");
    const Napi::Object given = read_object(call[1], "job");
    const LabelledArgument data =
        read_labelled(given.Get("samples"), given.Get("targets"), given.Get("head"), *network);
    const CutsArgument cuts = read_cuts(given.Get("cuts"));
    const SetsArgument sets = read_sets(given.Get("sets"));
    const engine::Options options = read_options(call[2]);
    engine::SetsJob job{view_samples(data.samples, *network), view_targets(data, *network),
                        data.head, copy_cuts(cuts), copy_sets(sets)};
    const auto task = std::make_shared<AblationTask>(desk_, network, options, std::move(job));
    return start(call.Env(), task, {data.samples.x, data.targets});
  }

  // C++         propagate(network, job, progress) -> result
  // TypeScript  propagate(network: NetworkHandle, job: NativePropagation, options): TaskHandle
  Napi::Value propagate(const Napi::CallbackInfo& call) {
    const SharedNetwork network = unwrap<const engine::Network>(call[0], "network");
    const Napi::Object given = read_object(call[1], "job");
    const LabelledArgument data =
        read_labelled(given.Get("samples"), given.Get("targets"), given.Get("head"), *network);
    const PropagationArgument argument = read_propagation(given, *network);
    const engine::Options options = read_options(call[2]);
    engine::PropagationJob job = view_propagation(argument, data.samples.count, *network);
    job.samples = view_samples(data.samples, *network);
    job.targets = view_targets(data, *network);
    job.head = data.head;
    const auto task = std::make_shared<PropagationTask>(desk_, network, options, std::move(job));
    for (const MapArgument& map : argument.maps) task->pin(map.signal);
    return start(call.Env(), task, {data.samples.x, data.targets});
  }

  // C++         EventQueue::drain(limit) -> [Event]
  // TypeScript  next(task: TaskHandle, limit: number, callback: (error: Error | null, batch:
  // NativeBatch) => void): void
  Napi::Value next(const Napi::CallbackInfo& call) {
    const auto stream = unwrap_stream(call[0]);
    const auto limit = read_integer(call[1], "limit", 1, kMaxBatch);
    const Napi::Function callback = read_function(call[2], "callback");
    if (stream->reading()) refuse(call.Env(), "next: the call before it was not answered yet");
    stream->next(limit, Waiter(callback, call[0].As<Napi::Object>()));
    desk_.settle(call.Env(), *stream);
    return call.Env().Undefined();
  }

  // C++         Options::cancelled = true
  // TypeScript  cancel(task: TaskHandle): void
  Napi::Value cancel(const Napi::CallbackInfo& call) {
    unwrap<Task>(call[0], "task")->cancel();
    return call.Env().Undefined();
  }

  // C++         Status of the work, once its thread is joined and its arrays are let go
  // TypeScript  whenEnded(task: TaskHandle, callback: (error: Error | null, result: unknown) =>
  // void): void
  Napi::Value when_ended(const Napi::CallbackInfo& call) {
    const std::shared_ptr<Task> task = unwrap<Task>(call[0], "task");
    const Napi::Function callback = read_function(call[1], "callback");
    if (task->end_awaited()) refuse(call.Env(), "whenEnded: somebody waits already");
    task->when_ended(Waiter(callback, call[0].As<Napi::Object>()));
    desk_.settle(call.Env(), *task);
    return call.Env().Undefined();
  }

  // C++         Desk::live() -> size_t
  // TypeScript  liveTasks(): number
  Napi::Value live_tasks(const Napi::CallbackInfo& call) {
    return Napi::Number::New(call.Env(), static_cast<double>(desk_.live()));
  }

  // C++         EventQueue::size() -> size_t
  // TypeScript  backlog(task: TaskHandle): number
  Napi::Value backlog(const Napi::CallbackInfo& call) {
    return Napi::Number::New(call.Env(), static_cast<double>(unwrap_stream(call[0])->backlog()));
  }

  static void forget_bytes(Napi::Env env, const engine::Network& network) {
    Napi::MemoryManagement::AdjustExternalMemory(env, -static_cast<std::int64_t>(network.bytes()));
  }

  static void cancel_lost(Napi::Env, Task& task) { task.cancel(); }

  template <class JobTask>
  Napi::Value start_job(const Napi::CallbackInfo& call) {
    const SharedNetwork network = unwrap<const engine::Network>(call[0], "network");
    const Napi::Object given = read_object(call[1], "job");
    const LabelledArgument data =
        read_labelled(given.Get("samples"), given.Get("targets"), given.Get("head"), *network);
    const std::vector<SweepArgument> sweeps = read_sweeps(given.Get("sweeps"), *network);
    const bool partial = read_boolean(given.Get("partial"), "job.partial");
    const bool blocks = read_boolean(given.Get("blocks"), "job.blocks");
    const bool per_class = read_boolean(given.Get("perClass"), "job.perClass");
    const engine::Options options = read_options(call[2]);
    engine::AblationJob job{view_samples(data.samples, *network),
                            view_targets(data, *network),
                            data.head,
                            {},
                            partial,
                            blocks,
                            per_class};
    for (const auto& sweep : sweeps) job.sweeps.push_back(copy_sweep(sweep, *network));
    const auto task = std::make_shared<JobTask>(desk_, network, options, std::move(job));
    return start(call.Env(), task, {data.samples.x, data.targets});
  }

  Napi::Value start(Napi::Env env, const std::shared_ptr<Task>& task,
                    std::initializer_list<Napi::Object> used) {
    const Napi::Object handle = wrap<cancel_lost>(env, task);
    for (const Napi::Object& object : used) task->pin(object);
    desk_.start(task);
    return handle;
  }

  Desk desk_;
};

}  // namespace
}  // namespace secateur::addon

using SecateurAddon = secateur::addon::Addon;
NODE_API_ADDON(SecateurAddon)
