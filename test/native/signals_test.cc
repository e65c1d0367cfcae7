// The signals of propagate() against sums over connections.
#include <algorithm>
#include <cmath>

#include "naive_backward.h"
#include "propagations.h"

using namespace secateur;
using namespace secateur::test;
using engine::PropagationResult;

namespace {

// The gradient of cross-entropy; an error of the scores changes it by at most that.
Row naive_start(const Row& scores, std::int32_t label) {
  Row start;
  double sum = 0;
  double error = 0;
  for (const Bounded& score : scores) {
    sum += std::exp(score.value - scores[0].value);
    error = std::max(error, score.error);
  }
  for (std::size_t k = 0; k < scores.size(); ++k) {
    const double share = std::exp(scores[k].value - scores[0].value) / sum;
    start.push_back(
        {share - (static_cast<std::int32_t>(k) == label ? 1 : 0), error + kEps * share});
  }
  return start;
}

// Behind a denominator that may be 0 nothing is known.
bool is_unknown(Bounded number) { return !std::isfinite(number.error); }

bool close(double got, Bounded expected) {
  return is_unknown(expected) || std::abs(got - expected.value) <= bound(expected.error) + kTiny;
}

// Every signal of every layer, and what is summed of them, against the naive way.
void check_signals(Drawn& d, std::size_t& unknown, std::size_t& known) {
  const PropagationResult result = d.run();
  const std::size_t layers = d.b.layers.size();
  std::vector<double> totals(layers);
  std::vector<double> sizes(layers);
  std::vector<double> dead(layers);
  std::vector<std::vector<Row>> taps(3);
  for (std::size_t sample = 0; sample < d.job.samples.count; ++sample) {
    const std::vector<Row> values = d.values(sample);
    const NaiveSignals naive = naive_backward(d.b.layers, values, d.b.last(), d.job.rules,
                                              naive_start(values[d.b.last()], d.labels[sample]));
    for (std::uint32_t layer = 0; layer < layers; ++layer) {
      const std::string kind = d.b.layers[layer].kind;
      CAPTURE(layer);
      CAPTURE(kind);
      const Row& signal = naive.signals[layer];
      dead[layer] += naive.dead[layer];
      for (std::size_t i = 0; i < signal.size(); ++i) {
        const float got = d.maps[layer][sample * signal.size() + i];
        ++(is_unknown(signal[i]) ? unknown : known);
        CAPTURE(i);
        CAPTURE(got);
        CAPTURE(signal[i].value);
        CAPTURE(signal[i].error);
        CHECK(close(got, signal[i]));
        totals[layer] += double{got};
        sizes[layer] += std::abs(got);
      }
    }
  }
  for (std::uint32_t layer = 0; layer < layers; ++layer) {
    // The same doubles in another order.
    CHECK(std::abs(result.totals[layer] - totals[layer]) <= 1e-13 * sizes[layer]);
    CHECK(result.dead[layer] == dead[layer]);
  }
}

// Taps against the maps of the same run.
void check_taps(Drawn& d) {
  const PropagationResult result = d.run();
  for (std::size_t t = 0; t < d.job.taps.size(); ++t) {
    const auto [layer, times_activation] = d.job.taps[t];
    const std::size_t size = d.network->size(layer);
    const std::size_t channels = d.network->shape(layer).back();
    std::vector<float> activations(d.job.samples.count * size);
    REQUIRE(engine::forward(*d.network, d.job.samples, layer, activations, {}).ok());
    for (std::size_t c = 0; c < channels; ++c) {
      double sum = 0, absolute = 0, square = 0, terms = 0;
      for (std::size_t sample = 0; sample < d.job.samples.count; ++sample) {
        double s = 0;
        for (std::size_t i = sample * size + c; i < (sample + 1) * size; i += channels) {
          const double term = d.maps[layer][i] * (times_activation ? double{activations[i]} : 1.0);
          s += term;
          terms += std::abs(term);
        }
        sum += s;
        absolute += std::abs(s);
        square += s * s;
      }
      const double slack = 1e-13 * terms;  // the same doubles in another order
      CHECK(std::abs(result.taps[t].sum[c] - sum) <= slack);
      CHECK(std::abs(result.taps[t].absolute[c] - absolute) <= slack);
      CHECK(std::abs(result.taps[t].square[c] - square) <= slack * (1 + terms));
    }
  }
}

// Of the kernel of a layer with nodes: the sum over the weights of each node of (w g)^2.
Row weighted_squares(const engine::LayerSpec& layer, const Row& gradients) {
  Row squares(layer.shape.back());
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const Bounded product = Bounded{layer.weights[0][i], 0} * gradients[i];
    Bounded& square = squares[i % squares.size()];
    square = square + product * product;
  }
  return squares;
}

