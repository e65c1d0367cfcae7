#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>
#include <thread>

#include "blocks.h"
#include "runs.h"

using namespace secateur;
using namespace secateur::test;
using engine::AblationJob;
using engine::Event;
using engine::Loss;
using engine::Status;

namespace {

// Cuts every channel of every layer before the head, at 0 and at another value in turn.
AblationJob job_of(const Builder& b, const Data& data, Loss loss) {
  AblationJob job{.samples = {.floats = data.x, .bytes = {}, .scale = 1, .count = data.count},
                  .targets = {data.labels, data.values},
                  .head = {loss, b.last()},
                  .sweeps = {},
                  .partial = false};
  for (std::uint32_t site = 0; site < b.last(); ++site) {
    engine::Sweep sweep{site, {}, {}};
    for (std::uint32_t node = 0; node < b.shape(site).back(); ++node) {
      sweep.nodes.push_back(node);
      sweep.values.push_back(node % 2 == 0 ? 0.0F : 0.375F);
    }
    job.sweeps.push_back(std::move(sweep));
  }
  return job;
}

// One node of every `step` is checked.
void check_nodes(const Builder& b, const Data& data, Loss loss, std::size_t step = 1) {
  const AblationJob job = job_of(b, data, loss);
  Log log;
  const Status status = engine::ablate(*b.pack(), job, {.threads = 2}, log);
  REQUIRE_MESSAGE(status.ok(), status.message);
  const Total intact = naive_total(b, data, loss);
  REQUIRE(log.events.front().type == Event::Type::baseline);
  CHECK(std::abs(log.events.front().first - intact.loss.value) <= bound(intact.loss.error));
  CHECK(std::abs(log.events.front().second - intact.correct) <= intact.close);
  const std::vector<Event> nodes = log.of(Event::Type::node);
  for (std::size_t i = 0; i < nodes.size(); i += step) {
    const Event& event = nodes[i];
    const engine::Sweep& sweep = job.sweeps[event.sweep];
    const engine::Cut cut{sweep.site, sweep.nodes[event.index], sweep.values[event.index]};
    const Total ablated = naive_total(b, data, loss, std::span(&cut, 1));
    const std::string kind = b.layers[cut.site].kind;
    CAPTURE(kind);
    CAPTURE(cut.site);
    CAPTURE(cut.node);
    CAPTURE(event.first);
    CAPTURE(ablated.loss.value);
    CHECK(std::abs(event.first - ablated.loss.value) <=
          ablation_bound(intact.loss.error, ablated.loss.error));
    CHECK(std::abs(event.second - ablated.correct) <= ablated.close + intact.close);
    CHECK(std::abs(event.third - ablated.flips(intact)) <= ablated.close + intact.close);
  }
}

// Final results only: what must be equal bit for bit.
std::vector<std::array<double, 3>> results(const Builder& b, const AblationJob& job,
                                           const engine::Options& options) {
  Log log;
  const Status status = engine::ablate(*b.pack(), job, options, log);
  REQUIRE_MESSAGE(status.ok(), status.message);
  std::vector<std::array<double, 3>> numbers;
  for (const Event& event : log.events) {
    if (event.type == Event::Type::baseline || event.type == Event::Type::node) {
      numbers.push_back({event.first, event.second, event.third});
    }
  }
  return numbers;
}

}  // namespace

TEST_CASE("ablate: agrees with whole passes in double on random networks of every layer kind") {
  std::map<std::string, int> kinds;
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    const auto b = random_network(seed, 4);
    for (const engine::LayerSpec& layer : b->layers) ++kinds[layer.kind];
    check_nodes(*b, draw(*b, 3, Loss::cross_entropy), Loss::cross_entropy);
  }
  CHECK(kinds.size() == 13 + 15);  // all kinds but activation, and every activation
}

TEST_CASE("ablate: agrees with whole passes where convolutions take the fast way") {
  const auto b = fast_network(0x9b05688c);
  check_nodes(*b, draw(*b, 2, Loss::cross_entropy), Loss::cross_entropy, 7);
}

TEST_CASE("ablate: agrees with whole passes for the other losses") {
  for (const Loss loss : {Loss::binary_cross_entropy, Loss::mean_squared_error}) {
    for (std::uint32_t seed = 100; seed < 104; ++seed) {
      const auto b = random_network(seed, 3);
      check_nodes(*b, draw(*b, 3, loss), loss);
    }
  }
}

