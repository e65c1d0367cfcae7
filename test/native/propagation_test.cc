#include <atomic>
#include <cmath>
#include <numeric>

#include "naive_backward.h"
#include "networks.h"
#include "support.h"

using namespace secateur;
using namespace secateur::test;
using engine::BackwardRule;
using engine::Loss;
using engine::Part;
using engine::Product;
using engine::PropagationJob;
using engine::PropagationResult;
using engine::Share;
using engine::Start;
using engine::Status;
using Type = engine::BackwardRule::Type;

namespace {

Product product(Part input, engine::WeightPart weight, std::optional<engine::WeightPart> bias) {
  return {input, std::nullopt, weight, bias, false};
}

BackwardRule sharing(std::vector<Share> shares) {
  return {Type::shares, Part::whole, {}, std::move(shares)};
}

// Rules of every form that layers with weights take.
std::vector<BackwardRule> weighted_rules() {
  const engine::WeightPart whole, absolute{Part::absolute, {}}, positive{Part::positive, {}},
      negative{Part::negative, {}}, square{Part::square, {}}, one{Part::one, {}},
      more{Part::positive, 0.25}, less{Part::negative, 0.25};
  Product low = product(Part::whole, positive, {});
  low.constant = -1.5;
  low.negative = true;
  const Share plus{{product(Part::positive, positive, positive),
                    product(Part::negative, negative, std::nullopt)},
                   2,
                   {1e-3, true},
                   {}};
  const Share minus{{product(Part::positive, negative, negative),
                     product(Part::negative, positive, std::nullopt)},
                    -1,
                    {1e-3, true},
                    {}};
  return {{Type::gradient, {}, {}, {}},
          sharing({{{product(Part::absolute, absolute, std::nullopt)}, 1, {0, true}, {}}}),
          sharing({{{product(Part::whole, whole, whole)}, 1, {0.25, true}, {}}}),
          sharing({{{product(Part::whole, whole, std::nullopt)}, 1, {0.5, false}, {}}}),
          sharing({plus, minus}),
          sharing({{{product(Part::positive, more, more), product(Part::negative, less, {})},
                    1,
                    {1e-3, true},
                    engine::Outputs::positive},
                   {{product(Part::positive, less, less), product(Part::negative, more, {})},
                    1,
                    {1e-3, true},
                    engine::Outputs::negative}}),
          sharing({{{product(Part::one, square, std::nullopt)}, 1, {0, true}, {}}}),
          sharing({{{product(Part::one, one, std::nullopt)}, 1, {0, true}, {}}}),
          sharing({{{product(Part::square, absolute, one)}, 0.5, {0, true}, {}}}),
          sharing({{{low, product(Part::whole, whole, std::nullopt)}, 1, {0.125, true}, {}}}),
          sharing({})};
}

std::vector<BackwardRule> other_rules() {
  return {{Type::gradient, {}, {}, {}},
          {Type::pass, Part::absolute, {0, true}, {}},
          {Type::pass, Part::whole, {0.25, true}, {}},
          {Type::pass, Part::whole, {0.5, false}, {}}};
}

std::vector<BackwardRule> random_rules(Builder& b) {
  const auto weighted = weighted_rules();
  const auto others = other_rules();
  std::vector<BackwardRule> rules;
  for (const engine::LayerSpec& layer : b.layers) {
    const auto& table = layer.weights.empty() ? others : weighted;
    rules.push_back(table[b.random.below(table.size())]);
    if (layer.kind == "batchNorm" && b.random.below(4) == 0) rules.back() = others[1];
  }
  return rules;
}

// Draws a job on a network and keeps what it points to.
struct Drawn {
  Drawn(Builder& builder, std::size_t count, std::vector<BackwardRule> rules)
      : b(builder), network(b.pack()), x(b.random.floats(count * network->size(0), -1, 1)) {
    for (std::size_t i = 0; i < count; ++i)
      labels.push_back(static_cast<std::int32_t>(b.random.below(network->size(b.last()))));
    job.samples = {.floats = x, .bytes = {}, .scale = 1, .count = count};
    job.targets = {labels, {}};
    job.head = {Loss::cross_entropy, b.last()};
    job.rules = std::move(rules);
    for (std::uint32_t layer = 0; layer < b.layers.size(); ++layer) {
      job.taps.push_back({layer, false});
      job.taps.push_back({layer, true});
      maps.emplace_back(count * network->size(layer), -1.0F);
    }
    for (std::uint32_t layer = 0; layer < maps.size(); ++layer)
      job.maps.push_back({layer, maps[layer]});
  }