// Asks for nothing but gradients of weights, for which most values in front of poolings are not
// needed: every bit is the same.
void check_alone(Drawn& d, const PropagationResult& all) {
  d.job.taps.clear();
  d.job.maps.clear();
  d.job.totals = false;
  const PropagationResult alone = d.run();
  CHECK(alone.weighted_squares == all.weighted_squares);
  for (std::size_t n = 0; n < all.weights.size(); ++n) {
    for (std::size_t w = 0; w < 2; ++w) {
      CHECK(alone.weights[n][w].gradient == all.weights[n][w].gradient);
      CHECK(alone.weights[n][w].square == all.weights[n][w].square);
    }
  }
}

void check_gradients(Drawn& d) {
  d.job.squared_gradients = true;
  for (std::uint32_t layer = 0; layer < d.b.layers.size(); ++layer) {
    if (d.b.layers[layer].weights.empty()) continue;
    d.job.weight_gradients.push_back(layer);
    if (d.b.layers[layer].kind != "batchNorm") d.job.weighted_squares.push_back(layer);
  }
  const PropagationResult result = d.run();
  std::vector<std::vector<Row>> sums(d.job.weight_gradients.size());
  std::vector<Row> weighted;
  for (const std::uint32_t layer : d.job.weighted_squares)
    weighted.emplace_back(d.network->shape(layer).back());
  auto squares = sums;
  for (std::size_t sample = 0; sample < d.job.samples.count; ++sample) {
    const std::vector<Row> values = d.values(sample);
    const NaiveSignals naive = naive_backward(d.b.layers, values, d.b.last(), d.job.rules,
                                              naive_start(values[d.b.last()], d.labels[sample]));
    for (std::size_t n = 0; n < sums.size(); ++n) {
      const std::uint32_t layer = d.job.weight_gradients[n];
      const auto gradients = naive_gradients(d.b.layers, values, layer, naive.signals[layer]);
      const auto asked = std::ranges::find(d.job.weighted_squares, layer);
      if (asked != d.job.weighted_squares.end()) {
        Row& to = weighted[static_cast<std::size_t>(asked - d.job.weighted_squares.begin())];
        const Row more = weighted_squares(d.b.layers[layer], gradients[0]);
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = to[i] + more[i];
      }
      for (auto* list : {&sums[n], &squares[n]}) {
        while (list->size() < gradients.size()) list->emplace_back(gradients[list->size()].size());
      }
      for (std::size_t w = 0; w < gradients.size(); ++w) {
        for (std::size_t i = 0; i < gradients[w].size(); ++i) {
          sums[n][w][i] = sums[n][w][i] + gradients[w][i];
          squares[n][w][i] = squares[n][w][i] + gradients[w][i] * gradients[w][i];
        }
      }
    }
  }
  for (std::size_t n = 0; n < sums.size(); ++n) {
    const std::string kind = d.b.layers[d.job.weight_gradients[n]].kind;
    CAPTURE(kind);
    REQUIRE(result.weights[n].size() == 2);
    for (std::size_t w = 0; w < 2; ++w) {
      REQUIRE(result.weights[n][w].gradient.size() == sums[n][w].size());
      for (std::size_t i = 0; i < sums[n][w].size(); ++i) {
        CHECK(close(result.weights[n][w].gradient[i], sums[n][w][i]));
        CHECK(close(result.weights[n][w].square[i], squares[n][w][i]));
      }
    }
  }
  for (std::size_t n = 0; n < weighted.size(); ++n) {
    REQUIRE(result.weighted_squares[n].size() == weighted[n].size());
    for (std::size_t i = 0; i < weighted[n].size(); ++i)
      CHECK(close(result.weighted_squares[n][i], weighted[n][i]));
  }
  check_alone(d, result);
}

}  // namespace