TEST_CASE("ablate: the head may be any layer, and nodes behind or beside it change nothing") {
  Builder b({6, 5, 3}, 0x1b873593);
  const std::uint32_t beside = b.conv2d({}, 2);
  b.on(0).flatten();
  const std::uint32_t head = b.dense(5);
  b.activation("relu");
  const Data data = draw(b, 20, Loss::cross_entropy);
  AblationJob job = job_of(b, data, Loss::cross_entropy);
  job.head.layer = head;
  job.sweeps = {{beside, {0, 1}, {0, 0}}, {b.last(), {3}, {0}}, {head, {2}, {0.5F}}};
  const auto numbers = results(b, job, {});
  CHECK(numbers[1] == numbers[0]);
  CHECK(numbers[2] == numbers[0]);
  CHECK(numbers[3] == numbers[0]);
  CHECK(numbers[4] != numbers[0]);
}

TEST_CASE("ablate: gives the same bits for any threads, memory and estimates") {
  for (std::uint32_t seed = 200; seed < 207; ++seed) {
    CAPTURE(seed);
    const auto b = seed == 206 ? fast_network(seed) : random_network(seed, 4);
    const Data data = draw(*b, 300, Loss::cross_entropy);
    AblationJob job = job_of(*b, data, Loss::cross_entropy);
    const auto expected = results(*b, job, {.threads = 1});
    for (const unsigned threads : {2U, 3U})
      CHECK(results(*b, job, {.threads = threads}) == expected);
    for (std::size_t memory = std::size_t{1} << 14; memory < std::size_t{1} << 26; memory *= 2) {
      Log log;
      if (engine::ablate(*b->pack(), job, {.threads = 2, .memory = memory}, log).ok()) {
        CHECK(results(*b, job, {.threads = 2, .memory = memory}) == expected);
      }
    }
    job.partial = true;
    CHECK(results(*b, job, {.threads = 2}) == expected);
  }
}

TEST_CASE("ablate: a node that is dead already changes exactly nothing") {
  const auto b = dead_network();
  const Data data = draw(*b, 130, Loss::cross_entropy);
  AblationJob job = job_of(*b, data, Loss::cross_entropy);
  job.sweeps = {{kDeadSite, {0, 1, 2}, {0, -3, 0}}};
  const auto numbers = results(*b, job, {.threads = 2});
  CHECK(numbers[1] == numbers[0]);
  CHECK(numbers[2] == numbers[0]);
  CHECK(numbers[3] != numbers[0]);
}

TEST_CASE("ablate: a node that nobody listens to changes exactly nothing") {
  Builder b({13, 15, 1}, 0x3c6ef372);
  const Builder::Window same{.height = 3, .width = 3, .top = 1, .bottom = 1, .left = 1, .right = 1};
  const Builder::Window squares{.height = 2, .width = 2, .stride_y = 2, .stride_x = 2};
  const auto block = [&](std::size_t filters) {
    const std::uint32_t layer = b.conv2d(same, filters);
    b.activation("relu");
    b.max_pool(squares);
    return layer;
  };
  const std::uint32_t site = block(8);
  const std::uint32_t deaf = block(40);
  block(48);
  b.flatten();
  b.dense(5);
  std::vector<float> kernel(b.layers[deaf].weights[0].begin(), b.layers[deaf].weights[0].end());
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    if (i / 40 % 8 == 2) kernel[i] = 0;
  }
  b.layers[deaf].weights[0] = kernel;
  Data data = draw(b, 30, Loss::cross_entropy);
  data.x = b.random.floats(30 * 13 * 15);
  AblationJob job = job_of(b, data, Loss::cross_entropy);
  job.sweeps = {{site, {2, 3}, {0.5F, 0.5F}}};
  const auto numbers = results(b, job, {.threads = 2});
  CHECK(numbers[1] == numbers[0]);
  CHECK(numbers[2] != numbers[0]);
}

