// An ablation, of nodes or of sets of nodes, as a task.
#pragma once

#include <variant>

#include "engine.h"
#include "stream_task.h"

namespace secateur::addon {

class AblationTask final : public StreamTask {
 public:
  using Job = std::variant<engine::AblationJob, engine::SetsJob>;

  AblationTask(Desk& desk, SharedNetwork network, const engine::Options& options, Job job)
      : StreamTask(desk, std::move(network), options), job_(std::move(job)) {}

 protected:
  engine::Status work(const engine::Network& network, const engine::Options& options) override;

 private:
  Job job_;
};

}  // namespace secateur::addon
