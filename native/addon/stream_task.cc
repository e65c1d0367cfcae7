#include "stream_task.h"

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

StreamTask::StreamTask(Desk& desk, SharedNetwork network, const engine::Options& options)
    : Task(desk, std::move(network), options), queue_(kCapacity, [this] { desk_.ring(); }) {}

void StreamTask::cancel() {
  Task::cancel();
  queue_.close();
}

void StreamTask::next(std::size_t limit, Waiter reader) {
  limit_ = limit;
  reader_ = std::move(reader);
}

void StreamTask::settle_reader(Napi::Env env) {
  if (!reader_.waiting()) return;
  // Whether the work has ended was looked at before: what is drained now is all that comes.
  const std::vector<Event> events = queue_.drain(limit_);
  if (events.empty() && !ended()) return;
  const engine::Status status = ended() ? outcome() : engine::Status{};
  if (events.empty() && !status.ok()) {
    reader_.answer(env, make_error(env, status).Value(), env.Undefined());
  } else {
    const bool done = ended() && status.ok() && queue_.size() == 0;
    const Napi::Object batch = to_batch(env, events, done);
    if (done) batch.Set("result", result(env));
    reader_.answer(env, env.Null(), batch);
  }
}

}  // namespace secateur::addon