TEST_CASE("ablate: baseline comes first, then sweeps in order, each with its nodes in order") {
  const auto b = random_network(7, 4);
  const Data data = draw(*b, 200, Loss::cross_entropy);
  AblationJob job = job_of(*b, data, Loss::cross_entropy);
  job.partial = true;
  Log log;
  REQUIRE(engine::ablate(*b->pack(), job, {.threads = 2}, log).ok());
  std::vector<std::pair<std::uint32_t, std::uint32_t>> expected, got;
  for (std::uint32_t sweep = 0; sweep < job.sweeps.size(); ++sweep) {
    for (std::uint32_t i = 0; i < job.sweeps[sweep].nodes.size(); ++i)
      expected.emplace_back(sweep, i);
  }
  for (const Event& event : log.of(Event::Type::node)) got.emplace_back(event.sweep, event.index);
  CHECK(got == expected);
  CHECK(log.of(Event::Type::baseline).size() == 1);
  REQUIRE(log.of(Event::Type::partial).size() >= expected.size());
  for (const Event& event : log.of(Event::Type::partial)) CHECK(event.third >= 0);
}

TEST_CASE("ablate: the blocks of a node are the nodes of runs over single blocks") {
  const auto b = random_network(13, 4);
  const Data data = draw(*b, 150, Loss::cross_entropy);
  AblationJob job = job_of(*b, data, Loss::cross_entropy);
  job.blocks = true;
  Log log;
  REQUIRE(engine::ablate(*b->pack(), job, {.threads = 2}, log).ok());
  const std::vector<Event> changes = log.of(Event::Type::block);
  const std::size_t nodes = log.of(Event::Type::node).size();
  REQUIRE(changes.size() == 3 * nodes);
  for (std::size_t block = 0; block < 3; ++block) {
    const engine::Range range = engine::block_at(block, data.count);
    AblationJob part = job;
    part.samples.floats = job.samples.floats.subspan(range.first * 90, range.count * 90);
    part.samples.count = range.count;
    part.targets.labels = job.targets.labels.subspan(range.first, range.count);
    Log alone;
    REQUIRE(engine::ablate(*b->pack(), part, {}, alone).ok());
    const std::vector<Event> expected = alone.of(Event::Type::node);
    for (std::size_t i = 0; i < nodes; ++i) {
      const Event& told = changes[3 * i + block];
      CHECK(told.second == static_cast<double>(block));
      CHECK(std::pair(told.sweep, told.index) == std::pair(expected[i].sweep, expected[i].index));
      CHECK(told.first == alone.events[0].first - expected[i].first);
    }
  }
}

TEST_CASE("ablate: an estimate of all blocks is the change, and one block has no standard error") {
  const auto b = random_network(8, 4);
  const Data data = draw(*b, 64, Loss::cross_entropy);
  AblationJob job = job_of(*b, data, Loss::cross_entropy);
  job.partial = true;
  Log log;
  REQUIRE(engine::ablate(*b->pack(), job, {}, log).ok());
  const auto nodes = log.of(Event::Type::node);
  const auto estimates = log.of(Event::Type::partial);
  REQUIRE(estimates.size() == nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    CHECK(estimates[i].first == log.events[0].first - nodes[i].first);
    CHECK(estimates[i].second == 64);
    CHECK(std::isnan(estimates[i].third));
  }
}

TEST_CASE("ablate: bytes with a scale are the floats they stand for") {
  const auto b = random_network(9, 4);
  std::vector<std::uint8_t> bytes;
  Data data = draw(*b, 100, Loss::cross_entropy);
  for (float& x : data.x) {
    bytes.push_back(static_cast<std::uint8_t>(b->random.below(256)));
    x = static_cast<float>(bytes.back()) * (1.0F / 255);
  }
  AblationJob job = job_of(*b, data, Loss::cross_entropy);
  const auto expected = results(*b, job, {});
  job.samples = {.floats = {}, .bytes = bytes, .scale = 1.0F / 255, .count = 100};
  CHECK(results(*b, job, {.threads = 2}) == expected);
}

