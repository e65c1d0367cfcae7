// Signals sent back from the scores, as the addon sees it: beside engine.h, whose promises hold
// here too.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "engine.h"

namespace secateur::engine {

// Which part of a number x counts: x, max(x, 0), min(x, 0), |x|, x^2, 1.
enum class Part : std::uint8_t { whole, positive, negative, absolute, square, one };

// A part of the weights, or w + gamma part(w).
struct WeightPart {
  Part part = Part::whole;
  std::optional<double> gamma;
  bool operator==(const WeightPart&) const = default;
};

// z_j = sign (sum_i part(x_i) part(w_ij) + part(b_j)); x_i less `minus`, if there is one.
struct Product {
  Part input = Part::whole;
  std::optional<double> minus;  // with Part::whole
  WeightPart weight;
  std::optional<WeightPart> bias;  // none: 0
  bool negative = false;           // sign -1
};

// z + epsilon; with `by_sign` z - epsilon for z < 0.
struct Stabiliser {
  double epsilon = 0;
  bool by_sign = true;
};

enum class Outputs : std::uint8_t { all, positive, negative };

// R_i += factor * sum over products of sign * part(x_i) * sum_j part(w_ij) R_j / stabilised(z_j),
// with z_j the sum over products, over the outputs whose x w + b is >= 0 or < 0.
struct Share {
  std::vector<Product> products;
  double factor = 1;
  Stabiliser stabiliser;
  Outputs outputs = Outputs::all;
};

// How a layer hands the signal at its output back to its inputs. src/engine/propagation.ts says
// what each means for which layers.
struct BackwardRule {
  enum class Type : std::uint8_t { gradient, pass, shares };
  Type type = Type::gradient;
  Part part = Part::whole;  // of the contributions that `pass` weighs: whole or absolute
  Stabiliser stabiliser;    // of `pass`
  std::vector<Share> shares;
};

enum class Start : std::uint8_t { loss, uniform, label, prediction, label_logit, prediction_logit };

// Where and what is summed: by channel s = sum over positions of the signal, or of it times the
// layer's output.
struct Tap {
  std::uint32_t layer = 0;
  bool times_activation = false;
};

// Room for the whole signal of a layer, [count, size].
struct Map {
  std::uint32_t layer = 0;
  std::span<float> signal;
};

struct PropagationJob {
  Samples samples;
  Targets targets;
  Head head;
  Start start = Start::loss;
  std::vector<BackwardRule> rules;  // by layer
  std::vector<Tap> taps;
  std::vector<Map> maps;
  std::vector<std::uint32_t> weight_gradients;  // layers
  bool squared_gradients = false;
  std::vector<std::uint32_t> weighted_squares;  // layers with nodes
  bool totals = true;  // whether those of layers that the signal passes, and dead denominators
};

// Sums over samples of s, |s| and s^2, by channel.
struct TapSums {
  std::vector<double> sum, absolute, square;
};

// Of one weight of a layer, in its layout: sums over samples of the gradient of the sample's loss,
// and of its square if that was asked for.
struct WeightSums {
  std::vector<double> gradient, square;
};

struct PropagationResult {
  std::vector<TapSums> taps;
  std::vector<std::vector<WeightSums>> weights;  // by asked layer, then in the order of LayerSpec's
  // By asked layer, for each node: the sum over samples and its kernel's weights w of (w g)^2, g
  // the gradient of the sample's loss.
  std::vector<std::vector<double>> weighted_squares;
  // By layer, or empty: sum of the signal at its output, and denominators that were 0.
  std::vector<double> totals, dead;
};

// `progress` is called now and then, and at the end, on the calling thread with the samples that
// are done; false ends the run as cancelled.
Status propagate(const Network& network, const PropagationJob& job, const Options& options,
                 const std::function<bool(double done)>& progress, PropagationResult& result);

// Sums over samples and positions by channel; `norm` over samples of the square root of the
// sample's sum of squares.
struct ActivationSums {
  double count = 0;  // numbers in a channel
  std::vector<double> sum, absolute, square, zeros, norm;
};

Status activation_sums(const Network& network, const Samples& samples,
                       std::span<const std::uint32_t> sites, const Options& options,
                       std::vector<ActivationSums>& sums);

}  // namespace secateur::engine
