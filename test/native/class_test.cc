#include <array>
#include <cmath>
#include <utility>

#include "runs.h"

using namespace secateur;
using namespace secateur::test;
using engine::AblationJob;
using engine::Event;
using engine::Loss;
using engine::Status;

namespace {

// Cuts every channel of every layer before the head.
AblationJob job_of(const Builder& b, const Data& data) {
  AblationJob job{.samples = data.samples(),
                  .targets = {data.labels, data.values},
                  .head = {Loss::cross_entropy, b.last()},
                  .sweeps = {},
                  .per_class = true};
  for (std::uint32_t site = 0; site < b.last(); ++site) {
    engine::Sweep sweep{site, {}, {}, {}};
    for (std::uint32_t node = 0; node < b.shape(site).back(); ++node) {
      sweep.nodes.push_back(node);
      sweep.values.push_back(node % 2 == 0 ? 0.0F : 0.375F);
    }
    job.sweeps.push_back(std::move(sweep));
  }
  return job;
}

using Numbers = std::array<double, 3>;
Numbers numbers(const Event& event) { return {event.first, event.second, event.third}; }

// The baseline or a node, and its classes.
struct Told {
  Event event;
  std::vector<Event> classes;
};

std::vector<Told> run(const Builder& b, const AblationJob& job, const engine::Options& options) {
  Log log;
  const Status status = engine::ablate(*b.pack(), job, options, log);
  REQUIRE_MESSAGE(status.ok(), status.message);
  std::vector<Told> told;
  std::vector<Event> classes;
  for (const Event& event : log.events) {
    if (event.type == Event::Type::label) {
      CHECK(event.index == classes.size());
      classes.push_back(event);
    } else if (event.type == Event::Type::baseline || event.type == Event::Type::node) {
      told.push_back({event, std::exchange(classes, {})});
    }
  }
  CHECK(told.front().event.type == Event::Type::baseline);
  return told;
}

std::vector<Numbers> results(const std::vector<Told>& told) {
  std::vector<Numbers> all;
  for (const Told& one : told) {
    all.push_back(numbers(one.event));
    for (const Event& of : one.classes) all.push_back(numbers(of));
  }
  return all;
}

void check_classes(const std::vector<Event>& classes, const Total& intact, const Total& ablated) {
  REQUIRE(classes.size() == ablated.classes.size());
  for (std::size_t label = 0; label < classes.size(); ++label) {
    CAPTURE(label);
    const Sum& of = ablated.classes[label];
    CHECK(std::abs(classes[label].first - of.loss.value) <=
          ablation_bound(intact.classes[label].loss.error, of.loss.error));
    CHECK(std::abs(classes[label].second - of.correct) <= of.close + intact.classes[label].close);
    CHECK(classes[label].third == of.samples);
  }
}

// Two dense layers before the scores, so that all three strategies have a sweep.
std::unique_ptr<Builder> dense_network(std::uint32_t seed, std::size_t classes) {
  auto b = std::make_unique<Builder>(std::vector<std::size_t>{1, 1, 90}, seed);
  b->flatten();
  b->dense(7);
  b->activation("relu");
  b->dense(11);
  b->activation("relu");
  b->dense(classes);
  return b;
}

}  // namespace

TEST_CASE("ablate per class: agrees with whole passes in double, class by class") {
  for (std::uint32_t seed = 500; seed < 530; ++seed) {
    CAPTURE(seed);
    const std::size_t classes = seed % 3 == 0 ? 70 : 5;
    const auto b = seed < 524 ? random_network(seed, 4) : dense_network(seed, classes);
    const Data data = draw(*b, seed < 524 ? 5 : 70, Loss::cross_entropy);
    const AblationJob job = job_of(*b, data);
    const auto told = run(*b, job, {.threads = 2});
    const Total intact = naive_total(*b, data, Loss::cross_entropy);
    check_classes(told.front().classes, intact, intact);
    for (std::size_t i = 1; i < told.size(); i += 3) {
      const Event& event = told[i].event;
      const engine::Sweep& sweep = job.sweeps[event.sweep];
      const engine::Cut cut{sweep.site, sweep.nodes[event.index], sweep.values[event.index]};
      check_classes(told[i].classes, intact,
                    naive_total(*b, data, Loss::cross_entropy, std::span(&cut, 1)));
    }
  }
}

