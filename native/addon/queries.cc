#include "queries.h"

#include <algorithm>

namespace secateur::addon {
namespace {

Napi::Float64Array to_array(Napi::Env env, const std::vector<double>& numbers) {
  auto array = Napi::Float64Array::New(env, numbers.size());
  std::copy(numbers.begin(), numbers.end(), array.Data());
  return array;
}

}  // namespace

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

engine::Status ChannelMeansTask::work(const engine::Network& network,
                                      const engine::Options& options) {
  return engine::channel_means(network, samples_, sites_, options, means_);
}

Napi::Value ChannelMeansTask::result(Napi::Env env) {
  auto means = Napi::Array::New(env, means_.size());
  for (std::uint32_t site = 0; site < means_.size(); ++site)
    means[site] = to_array(env, means_[site]);
  return means;
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
