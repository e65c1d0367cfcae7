// An ablation, of nodes or of sets of nodes, as a task whose events are read in batches, as fast as
// the reader likes.
#pragma once

#include <cstddef>
#include <variant>

#include "engine.h"
#include "event_queue.h"
#include "task.h"

namespace secateur::addon {

class AblationTask final : public Task {
 public:
  using Job = std::variant<engine::AblationJob, engine::SetsJob>;

  // Events that wait for the reader at most; then the engine waits.
  static constexpr std::size_t kCapacity = 1024;

  AblationTask(Desk& desk, SharedNetwork network, const engine::Options& options, Job job);

  void cancel() override;
  bool awaited() const override { return end_awaited() || reader_.waiting(); }

  // Answers `reader` with the next batch of up to `limit` events.
  void next(std::size_t limit, Waiter reader);
  bool reading() const { return reader_.waiting(); }
  std::size_t backlog() const { return queue_.size(); }

 protected:
  engine::Status work(const engine::Network& network, const engine::Options& options) override;
  void settle_reader(Napi::Env env) override;
  void drop_reader() override { reader_.drop(); }

 private:
  Job job_;
  EventQueue queue_;
  Waiter reader_;
  std::size_t limit_ = 0;
};

}  // namespace secateur::addon
