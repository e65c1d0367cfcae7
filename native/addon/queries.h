// The questions that are answered once, each as a task.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine.h"
#include "task.h"

namespace secateur::addon {

// Writes into memory of JavaScript; has no result of its own.
class ForwardTask final : public Task {
 public:
  ForwardTask(Desk& desk, SharedNetwork network, const engine::Options& options,
              const engine::Samples& samples, std::uint32_t layer, std::span<float> output)
      : Task(desk, std::move(network), options),
        samples_(samples),
        layer_(layer),
        output_(output) {}

 protected:
  engine::Status work(const engine::Network& network, const engine::Options& options) override;

 private:
  const engine::Samples samples_;
  const std::uint32_t layer_;
  const std::span<float> output_;
};

// {lossSum, correct, perClass: Float64Array of samples, correct, lossSum for each class, losses:
// Float64Array by sample}
class EvaluateTask final : public Task {
 public:
  EvaluateTask(Desk& desk, SharedNetwork network, const engine::Options& options,
               const engine::Samples& samples, const engine::Targets& targets,
               const engine::Head& head)
      : Task(desk, std::move(network), options),
        samples_(samples),
        targets_(targets),
        head_(head) {}

 protected:
  engine::Status work(const engine::Network& network, const engine::Options& options) override;
  Napi::Value result(Napi::Env env) override;

 private:
  const engine::Samples samples_;
  const engine::Targets targets_;
  const engine::Head head_;
  engine::Evaluation found_;
};

// A Float64Array for each site.
class ChannelMeansTask final : public Task {
 public:
  ChannelMeansTask(Desk& desk, SharedNetwork network, const engine::Options& options,
                   const engine::Samples& samples, std::vector<std::uint32_t> sites)
      : Task(desk, std::move(network), options), samples_(samples), sites_(std::move(sites)) {}

 protected:
  engine::Status work(const engine::Network& network, const engine::Options& options) override;
  Napi::Value result(Napi::Env env) override;

 private:
  const engine::Samples samples_;
  const std::vector<std::uint32_t> sites_;
  std::vector<std::vector<double>> means_;
};

// {intact, sweeps}, in seconds
class PredictTask final : public Task {
 public:
  PredictTask(Desk& desk, SharedNetwork network, const engine::Options& options,
              engine::AblationJob job)
      : Task(desk, std::move(network), options), job_(std::move(job)) {}

 protected:
  engine::Status work(const engine::Network& network, const engine::Options& options) override;
  Napi::Value result(Napi::Env env) override;

 private:
  const engine::AblationJob job_;
  engine::Prediction prediction_;
};

}  // namespace secateur::addon