TEST_CASE("ablate: ends as cancelled when the reader leaves or the flag is up") {
  const auto b = random_network(10, 4);
  const Data data = draw(*b, 300, Loss::cross_entropy);
  const AblationJob job = job_of(*b, data, Loss::cross_entropy);
  class Leaver final : public engine::Sink {
   public:
    bool take(const Event&) override { return --left > 0; }
    int left = 3;
  } leaver;
  CHECK(engine::ablate(*b->pack(), job, {.threads = 2}, leaver).code == Status::Code::cancelled);
  CHECK(leaver.left == 0);
  const std::atomic<bool> cancelled{true};
  Log log;
  CHECK(engine::ablate(*b->pack(), job, {.threads = 2, .cancelled = &cancelled}, log).code ==
        Status::Code::cancelled);
  CHECK(log.events.empty());
}

TEST_CASE("ablate: says how much memory it needs") {
  const auto b = random_network(11, 4);
  const Data data = draw(*b, 10, Loss::cross_entropy);
  Log log;
  const Status status =
      engine::ablate(*b->pack(), job_of(*b, data, Loss::cross_entropy), {.memory = 1000}, log);
  CHECK(status.code == Status::Code::out_of_memory);
  CHECK(status.message.find("needs at least") != std::string::npos);
  CHECK(log.events.empty());
}

TEST_CASE("predict: more samples take more time, fewer threads too") {
  const auto b = random_network(11, 4);
  const auto network = b->pack();
  const Data data = draw(*b, 64 * 40, Loss::cross_entropy);
  const AblationJob long_job = job_of(*b, data, Loss::cross_entropy);
  AblationJob short_job = long_job;
  short_job.samples.count = 64;
  short_job.samples.floats = short_job.samples.floats.first(64 * network->size(0));
  short_job.targets.labels = short_job.targets.labels.first(64);
  const auto seconds = [&](const AblationJob& job, unsigned threads) {
    engine::Prediction found;
    REQUIRE(engine::predict(*network, job, {.threads = threads}, found).ok());
    CHECK(found.intact > 0);
    CHECK(found.sweeps > found.intact);
    return found.intact + found.sweeps;
  };
  // Forty times the work, a fifth of it a thread: a busy machine moves single times by less.
  CHECK(seconds(long_job, 1) > 3 * seconds(short_job, 1));
  CHECK(seconds(long_job, 1) > 1.5 * seconds(long_job, 8));
}

TEST_CASE("predict: complains as ablate does, and ends when it is told to") {
  const auto b = random_network(11, 4);
  const Data data = draw(*b, 100, Loss::cross_entropy);
  const AblationJob job = job_of(*b, data, Loss::cross_entropy);
  engine::Prediction found;
  CHECK(engine::predict(*b->pack(), job, {.memory = 1000}, found).code ==
        Status::Code::out_of_memory);
  const std::atomic<bool> cancelled{true};
  CHECK(engine::predict(*b->pack(), job, {.cancelled = &cancelled}, found).code ==
        Status::Code::cancelled);
  AblationJob empty{.samples = {}, .targets = {}, .head = job.head, .sweeps = job.sweeps};
  CHECK(engine::predict(*b->pack(), empty, {}, found).ok());
  CHECK(found.intact + found.sweeps == 0);
  AblationJob wrong = job;
  wrong.sweeps[0].nodes[0] = 1000;
  CHECK(engine::predict(*b->pack(), wrong, {}, found).code == Status::Code::invalid);
}

TEST_CASE("ablate: rehearsing for its progress changes no bit") {
  Builder b({6, 5, 3}, 0x3c6ef372);
  b.flatten();
  b.dense(3);
  b.activation("relu");
  b.dense(2);
  // One thread rehearses with 3 units of 64 samples if they are no more than a hundredth.
  const Data data = draw(b, 3 * 64 * 100, Loss::cross_entropy);
  const AblationJob job = job_of(b, data, Loss::cross_entropy);
  CHECK(results(b, job, {.threads = 1}) == results(b, job, {.threads = 3}));
}

TEST_CASE("forward: every layer of random networks agrees with double") {
  for (std::uint32_t seed = 300; seed < 320; ++seed) {
    CAPTURE(seed);
    const auto b = random_network(seed, 4);
    const Data data = draw(*b, 5, Loss::cross_entropy);
    const engine::Samples samples{.floats = data.x, .bytes = {}, .scale = 1, .count = 5};
    const auto network = b->pack();
    for (std::uint32_t layer = 0; layer < b->layers.size(); ++layer) {
      std::vector<float> out(5 * network->size(layer));
      REQUIRE(engine::forward(*network, samples, layer, out, {.threads = 2}).ok());
      for (std::size_t s = 0; s < 5; ++s) {
        const auto values = naive_forward(b->layers, std::span(data.x).subspan(s * 90, 90));
        for (std::size_t i = 0; i < network->size(layer); ++i) {
          const Bounded expected = values[layer][i];
          CHECK(std::abs(out[s * network->size(layer) + i] - expected.value) <=
                bound(expected.error) + kTiny);
        }
      }
    }
  }
}