TEST_CASE("ablate per class: gives the same bits for any threads and memory, and as without") {
  for (std::uint32_t seed = 540; seed < 545; ++seed) {
    CAPTURE(seed);
    const auto b =
        seed < 542 ? random_network(seed, 4) : dense_network(seed, seed == 542 ? 70 : 10);
    const Data data = draw(*b, 300, Loss::cross_entropy);
    AblationJob job = job_of(*b, data);
    const auto expected = run(*b, job, {.threads = 1});
    for (const unsigned threads : {2U, 3U})
      CHECK(results(run(*b, job, {.threads = threads})) == results(expected));
    for (std::size_t memory = std::size_t{1} << 16; memory < std::size_t{1} << 26; memory *= 4) {
      Log log;
      if (engine::ablate(*b->pack(), job, {.threads = 2, .memory = memory}, log).ok())
        CHECK(results(run(*b, job, {.threads = 2, .memory = memory})) == results(expected));
    }
    job.partial = true;
    CHECK(results(run(*b, job, {.threads = 2})) == results(expected));
    job.per_class = job.partial = false;
    const auto without = run(*b, job, {});
    REQUIRE(without.size() == expected.size());
    for (std::size_t i = 0; i < without.size(); ++i) {
      CHECK(numbers(without[i].event) == numbers(expected[i].event));
      CHECK(without[i].classes.empty());
    }
  }
}

TEST_CASE("ablate per class: a dead node leaves every class its bits, an absent class is empty") {
  const auto b = dense_network(0x243f6a88, 10);
  std::vector<float> bias(11, 0.25F);
  bias[4] = -1e6F;
  b->layers[4].weights[1] = bias;
  Data data = draw(*b, 200, Loss::cross_entropy);
  for (std::int32_t& label : data.labels) label = label == 3 ? 4 : label;
  AblationJob job = job_of(*b, data);
  job.sweeps = {{4, {4, 5}, {0, 0}, {}}};
  const auto told = run(*b, job, {.threads = 2});
  CHECK(numbers(told[1].event) == numbers(told[0].event));
  CHECK(numbers(told[2].event) != numbers(told[0].event));
  for (std::size_t label = 0; label < 10; ++label)
    CHECK(numbers(told[1].classes[label]) == numbers(told[0].classes[label]));
  CHECK(numbers(told[2].classes[3]) == Numbers{0, 0, 0});
}

TEST_CASE("ablate per class: enormous losses of one class stay finite") {
  const auto b = dense_network(0x13198a2e, 10);
  Data data = draw(*b, 64 * 40, Loss::cross_entropy);
  std::ranges::fill(data.labels, 2);
  for (float& x : data.x) x *= 30;
  const auto told = run(*b, job_of(*b, data), {.threads = 2});
  for (const Told& one : told) {
    CHECK(std::isfinite(one.classes[2].first));
    CHECK(std::abs(one.classes[2].first - one.event.first) <= 1e-12 * one.event.first);
    CHECK(one.classes[2].second == one.event.second);
  }
}

TEST_CASE("ablate per class: is refused for losses without labels") {
  const auto b = dense_network(0x03707344, 3);
  const Data data = draw(*b, 3, Loss::mean_squared_error);
  AblationJob job = job_of(*b, data);
  job.head.loss = Loss::mean_squared_error;
  Log log;
  const Status status = engine::ablate(*b->pack(), job, {}, log);
  CHECK(status.code == Status::Code::invalid);
  CHECK(status.message.find("labels") != std::string::npos);
}
