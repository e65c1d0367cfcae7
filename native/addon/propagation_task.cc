#include "propagation_task.h"

#include <utility>

#include "values.h"

namespace secateur::addon {

engine::Status PropagationTask::work(const engine::Network& network,
                                     const engine::Options& options) {
  const engine::PropagationJob job = std::move(job_);  // its lists are let go with the work
  const auto tell = [this](double done) {
    return events().take({.type = engine::Event::Type::progress, .first = done});
  };
  return engine::propagate(network, job, options, tell, result_);
}

Napi::Value PropagationTask::result(Napi::Env env) {
  const auto tap = [env](const engine::TapSums& sums) {
    auto object = Napi::Object::New(env);
    object["sum"] = to_array(env, sums.sum);
    object["absolute"] = to_array(env, sums.absolute);
    object["square"] = to_array(env, sums.square);
    return object;
  };
  const auto weight = [env](const engine::WeightSums& sums) {
    auto object = Napi::Object::New(env);
    object["gradient"] = to_array(env, sums.gradient);
    object["square"] = to_array(env, sums.square);
    return object;
  };
  const auto layer = [&](const std::vector<engine::WeightSums>& weights) {
    return to_list(env, weights, weight);
  };
  auto object = Napi::Object::New(env);
  object["taps"] = to_list(env, result_.taps, tap);
  object["weights"] = to_list(env, result_.weights, layer);
  object["weightedSquares"] =
      to_list(env, result_.weighted_squares,
              [env](const std::vector<double>& squares) { return to_array(env, squares); });
  object["totals"] = to_array(env, result_.totals);
  object["dead"] = to_array(env, result_.dead);
  return object;
}

}  // namespace secateur::addon