TEST_CASE("forward: fast and direct convolutions of all shapes agree with double") {
  struct Case {
    std::size_t height, width, channels, filters;
    Builder::Window window;
  };
  const Builder::Window same{3, 3, 1, 1, 1, 1, 1, 1, 1, 1};
  const Builder::Window valid{3, 3, 1, 1, 1, 1, 0, 0, 0, 0};
  const Builder::Window wide{3, 3, 1, 1, 1, 1, 2, 1, 0, 2};
  const Builder::Window halving{3, 3, 2, 2, 1, 1, 0, 1, 0, 1};
  const Builder::Window shifted{3, 3, 2, 2, 1, 1, 1, 1, 1, 2};
  const Builder::Window dilated{5, 2, 1, 2, 1, 3, 2, 2, 2, 1};
  const std::vector<Case> cases{
      {3, 3, 24, 40, same},     {3, 3, 130, 18, same},    {3, 3, 40, 33, wide},
      {6, 6, 20, 24, same},     {7, 7, 20, 65, same},     {9, 5, 31, 20, same},
      {8, 8, 32, 32, same},     {10, 6, 140, 17, valid},  {8, 8, 48, 65, halving},
      {9, 8, 3, 20, same},      {13, 14, 5, 33, halving}, {8, 15, 2, 10, dilated},
      {16, 8, 40, 40, halving}, {7, 13, 80, 65, shifted}};
  for (const Case& c : cases) {
    const std::string name = std::to_string(c.height) + "x" + std::to_string(c.width) + "x" +
                             std::to_string(c.channels) + ">" + std::to_string(c.filters);
    CAPTURE(name);
    Builder b({c.height, c.width, c.channels}, 0x1f83d9ab);
    const std::uint32_t layer = b.conv2d(c.window, c.filters);
    const std::size_t in = c.height * c.width * c.channels;
    const std::size_t count = 7;
    const std::vector<float> x = b.random.floats(count * in);
    const auto network = b.pack();
    const std::size_t size = network->size(layer);
    std::vector<float> out(count * size);
    REQUIRE(engine::forward(*network, {.floats = x, .bytes = {}, .scale = 1, .count = count}, layer,
                            out, {.threads = 2})
                .ok());
    const std::size_t last = count - 1;
    const Row expected = naive_forward(b.layers, std::span(x).subspan(last * in, in))[layer];
    for (std::size_t i = 0; i < size; ++i)
      CHECK(std::abs(out[last * size + i] - expected[i].value) <= bound(expected[i].error));
  }
}

TEST_CASE("evaluate: is the baseline of ablate, and its classes and samples add up to it") {
  const auto b = random_network(12, 4);
  const Data data = draw(*b, 150, Loss::cross_entropy);
  const AblationJob job = job_of(*b, data, Loss::cross_entropy);
  engine::Evaluation found;
  REQUIRE(
      engine::evaluate(*b->pack(), job.samples, job.targets, job.head, {.threads = 2}, found).ok());
  const auto& [total, classes, losses] = found;
  CHECK(std::array{total.loss_sum, total.correct, 0.0} == results(*b, job, {})[0]);
  REQUIRE(losses.size() == 150);
  const double sum = std::accumulate(losses.begin(), losses.end(), 0.0);
  CHECK(std::abs(sum - total.loss_sum) <= 1e-12 * total.loss_sum);
  REQUIRE(classes.size() == 4);
  double loss = 0, correct = 0, samples = 0;
  for (const engine::ClassMeasured& one : classes)
    loss += one.loss_sum, correct += one.correct, samples += one.samples;
  CHECK(std::abs(loss - total.loss_sum) <= 1e-12 * total.loss_sum);
  CHECK(correct == total.correct);
  CHECK(samples == 150);
}
