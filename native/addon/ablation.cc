#include "ablation.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "errors.h"

namespace secateur::addon {
namespace {

using engine::Event;

// One field of every event as a typed array.
template <class Array, class Field>
Array column(Napi::Env env, const std::vector<Event>& events, Field field) {
  auto array = Array::New(env, events.size());
  for (std::size_t i = 0; i < events.size(); ++i) array[i] = field(events[i]);
  return array;
}

Napi::Object to_batch(Napi::Env env, const std::vector<Event>& events, bool done) {
  auto batch = Napi::Object::New(env);
  batch["type"] = column<Napi::Uint8Array>(
      env, events, [](const Event& e) { return static_cast<std::uint8_t>(e.type); });
  batch["sweep"] = column<Napi::Uint32Array>(env, events, [](const Event& e) { return e.sweep; });
  batch["index"] = column<Napi::Uint32Array>(env, events, [](const Event& e) { return e.index; });
  batch["first"] = column<Napi::Float64Array>(env, events, [](const Event& e) { return e.first; });
  batch["second"] =
      column<Napi::Float64Array>(env, events, [](const Event& e) { return e.second; });
  batch["third"] = column<Napi::Float64Array>(env, events, [](const Event& e) { return e.third; });
  batch["done"] = Napi::Boolean::New(env, done);
  return batch;
}

}  // namespace

AblationTask::AblationTask(Desk& desk, SharedNetwork network, const engine::Options& options,
                           Job job)
    : Task(desk, std::move(network), options),
      job_(std::move(job)),
      queue_(kCapacity, [this] { desk_.ring(); }) {}

engine::Status AblationTask::work(const engine::Network& network, const engine::Options& options) {
  const Job job = std::move(job_);  // its lists are let go with the work
  if (const auto* sets = std::get_if<engine::SetsJob>(&job))
    return engine::ablate_sets(network, *sets, options, queue_);
  return engine::ablate(network, std::get<engine::AblationJob>(job), options, queue_);
}

void AblationTask::cancel() {
  Task::cancel();
  queue_.close();
}

void AblationTask::next(std::size_t limit, Waiter reader) {
  limit_ = limit;
  reader_ = std::move(reader);
}

void AblationTask::settle_reader(Napi::Env env) {
  if (!reader_.waiting()) return;
  // Whether the work has ended was looked at before: what is drained now is all that comes.
  const std::vector<Event> events = queue_.drain(limit_);
  if (events.empty() && !ended()) return;
  const engine::Status status = ended() ? outcome() : engine::Status{};
  if (events.empty() && !status.ok()) {
    reader_.answer(env, make_error(env, status).Value(), env.Undefined());
  } else {
    const bool done = ended() && status.ok() && queue_.size() == 0;
    reader_.answer(env, env.Null(), to_batch(env, events, done));
  }
}

}  // namespace secateur::addon
