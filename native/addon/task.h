// Work of the engine on a thread of its own, and the way back to JavaScript.
//
// Lives: the desk of an environment holds every task until its work has ended and its thread is
// joined; then the pinned arrays are let go. The JavaScript handle only keeps the task's answers
// readable. All functions belong to the JavaScript thread, except where they say otherwise; the
// working threads call nothing of Node but Desk::ring.
#pragma once

#include <napi.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "engine.h"

namespace secateur::addon {

class Desk;

using SharedNetwork = std::shared_ptr<const engine::Network>;

// A callback `(error, value)` that is called once. It keeps the task's handle alive, so that work
// which somebody waits for is never taken for abandoned.
class Waiter {
 public:
  Waiter() = default;
  Waiter(const Napi::Function& callback, const Napi::Object& handle)
      : callback_(Napi::Persistent(callback)), handle_(Napi::Persistent(handle)) {}

  bool waiting() const { return !callback_.IsEmpty(); }
  void answer(Napi::Env env, napi_value error, napi_value value);
  void drop();

 private:
  Napi::FunctionReference callback_;
  Napi::ObjectReference handle_;
};

class Task {
 public:
  Task(Desk& desk, SharedNetwork network, const engine::Options& options)
      : desk_(desk), network_(std::move(network)), options_(options) {
    options_.cancelled = &cancelled_;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  virtual ~Task() = default;

  // Keeps what the work reads or writes from garbage collection until it has ended.
  void pin(const Napi::Object& object) { pins_.push_back(Napi::Persistent(object)); }
  void start();

  // Asks the work to end, which it does within 20 ms of work.
  virtual void cancel() { cancelled_ = true; }

  // Waits for the thread and lets go of everything that belongs to JavaScript.
  void abandon();

  void when_ended(Waiter waiter) { end_ = std::move(waiter); }
  bool end_awaited() const { return end_.waiting(); }
  virtual bool awaited() const { return end_awaited(); }
  bool ended() const { return ended_; }

  // Answers everybody who can be answered by now.
  void settle(Napi::Env env);

 protected:
  // On the task's own thread.
  virtual engine::Status work(const engine::Network& network, const engine::Options& options) = 0;

  // What the work found; asked once, if it went well.
  virtual Napi::Value result(Napi::Env env) { return env.Undefined(); }
  virtual void settle_reader(Napi::Env) {}
  virtual void drop_reader() {}

  // Once ended: how. A cancelled task stays cancelled, even if its work was done before it heard of
  // it.
  engine::Status outcome() const;

  Desk& desk_;

 private:
  void run() noexcept;
  void release();

  SharedNetwork network_;
  engine::Options options_;
  std::atomic<bool> cancelled_ = false;
  std::atomic<bool> returned_ = false;
  engine::Status status_;
  std::thread thread_;
  bool ended_ = false;
  std::vector<Napi::ObjectReference> pins_;
  Waiter end_;
};

// The tasks of one environment and the doorbell of their threads. A bell carries nothing and at
// most one is under way.
class Desk {
 public:
  explicit Desk(Napi::Env env);
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  void start(const std::shared_ptr<Task>& task);

  // Answers whoever waits for this task, if it has news.
  void settle(Napi::Env env, Task& task);

  // Any thread: has every task settled soon.
  void ring();

  // The environment ends: cancels and joins everything.
  void shut();

  std::size_t live() const { return tasks_.size(); }

 private:
  static void answer_bell(Napi::Env env, Napi::Function, Desk* desk, void*);
  void tidy(Napi::Env env);
  using Bell = Napi::TypedThreadSafeFunction<Desk, void, &Desk::answer_bell>;

  Bell bell_;
  std::atomic<bool> rung_ = false;
  std::vector<std::shared_ptr<Task>> tasks_;
};

}  // namespace secateur::addon
