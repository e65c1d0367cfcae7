// The three questions that are answered once, each as a task.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine.h"
#include "task.h"

namespace secateur::addon {

using SharedNetwork = std::shared_ptr<const engine::Network>;

// Writes into memory of JavaScript; has no result of its own.
class ForwardTask final : public Task {
 public:
  ForwardTask(Desk& desk, const engine::Options& options, SharedNetwork network, const engine::Samples& samples,
              std::uint32_t layer, std::span<float> output)
      : Task(desk, options), network_(std::move(network)), samples_(samples), layer_(layer), output_(output) {}

 protected:
  engine::Status work(const engine::Options& options) override;

 private:
  SharedNetwork network_;
  engine::Samples samples_;
  std::uint32_t layer_;
  std::span<float> output_;
};

// {lossSum, correct, perClass: Float64Array of samples, correct, lossSum for each class}
class EvaluateTask final : public Task {
 public:
  EvaluateTask(Desk& desk, const engine::Options& options, SharedNetwork network, const engine::Samples& samples,
               const engine::Targets& targets, const engine::Head& head)
      : Task(desk, options), network_(std::move(network)), samples_(samples), targets_(targets), head_(head) {}

 protected:
  engine::Status work(const engine::Options& options) override;
  Napi::Value result(Napi::Env env) override;

 private:
  SharedNetwork network_;
  engine::Samples samples_;
  engine::Targets targets_;
  engine::Head head_;
  engine::Measured total_;
  std::vector<engine::ClassMeasured> per_class_;
};

// A Float64Array for each site.
class ChannelMeansTask final : public Task {
 public:
  ChannelMeansTask(Desk& desk, const engine::Options& options, SharedNetwork network, const engine::Samples& samples,
                   std::vector<std::uint32_t> sites)
      : Task(desk, options), network_(std::move(network)), samples_(samples), sites_(std::move(sites)) {}

 protected:
  engine::Status work(const engine::Options& options) override;
  Napi::Value result(Napi::Env env) override;

 private:
  SharedNetwork network_;
  engine::Samples samples_;
  std::vector<std::uint32_t> sites_;
  std::vector<std::vector<double>> means_;
};

}  // namespace secateur::addon
