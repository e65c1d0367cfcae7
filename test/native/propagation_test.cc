// What propagate() promises whatever the rules are, and what it refuses.
#include <atomic>
#include <cmath>
#include <numeric>

#include "propagations.h"

using namespace secateur;
using namespace secateur::test;
using engine::BackwardRule;
using engine::Loss;
using engine::Part;
using engine::PropagationJob;
using engine::PropagationResult;
using engine::Start;
using engine::Status;

namespace {

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
