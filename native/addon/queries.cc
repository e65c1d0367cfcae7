#include "queries.h"

#include "values.h"

namespace secateur::addon {

engine::Status ForwardTask::work(const engine::Network& network, const engine::Options& options) {
  return engine::forward(network, samples_, layer_, output_, options);
}

engine::Status EvaluateTask::work(const engine::Network& network, const engine::Options& options) {
  return engine::evaluate(network, samples_, targets_, head_, options, found_);
}

Napi::Value EvaluateTask::result(Napi::Env env) {
  std::vector<double> rows;
  for (const auto& row : found_.per_class)
    rows.insert(rows.end(), {row.samples, row.correct, row.loss_sum});
  auto evaluation = Napi::Object::New(env);
  evaluation["lossSum"] = found_.total.loss_sum;
  evaluation["correct"] = found_.total.correct;
  evaluation["perClass"] = to_array(env, rows);
  evaluation["losses"] = to_array(env, found_.losses);
  return evaluation;
}

engine::Status ActivationSumsTask::work(const engine::Network& network,
                                        const engine::Options& options) {
  return engine::activation_sums(network, samples_, sites_, options, sums_);
}

Napi::Value ActivationSumsTask::result(Napi::Env env) {
  return to_list(env, sums_, [env](const engine::ActivationSums& sums) {
    auto object = Napi::Object::New(env);
    object["count"] = sums.count;
    object["sum"] = to_array(env, sums.sum);
    object["absolute"] = to_array(env, sums.absolute);
    object["square"] = to_array(env, sums.square);
    object["zeros"] = to_array(env, sums.zeros);
    object["norm"] = to_array(env, sums.norm);
    return object;
  });
}

engine::Status PredictTask::work(const engine::Network& network, const engine::Options& options) {
  return engine::predict(network, job_, options, prediction_);
}

Napi::Value PredictTask::result(Napi::Env env) {
  auto prediction = Napi::Object::New(env);
  prediction["intact"] = prediction_.intact;
  prediction["sweeps"] = prediction_.sweeps;
  return prediction;
}

}  // namespace secateur::addon
