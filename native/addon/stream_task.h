// A task whose events are read in batches, as fast as the reader likes. Its result comes with the
// last of them.
#pragma once

#include <cstddef>

#include "engine.h"
#include "event_queue.h"
#include "task.h"

namespace secateur::addon {

class StreamTask : public Task {
 public:
  // Events that wait for the reader at most; then the engine waits.
  static constexpr std::size_t kCapacity = 1024;

  StreamTask(Desk& desk, SharedNetwork network, const engine::Options& options);

  void cancel() override;
  bool awaited() const override { return end_awaited() || reader_.waiting(); }

  // Answers `reader` with the next batch of up to `limit` events.
  void next(std::size_t limit, Waiter reader);
  bool reading() const { return reader_.waiting(); }
  std::size_t backlog() const { return queue_.size(); }

 protected:
  EventQueue& events() { return queue_; }
  void settle_reader(Napi::Env env) override;
  void drop_reader() override { reader_.drop(); }

 private:
  EventQueue queue_;
  Waiter reader_;
  std::size_t limit_ = 0;
};

}  // namespace secateur::addon