TEST_CASE("propagate: every rule on every layer kind agrees with sums over connections") {
  std::size_t unknown = 0, known = 0;
  for (std::uint32_t seed = 500; seed < 580; ++seed) {
    CAPTURE(seed);
    const auto b = random_network(seed, 4);
    Drawn d(*b, 3, random_rules(*b));
    check_signals(d, unknown, known);
  }
  // Numbers behind a denominator that may be 0, which say nothing.
  CHECK(unknown * 5 < known);
}

TEST_CASE("propagate: agrees where convolutions take the fast way, forwards and backwards") {
  std::size_t unknown = 0, known = 0;
  for (std::uint32_t seed = 600; seed < 603; ++seed) {
    CAPTURE(seed);
    const auto b = fast_network(seed);
    Drawn d(*b, 1, seed == 600 ? all_gradient(*b) : random_rules(*b));
    check_signals(d, unknown, known);
  }
  CHECK(unknown * 5 < known);
}

TEST_CASE("propagate: taps are sums of the signal over positions and samples") {
  for (std::uint32_t seed = 610; seed < 616; ++seed) {
    CAPTURE(seed);
    const auto b = random_network(seed, 4);
    Drawn d(*b, 70, random_rules(*b));
    check_taps(d);
  }
}

TEST_CASE("propagate: gradients of weights and their squares agree with sums over connections") {
  for (std::uint32_t seed = 620; seed < 650; ++seed) {
    CAPTURE(seed);
    const auto b = seed == 649 ? fast_network(seed) : random_network(seed, 4);
    Drawn d(*b, 3, all_gradient(*b));
    check_gradients(d);
  }
}

TEST_CASE("propagate: gradients of wide convolutions agree, whatever their windows") {
  const Builder::Window windows[]{{3, 3, 1, 1, 1, 1, 1, 1, 1, 1}, {3, 3, 2, 2, 1, 1, 0, 0, 0, 0},
                                  {3, 2, 1, 2, 1, 2, 0, 1, 2, 0}, {2, 3, 1, 1, 2, 1, 1, 0, 0, 1},
                                  {1, 1, 1, 1, 1, 1, 0, 0, 0, 0}, {3, 3, 2, 3, 1, 1, 1, 1, 1, 1}};
  for (const Builder::Window& window : windows) {
    for (const std::size_t groups : {1, 2}) {
      CAPTURE(groups);
      Builder b({6, 5, 3}, 0x6a09e667);
      b.conv2d({3, 3, 1, 1, 1, 1, 1, 1, 1, 1}, 68);
      b.activation("relu");
      b.conv2d(window, 18, groups);
      b.activation("relu");
      b.flatten();
      b.dense(4);
      Drawn d(b, 3, all_gradient(b));
      check_gradients(d);
    }
  }
}

TEST_CASE("propagate: gives the same bits where poolings run as tails and leave their winners") {
  const Builder::Window same{3, 3, 1, 1, 1, 1, 1, 1, 1, 1};
  const Builder::Window squares{2, 2, 2, 2};
  for (const std::string clamp : {"relu", "relu6", "linear", "tanh"}) {
    CAPTURE(clamp);
    Builder b({15, 14, 1}, 0x3c6ef372);
    b.conv2d(same, 20);  // taps are read where they lie
    b.activation(clamp);
    b.max_pool(squares);
    b.conv2d(same, 24);  // the fast way
    b.activation(clamp);
    b.max_pool(squares);
    b.conv2d(same, 18);
    b.max_pool(squares);
    b.flatten();
    b.dense(4);
    Drawn d(b, 70, all_gradient(b));
    check_gradients(d);
    Drawn whole(b, 70, all_gradient(b));
    const PropagationResult all = whole.run();
    // In front of poolings, where sums are made behind them, and at the poolings.
    const std::vector<std::uint32_t> sites{2, 3, 5, 6, 7, 8};
    whole.job.maps.clear();
    whole.job.totals = false;
    whole.job.taps.clear();
    for (const std::uint32_t site : sites) whole.job.taps.push_back({site, site != 7});
    const PropagationResult some = whole.run();
    for (std::size_t i = 0; i < sites.size(); ++i) {
      const engine::TapSums& expected = all.taps[2 * sites[i] + (sites[i] != 7 ? 1 : 0)];
      CHECK(some.taps[i].sum == expected.sum);
      CHECK(some.taps[i].absolute == expected.absolute);
    }
  }
}
