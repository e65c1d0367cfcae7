#include "rules.h"

#include <cmath>
#include <utility>

namespace secateur::addon {
namespace {

using engine::Part;
using Type = engine::BackwardRule::Type;

constexpr std::pair<const char*, Part> kParts[] = {
    {"signed", Part::whole},      {"positive", Part::positive}, {"negative", Part::negative},
    {"absolute", Part::absolute}, {"square", Part::square},     {"one", Part::one},
};
constexpr std::pair<const char*, Part> kSides[] = {
    {"positive", Part::positive},
    {"negative", Part::negative},
};
constexpr std::pair<const char*, Part> kPassedParts[] = {
    {"signed", Part::whole},
    {"absolute", Part::absolute},
};
constexpr std::pair<const char*, bool> kStabilisers[] = {{"signed", true}, {"plain", false}};
constexpr std::pair<const char*, engine::Outputs> kOutputs[] = {
    {"positive", engine::Outputs::positive},
    {"negative", engine::Outputs::negative},
};
constexpr std::pair<const char*, Type> kTypes[] = {
    {"gradient", Type::gradient},
    {"pass", Type::pass},
    {"shares", Type::shares},
};
constexpr std::pair<const char*, engine::Start> kStarts[] = {
    {"loss", engine::Start::loss},
    {"uniform", engine::Start::uniform},
    {"label", engine::Start::label},
    {"prediction", engine::Start::prediction},
    {"label-logit", engine::Start::label_logit},
    {"prediction-logit", engine::Start::prediction_logit},
};
constexpr std::pair<const char*, bool> kTimes[] = {{"one", false}, {"activation", true}};

// The engine counts with floats.
double read_finite(const Napi::Value& value, const std::string& name) {
  const double number = read_number(value, name);
  if (!std::isfinite(static_cast<float>(number)))
    refuse(value.Env(), name + ": expected a finite number in the range of a float");
  return number;
}

engine::WeightPart read_weight_part(const Napi::Value& value, const std::string& name) {
  if (value.IsString()) return {read_choice(value, name, kParts), std::nullopt};
  const Napi::Object part = read_object(value, name);
  const double gamma = read_finite(part.Get("gamma"), name + ".gamma");
  return {read_choice(part.Get("of"), name + ".of", kSides), gamma};
}

std::optional<engine::WeightPart> read_bias_part(const Napi::Value& value,
                                                 const std::string& name) {
  if (value.IsString() && value.As<Napi::String>().Utf8Value() == "none") return std::nullopt;
  return read_weight_part(value, name);
}

engine::Product read_product(const Napi::Value& value, const std::string& name) {
  const Napi::Object given = read_object(value, name);
  engine::Product product;
  const Napi::Value input = given.Get("input");
  if (input.IsObject()) {
    product.minus = read_finite(input.As<Napi::Object>().Get("minus"), name + ".minus");
  } else {
    product.input = read_choice(input, name + ".input", kParts);
  }
  product.weight = read_weight_part(given.Get("weight"), name + ".weight");
  product.bias = read_bias_part(given.Get("bias"), name + ".bias");
  const double sign = read_number(given.Get("sign"), name + ".sign");
  if (sign != 1 && sign != -1) refuse(value.Env(), name + ".sign: expected 1 or -1");
  product.negative = sign < 0;
  return product;
}

engine::Stabiliser read_stabiliser(const Napi::Object& given, const std::string& name) {
  const double epsilon = read_finite(given.Get("epsilon"), name + ".epsilon");
  return {epsilon, read_choice(given.Get("stabiliser"), name + ".stabiliser", kStabilisers)};
}

engine::Share read_share(const Napi::Value& value, const std::string& name) {
  const Napi::Object given = read_object(value, name);
  engine::Share share;
  share.products = read_each(given.Get("products"), name + ".products", read_product);
  if (share.products.empty()) refuse(value.Env(), name + ".products: expected at least one");
  share.factor = read_finite(given.Get("factor"), name + ".factor");
  share.stabiliser = read_stabiliser(given, name);
  const Napi::Value outputs = given.Get("outputs");
  if (!outputs.IsUndefined()) share.outputs = read_choice(outputs, name + ".outputs", kOutputs);
  return share;
}

engine::BackwardRule read_rule(const Napi::Value& value, const std::string& name) {
  const Napi::Object given = read_object(value, name);
  engine::BackwardRule rule;
  rule.type = read_choice(given.Get("type"), name + ".type", kTypes);
  if (rule.type == Type::pass) {
    rule.part = read_choice(given.Get("part"), name + ".part", kPassedParts);
    rule.stabiliser = read_stabiliser(given, name);
  }
  if (rule.type == Type::shares)
    rule.shares = read_each(given.Get("shares"), name + ".shares", read_share);
  return rule;
}

}  // namespace

PropagationArgument read_propagation(const Napi::Object& job, const engine::Network& network) {
  const auto layer = [&network](const Napi::Value& value, const std::string& name) {
    return read_layer(value, name, network);
  };
  PropagationArgument argument;
  argument.start = read_choice(job.Get("start"), "job.start", kStarts);
  argument.rules = read_each(job.Get("rules"), "job.rules", read_rule);
  argument.taps = read_each(
      job.Get("taps"), "job.taps", [&](const Napi::Value& value, const std::string& name) {
        const Napi::Object tap = read_object(value, name);
        return engine::Tap{layer(tap.Get("layer"), name + ".layer"),
                           read_choice(tap.Get("times"), name + ".times", kTimes)};
      });
  argument.maps = read_each(job.Get("maps"), "job.maps",
                            [&](const Napi::Value& value, const std::string& name) {
                              const Napi::Object map = read_object(value, name);
                              return MapArgument{layer(map.Get("layer"), name + ".layer"),
                                                 read_numbers(map.Get("signal"), name + ".signal")};
                            });
  argument.weight_gradients = read_each(job.Get("weightGradients"), "job.weightGradients", layer);
  argument.squared_gradients = read_boolean(job.Get("squaredGradients"), "job.squaredGradients");
  argument.weighted_squares = read_each(job.Get("weightedSquares"), "job.weightedSquares", layer);
  argument.totals = read_boolean(job.Get("totals"), "job.totals");
  return argument;
}

engine::PropagationJob view_propagation(const PropagationArgument& argument, std::uint64_t count,
                                        const engine::Network& network) {
  engine::PropagationJob job;
  job.start = argument.start;
  job.rules = argument.rules;
  job.taps = argument.taps;
  for (const auto& [layer, signal] : argument.maps)
    job.maps.push_back({layer, view<float>(signal, "maps.signal", count, network.size(layer))});
  job.weight_gradients = argument.weight_gradients;
  job.squared_gradients = argument.squared_gradients;
  job.weighted_squares = argument.weighted_squares;
  job.totals = argument.totals;
  return job;
}

}  // namespace secateur::addon
