#include "task.h"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "errors.h"

namespace secateur::addon {

void Waiter::answer(Napi::Env env, napi_value error, napi_value value) {
  const Napi::FunctionReference callback = std::move(callback_);
  drop();
  callback.Call(env.Undefined(), {error, value});
}

void Waiter::drop() {
  callback_.Reset();
  handle_.Reset();
}

void Task::start() {
  thread_ = std::thread([this] { run(); });
}

void Task::run() noexcept {
  try {
    // Taken over, so that the network is let go with the work and not with the task's handle.
    const SharedNetwork network = std::exchange(network_, nullptr);
    status_ = work(*network, options_);
  } catch (const std::bad_alloc&) {
    status_ = {engine::Status::Code::out_of_memory, "the engine ran out of memory"};
  } catch (const std::exception& error) {
    status_ = {engine::Status::Code::invalid, error.what()};
  }
  returned_ = true;
  desk_.ring();
}

void Task::release() {
  if (thread_.joinable()) thread_.join();
  ended_ = true;
  pins_.clear();
}

void Task::abandon() {
  release();
  end_.drop();
  drop_reader();
}

engine::Status Task::outcome() const {
  if (cancelled_) return {engine::Status::Code::cancelled, "the run was cancelled"};
  return status_;
}

void Task::settle(Napi::Env env) {
  if (returned_ && !ended_) release();
  settle_reader(env);
  if (!ended_ || !end_.waiting()) return;
  const engine::Status status = outcome();
  if (status.ok()) {
    end_.answer(env, env.Null(), result(env));
  } else {
    end_.answer(env, make_error(env, status).Value(), env.Undefined());
  }
}

Desk::Desk(Napi::Env env) : bell_(Bell::New(env, "secateur", 0, 1, this)) {
  bell_.Unref(env);
  // Hooks run last in, first out: with the bell made before, every thread has ended by the time
  // that it closes.
  env.AddCleanupHook([](Desk* desk) { desk->shut(); }, this);
}

void Desk::start(const std::shared_ptr<Task>& task) {
  tasks_.push_back(task);
  try {
    task->start();
  } catch (...) {
    tasks_.pop_back();
    throw;
  }
}

void Desk::settle(Napi::Env env, Task& task) {
  task.settle(env);
  tidy(env);
}

// Forgets what has ended; the event loop goes on as long as somebody waits.
void Desk::tidy(Napi::Env env) {
  std::erase_if(tasks_, [](const auto& task) { return task->ended(); });
  const bool awaited =
      std::any_of(tasks_.begin(), tasks_.end(), [](const auto& task) { return task->awaited(); });
  if (awaited) {
    bell_.Ref(env);
  } else {
    bell_.Unref(env);
  }
}

void Desk::ring() {
  if (!rung_.exchange(true)) bell_.NonBlockingCall();
}

void Desk::answer_bell(Napi::Env env, Napi::Function, Desk* desk, void*) {
  if (env == nullptr) return;  // the environment ends: shut() has seen to everything
  desk->rung_ = false;
  const Napi::HandleScope scope(env);
  // A callback may start or end others.
  const std::vector<std::shared_ptr<Task>> tasks = desk->tasks_;
  for (const auto& task : tasks) {
    try {
      task->settle(env);
    } catch (const Napi::Error& error) {
      // One bad callback must not cost the other tasks their answers.
      napi_fatal_exception(env, error.Value());
    }
  }
  desk->tidy(env);
}

void Desk::shut() {
  for (const auto& task : tasks_) task->cancel();
  for (const auto& task : tasks_) task->abandon();
  tasks_.clear();
  bell_.Release();
}

}  // namespace secateur::addon