  PropagationResult run(const engine::Options& options = {.threads = 2}) {
    PropagationResult result;
    const Status status = engine::propagate(
        *network, job, options, [](double) { return true; }, result);
    REQUIRE_MESSAGE(status.ok(), status.message);
    return result;
  }

  std::vector<Row> values(std::size_t sample) const {
    const std::size_t size = network->size(0);
    return naive_forward(b.layers, std::span(x).subspan(sample * size, size));
  }

  Builder& b;
  std::shared_ptr<const engine::Network> network;
  std::vector<float> x;
  std::vector<std::int32_t> labels;
  std::vector<std::vector<float>> maps;
  PropagationJob job;
};

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
  return is_unknown(expected) ||
         std::abs(got - expected.value) <= signal_bound(expected.error) + kTiny;
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

void check_gradients(Drawn& d) {
  d.job.squared_gradients = true;
  for (std::uint32_t layer = 0; layer < d.b.layers.size(); ++layer) {
    if (!d.b.layers[layer].weights.empty()) d.job.weight_gradients.push_back(layer);
  }
  const PropagationResult result = d.run();
  std::vector<std::vector<Row>> sums(d.job.weight_gradients.size());
  auto squares = sums;
  for (std::size_t sample = 0; sample < d.job.samples.count; ++sample) {
    const std::vector<Row> values = d.values(sample);
    const NaiveSignals naive = naive_backward(d.b.layers, values, d.b.last(), d.job.rules,
                                              naive_start(values[d.b.last()], d.labels[sample]));
    for (std::size_t n = 0; n < sums.size(); ++n) {
      const std::uint32_t layer = d.job.weight_gradients[n];
      const auto gradients = naive_gradients(d.b.layers, values, layer, naive.signals[layer]);
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
}

std::vector<BackwardRule> all_gradient(const Builder& b) {
  return std::vector<BackwardRule>(b.layers.size());
}

// All numbers of a result and the maps, in one list.
std::vector<double> numbers(const PropagationResult& result, const Drawn& d) {
  std::vector<double> all;
  const auto append = [&all](const auto& list) { all.insert(all.end(), list.begin(), list.end()); };
  for (const auto& tap : result.taps) append(tap.sum), append(tap.absolute), append(tap.square);
  for (const auto& weights : result.weights) {
    for (const auto& weight : weights) append(weight.gradient), append(weight.square);
  }
  append(result.totals);
  append(result.dead);
  for (const auto& map : d.maps) append(map);
  return all;
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

TEST_CASE("propagate: gives the same bits for any threads and memory") {
  for (std::uint32_t seed = 660; seed < 666; ++seed) {
    CAPTURE(seed);
    const auto b = seed == 665 ? fast_network(seed) : random_network(seed, 4);
    Drawn d(*b, 200, seed % 2 == 0 ? random_rules(*b) : all_gradient(*b));
    if (seed % 2 != 0) d.job.weight_gradients.push_back(b->last());
    d.job.squared_gradients = true;
    const auto expected = numbers(d.run({.threads = 1}), d);
    for (const unsigned threads : {2U, 3U})
      CHECK(numbers(d.run({.threads = threads}), d) == expected);
    for (std::size_t memory = std::size_t{1} << 14; memory < std::size_t{1} << 26; memory *= 4) {
      PropagationResult result;
      const Status status = engine::propagate(
          *d.network, d.job, {.threads = 2, .memory = memory}, [](double) { return true; }, result);
      if (status.ok()) {
        CHECK(numbers(result, d) == expected);
      } else {
        CHECK(status.code == Status::Code::out_of_memory);
      }
    }
  }
}

TEST_CASE("propagate: goes back only as far as asked, with the same bits") {
  for (std::uint32_t seed = 670; seed < 690; ++seed) {
    CAPTURE(seed);
    const auto b = random_network(seed, 4);
    Drawn d(*b, 70, random_rules(*b));
    const PropagationResult all = d.run();
    const std::vector<std::vector<float>> maps = d.maps;
    const auto asked = static_cast<std::uint32_t>(b->random.below(b->layers.size()));
    d.job.totals = false;
    d.job.taps = {d.job.taps[2 * asked]};
    d.job.maps = {d.job.maps[asked]};
    const PropagationResult some = d.run();
    CHECK(some.taps[0].sum == all.taps[2 * asked].sum);
    CHECK(some.taps[0].square == all.taps[2 * asked].square);
    CHECK(d.maps[asked] == maps[asked]);
    CHECK(some.totals.empty());
    CHECK(some.dead.empty());
  }
}

TEST_CASE("propagate: starts are what they are called") {
  Builder b({4}, 0x2545f491);
  b.dense(5);
  Drawn d(b, 8, all_gradient(b));
  std::vector<float> scores(8 * 5);
  REQUIRE(engine::forward(*d.network, d.job.samples, 1, scores, {}).ok());
  const auto expect = [&](Start start, auto expected) {
    d.job.start = start;
    d.run();
    for (std::size_t s = 0; s < 8; ++s) {
      const auto row = std::span(scores).subspan(s * 5, 5);
      const auto best = static_cast<std::size_t>(std::ranges::max_element(row) - row.begin());
      for (std::size_t k = 0; k < 5; ++k) {
        const bool label = k == static_cast<std::size_t>(d.labels[s]);
        CHECK(d.maps[1][s * 5 + k] == expected(row[k], label, k == best));
      }
    }
  };
  expect(Start::uniform, [](float, bool, bool) { return 0.2F; });
  expect(Start::label, [](float, bool label, bool) { return label ? 1.0F : 0.0F; });
  expect(Start::prediction, [](float, bool, bool best) { return best ? 1.0F : 0.0F; });
  expect(Start::label_logit, [](float z, bool label, bool) { return label ? z : 0.0F; });
  expect(Start::prediction_logit, [](float z, bool, bool best) { return best ? z : 0.0F; });
}

TEST_CASE("propagate: the loss starts are derivatives of what evaluate measures") {
  for (const Loss loss :
       {Loss::cross_entropy, Loss::binary_cross_entropy, Loss::mean_squared_error}) {
    Builder b({3}, 0x3c6ef372);
    Drawn d(b, 1, all_gradient(b));
    const std::vector<float> values{0.25F, 1, 0};
    d.job.head = {loss, 0};
    if (loss != Loss::cross_entropy) d.job.targets = {{}, values};
    d.run();
    for (std::size_t i = 0; i < 3; ++i) {
      constexpr float kStep = 0x1p-7F;
      double losses[2];
      for (const int side : {0, 1}) {
        std::vector<float> moved = d.x;
        moved[i] += side == 0 ? -kStep : kStep;
        engine::Evaluation found;
        const engine::Samples samples{.floats = moved, .bytes = {}, .scale = 1, .count = 1};
        REQUIRE(engine::evaluate(*d.network, samples, d.job.targets, d.job.head, {}, found).ok());
        losses[side] = found.total.loss_sum;
      }
      // The third derivatives of the losses are below 1; losses are off by some eps.
      CHECK(std::abs(d.maps[0][i] - (losses[1] - losses[0]) / (2 * double{kStep})) <=
            double{kStep} * double{kStep} / 6 + 16 * kEps / double{kStep});
    }
  }
}

TEST_CASE("propagate: layers that the scores do not depend on get nothing") {
  Builder b({6, 5, 3}, 0xbb67ae85);
  const std::uint32_t beside = b.conv2d({}, 2);
  b.on(0).flatten();
  const std::uint32_t head = b.dense(5);
  const std::uint32_t behind = b.activation("relu");
  Drawn d(b, 3, all_gradient(b));
  d.job.head.layer = head;
  const PropagationResult result = d.run();
  for (const std::uint32_t layer : {beside, behind}) {
    CHECK(result.totals[layer] == 0);
    for (const float number : d.maps[layer]) CHECK(number == 0);
  }
  CHECK(result.totals[head] != 0);
}

TEST_CASE("propagate: relevance is conserved where the rule promises it") {
  Builder b({9}, 0xa54ff53a);
  b.dense(7);
  b.activation("relu");
  b.dense(6);
  b.activation("relu");
  b.dense(4);
  const BackwardRule absolute =
      sharing({{{product(Part::absolute, {Part::absolute, {}}, {})}, 1, {0, true}, {}}});
  std::vector<BackwardRule> rules;
  for (const auto& layer : b.layers)
    rules.push_back(layer.weights.empty() ? other_rules()[1] : absolute);
  Drawn d(b, 100, rules);
  d.job.start = Start::uniform;
  const PropagationResult result = d.run();
  CHECK(std::accumulate(result.dead.begin(), result.dead.end(), 0.0) == 0);
  for (const double total : result.totals) CHECK(std::abs(total - 100) <= 100 * 40 * kEps);
}

TEST_CASE("propagate: ends as cancelled when the flag is up or the listener has enough") {
  const auto b = random_network(10, 4);
  Drawn d(*b, 300, all_gradient(*b));
  const std::atomic<bool> cancelled{true};
  PropagationResult result;
  CHECK(engine::propagate(
            *d.network, d.job, {.threads = 2, .cancelled = &cancelled}, [](double) { return true; },
            result)
            .code == Status::Code::cancelled);
}

TEST_CASE("propagate: says how much memory it needs") {
  const auto b = random_network(11, 4);
  Drawn d(*b, 10, all_gradient(*b));
  PropagationResult result;
  const Status status = engine::propagate(
      *d.network, d.job, {.memory = 1000}, [](double) { return true; }, result);
  CHECK(status.code == Status::Code::out_of_memory);
  CHECK(status.message.find("needs at least") != std::string::npos);
}

TEST_CASE("propagate: refuses jobs that do not fit the network") {
  Builder b({4}, 0x9b05688c);
  b.dense(3);
  b.activation("relu");
  Drawn d(b, 5, all_gradient(b));
  const auto refuse = [&](auto spoil) {
    PropagationJob job = d.job;
    spoil(job);
    PropagationResult result;
    CHECK(engine::propagate(
              *d.network, job, {}, [](double) { return true; }, result)
              .code == Status::Code::invalid);
  };
  const std::vector<float> values(15);
  std::vector<float> room(14);
  refuse([](auto& job) { job.samples.count = 4; });
  refuse([](auto& job) { job.head.layer = 3; });
  refuse([](auto& job) { job.rules.pop_back(); });
  refuse([](auto& job) { job.rules[2] = weighted_rules()[1]; });
  refuse([](auto& job) { job.rules[1] = other_rules()[1]; });
  refuse([](auto& job) { job.rules[1] = sharing({{{}, 1, {}, {}}}); });
  refuse([](auto& job) { job.taps[0].layer = 3; });
  refuse([](auto& job) { job.maps[0].layer = 3; });
  refuse([&](auto& job) { job.maps[1].signal = room; });
  refuse([](auto& job) { job.weight_gradients = {3}; });
  refuse([](auto& job) { job.weight_gradients = {2}; });
  refuse([](auto& job) {
    job.weight_gradients = {1};
    job.rules[2] = other_rules()[1];
  });
  refuse([&](auto& job) {
    job.head.loss = Loss::mean_squared_error;
    job.targets = {{}, values};
    job.start = Start::label;
  });
}

TEST_CASE("activation_sums: are the sums of what forward gives, for any threads") {
  const auto b = random_network(13, 4);
  const std::vector<float> x = b->random.floats(200 * 90, -1, 1);
  const engine::Samples samples{.floats = x, .bytes = {}, .scale = 1, .count = 200};
  const auto network = b->pack();
  std::vector<std::uint32_t> sites(b->layers.size());
  std::iota(sites.begin(), sites.end(), 0U);
  std::vector<engine::ActivationSums> sums, again;
  REQUIRE(engine::activation_sums(*network, samples, sites, {.threads = 1}, sums).ok());
  REQUIRE(engine::activation_sums(*network, samples, sites, {.threads = 3}, again).ok());
  for (const std::uint32_t site : sites) {
    CHECK(sums[site].sum == again[site].sum);
    CHECK(sums[site].norm == again[site].norm);
    const std::size_t size = network->size(site);
    std::vector<float> out(200 * size);
    REQUIRE(engine::forward(*network, samples, site, out, {}).ok());
    const std::size_t channels = sums[site].sum.size();
    CHECK(sums[site].count == static_cast<double>(out.size() / channels));
    for (std::size_t c = 0; c < channels; ++c) {
      double sum = 0, absolute = 0, square = 0, zeros = 0, norm = 0;
      for (std::size_t s = 0; s < 200; ++s) {
        double own = 0;
        for (std::size_t i = s * size + c; i < (s + 1) * size; i += channels) {
          const double a = out[i];
          sum += a;
          absolute += std::abs(a);
          own += a * a;
          zeros += a == 0 ? 1 : 0;
        }
        square += own;
        norm += std::sqrt(own);
      }
      CHECK(std::abs(sums[site].sum[c] - sum) <= 1e-12 * absolute);
      CHECK(std::abs(sums[site].absolute[c] - absolute) <= 1e-12 * absolute);
      CHECK(std::abs(sums[site].square[c] - square) <= 1e-12 * square);
      CHECK(std::abs(sums[site].norm[c] - norm) <= 1e-12 * norm);
      CHECK(sums[site].zeros[c] == zeros);
    }
  }
}
