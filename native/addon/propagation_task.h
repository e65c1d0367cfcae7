// A propagation as a task that tells its progress.
#pragma once

#include "propagation.h"
#include "stream_task.h"

namespace secateur::addon {

// {taps, weights, weightedSquares, totals, dead} with Float64Arrays: [{sum, absolute, square}],
// [[{gradient, square}]], [[]].
class PropagationTask final : public StreamTask {
 public:
  PropagationTask(Desk& desk, SharedNetwork network, const engine::Options& options,
                  engine::PropagationJob job)
      : StreamTask(desk, std::move(network), options), job_(std::move(job)) {}

 protected:
  engine::Status work(const engine::Network& network, const engine::Options& options) override;
  Napi::Value result(Napi::Env env) override;

 private:
  engine::PropagationJob job_;
  engine::PropagationResult result_;
};

}  // namespace secateur::addon
