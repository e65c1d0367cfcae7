#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>

#include "runs.h"

using namespace secateur;
using namespace secateur::test;
using engine::Event;
using engine::Loss;
using engine::SetsJob;
using engine::Status;

namespace {

// Every channel of every layer before the head may be cut, at 0 or at another value.
std::vector<engine::Cut> all_cuts(const Builder& b) {
  std::vector<engine::Cut> cuts;
  for (std::uint32_t site = 0; site < b.last(); ++site) {
    for (std::uint32_t node = 0; node < b.shape(site).back(); ++node)
      cuts.push_back({site, node, node % 2 == 0 ? 0.0F : 0.375F});
  }
  return cuts;
}

SetsJob job_of(const Builder& b, const Data& data, Loss loss) {
  return {.samples = data.samples(),
          .targets = {data.labels, data.values},
          .head = {loss, b.last()},
          .cuts = all_cuts(b),
          .sets = {}};
}

void add(SetsJob& job, std::span<const std::uint32_t> members, bool grows) {
  job.sets.members.insert(job.sets.members.end(), members.begin(), members.end());
  job.sets.ends.push_back(static_cast<std::uint32_t>(job.sets.members.size()));
  job.sets.grows.push_back(grows ? 1 : 0);
}

std::vector<std::uint32_t> shuffled(std::size_t count, Random& random) {
  std::vector<std::uint32_t> order(count);
  for (std::uint32_t i = 0; i < count; ++i) order[i] = i;
  for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

// Sets of one to all cuts in any order, and rows of growing ones.
void draw_sets(SetsJob& job, std::size_t rows, Random& random) {
  for (std::size_t row = 0; row < rows; ++row) {
    const std::vector<std::uint32_t> order = shuffled(job.cuts.size(), random);
    const bool single = row % 2 == 0;
    std::size_t begin = 0;
    for (int step = 0; step < (single ? 1 : 4) && begin < order.size(); ++step) {
      const std::size_t most = std::min<std::size_t>(order.size() - begin, row % 3 == 0 ? 3 : 40);
      const std::size_t count = 1 + random.below(most);
      add(job, std::span(order).subspan(begin, count), step > 0);
      begin += count;
    }
  }
}

// Dense layers whose last hidden one, kLastDense, has `units` units before relu and the scores.
constexpr std::uint32_t kLastDense = 2;
std::unique_ptr<Builder> last_layer(std::uint32_t seed, std::size_t units, std::size_t classes) {
  auto b = std::make_unique<Builder>(std::vector<std::size_t>{1, 1, 90}, seed);
  b->flatten();
  b->dense(units);
  b->activation("relu");
  b->dense(classes);
  return b;
}

// Every unit of that layer, and all pairs of them.
SetsJob job_of_pairs(const Builder& b, const Data& data) {
  SetsJob job = job_of(b, data, Loss::cross_entropy);
  job.cuts.clear();
  const auto units = static_cast<std::uint32_t>(b.shape(kLastDense)[0]);
  for (std::uint32_t unit = 0; unit < units; ++unit) {
    job.cuts.push_back({kLastDense, unit, 0});
    add(job, std::vector{unit}, false);
  }
  for (std::uint32_t i = 0; i < units; ++i) {
    for (std::uint32_t j = i + 1; j < units; ++j) add(job, std::vector{i, j}, false);
  }
  return job;
}

// Sets of none to nine cuts.
void draw_single_sets(SetsJob& job, std::size_t count, Random& random) {
  for (std::size_t set = 0; set < count; ++set) {
    const std::vector<std::uint32_t> order = shuffled(job.cuts.size(), random);
    add(job, std::span(order).first(random.below(10)), false);
  }
}

std::vector<engine::Cut> cuts_of(const SetsJob& job, std::size_t set) {
  std::vector<engine::Cut> cuts;
  for (std::size_t i = set;; --i) {
    for (const std::uint32_t member : job.sets.added(i)) cuts.push_back(job.cuts[member]);
    if (!job.sets.grows[i]) return cuts;
  }
}

std::vector<Event> run(const Builder& b, const SetsJob& job, const engine::Options& options) {
  Log log;
  const Status status = engine::ablate_sets(*b.pack(), job, options, log);
  REQUIRE_MESSAGE(status.ok(), status.message);
  REQUIRE(log.events.front().type == Event::Type::baseline);
  std::vector<Event> sets = log.of(Event::Type::set);
  REQUIRE(sets.size() == job.sets.size());
  for (std::size_t i = 0; i < sets.size(); ++i) CHECK(sets[i].index == i);
  sets.insert(sets.begin(), log.events.front());
  return sets;
}

void check_sets(const Builder& b, const Data& data, const SetsJob& job) {
  const std::vector<Event> events = run(b, job, {.threads = 2});
  const Total intact = naive_total(b, data, job.head.loss);
  double before = 0;  // a set that has grown rounds what those before it round
  for (std::size_t set = 0; set < job.sets.size(); ++set) {
    CAPTURE(set);
    const std::vector<engine::Cut> cuts = cuts_of(job, set);
    CAPTURE(cuts.size());
    const Total ablated = naive_total(b, data, job.head.loss, cuts);
    const Event& event = events[set + 1];
    CAPTURE(event.first);
    CAPTURE(ablated.loss.value);
    before = std::hypot(job.sets.grows[set] ? before : intact.loss.error, ablated.loss.error);
    CHECK(std::abs(event.first - ablated.loss.value) <= bound(before));
    CHECK(std::abs(event.second - ablated.correct) <= ablated.close + intact.close);
    CHECK(std::abs(event.third - ablated.flips(intact)) <= ablated.close + intact.close);
  }
}

std::vector<std::array<double, 3>> results(const Builder& b, const SetsJob& job,
                                           const engine::Options& options) {
  std::vector<std::array<double, 3>> numbers;
  for (const Event& event : run(b, job, options))
    numbers.push_back({event.first, event.second, event.third});
  return numbers;
}

}  // namespace

TEST_CASE("ablate_sets: agrees with whole passes in double on random networks of every kind") {
  for (std::uint32_t seed = 400; seed < 440; ++seed) {
    CAPTURE(seed);
    const auto b = random_network(seed, 4);
    const Data data = draw(*b, 3, Loss::cross_entropy);
    SetsJob job = job_of(*b, data, Loss::cross_entropy);
    draw_sets(job, 12, b->random);
    check_sets(*b, data, job);
  }
}

TEST_CASE("ablate_sets: agrees with whole passes where convolutions take the fast way") {
  const auto b = fast_network(0x3c6ef372);
  const Data data = draw(*b, 2, Loss::cross_entropy);
  SetsJob job = job_of(*b, data, Loss::cross_entropy);
  draw_sets(job, 10, b->random);
  check_sets(*b, data, job);
}

TEST_CASE("ablate_sets: agrees with whole passes for the other losses") {
  for (const Loss loss : {Loss::binary_cross_entropy, Loss::mean_squared_error}) {
    for (std::uint32_t seed = 440; seed < 444; ++seed) {
      const auto b = random_network(seed, 3);
      const Data data = draw(*b, 3, loss);
      SetsJob job = job_of(*b, data, loss);
      draw_sets(job, 8, b->random);
      check_sets(*b, data, job);
    }
  }
}

TEST_CASE("ablate_sets: agrees with whole passes where sets change one product before the scores") {
  for (const std::size_t classes : {2U, 5U, 10U, 17U}) {
    CAPTURE(classes);
    const auto b = last_layer(0x6a09e667, 37, classes);
    const Data data = draw(*b, 70, Loss::cross_entropy);
    SetsJob job = job_of_pairs(*b, data);
    draw_single_sets(job, 30, b->random);
    check_sets(*b, data, job);
  }
}

TEST_CASE("ablate_sets: gives the same bits for any threads and memory") {
  for (std::uint32_t seed = 450; seed < 457; ++seed) {
    CAPTURE(seed);
    const auto b = seed == 456   ? last_layer(seed, 60, 9)
                   : seed == 455 ? fast_network(seed)
                                 : random_network(seed, 4);
    const Data data = draw(*b, 200, Loss::cross_entropy);
    SetsJob job = seed == 456 ? job_of_pairs(*b, data) : job_of(*b, data, Loss::cross_entropy);
    if (seed < 456) draw_sets(job, 40, b->random);
    const auto expected = results(*b, job, {.threads = 1});
    for (const unsigned threads : {2U, 3U})
      CHECK(results(*b, job, {.threads = threads}) == expected);
    for (std::size_t memory = std::size_t{1} << 16; memory < std::size_t{1} << 24; memory *= 4) {
      Log log;
      if (engine::ablate_sets(*b->pack(), job, {.threads = 2, .memory = memory}, log).ok())
        CHECK(results(*b, job, {.threads = 2, .memory = memory}) == expected);
    }
  }
}

TEST_CASE("ablate_sets: a set does not depend on the sets beside it") {
  const auto b = random_network(460, 4);
  const Data data = draw(*b, 70, Loss::cross_entropy);
  SetsJob job = job_of(*b, data, Loss::cross_entropy);
  draw_sets(job, 100, b->random);
  const auto together = results(*b, job, {.threads = 2});
  SetsJob alone = job_of(*b, data, Loss::cross_entropy);
  const std::size_t last = job.sets.size() - 1;
  std::size_t first = last;
  while (job.sets.grows[first]) --first;
  for (std::size_t set = first; set <= last; ++set)
    add(alone, job.sets.added(set), job.sets.grows[set] != 0);
  const auto tail = results(*b, alone, {.threads = 2});
  CHECK(std::equal(tail.begin() + 1, tail.end(), together.end() - (last - first + 1)));
}

TEST_CASE("ablate_sets: no cuts, and cuts of nodes that are dead already, change exactly nothing") {
  const auto b = dead_network();
  const Data data = draw(*b, 130, Loss::cross_entropy);
  SetsJob job = job_of(*b, data, Loss::cross_entropy);
  job.cuts = {{kDeadSite, 0, 0}, {kDeadSite, 1, -3}, {kDeadSite, 2, 0}};
  add(job, {}, false);
  add(job, std::vector<std::uint32_t>{0, 1}, true);
  add(job, std::vector<std::uint32_t>{2}, true);
  add(job, std::vector<std::uint32_t>{2}, false);
  add(job, std::vector<std::uint32_t>{2, 0}, false);
  const auto numbers = results(*b, job, {.threads = 2});
  CHECK(numbers[1] == numbers[0]);
  CHECK(numbers[2] == numbers[0]);
  CHECK(numbers[3] != numbers[0]);
  CHECK(numbers[4] == numbers[3]);
  CHECK(numbers[5] == numbers[3]);
}

TEST_CASE("ablate_sets: a pair with a dead node is the other node, bit for bit") {
  const auto b = last_layer(0x9b05688c, 21, 7);
  std::vector<float> bias(21, 0.25F);
  bias[4] = bias[20] = -1e6F;
  b->layers[kLastDense].weights[1] = bias;
  const Data data = draw(*b, 130, Loss::cross_entropy);
  const SetsJob job = job_of_pairs(*b, data);
  const auto numbers = results(*b, job, {.threads = 2});
  CHECK(numbers[1 + 4] == numbers[0]);
  for (std::size_t set = 0; set < job.sets.size(); ++set) {
    const auto pair = job.sets.added(set);
    if (pair.size() < 2) continue;
    for (const std::size_t side : {0U, 1U}) {
      if (pair[side] == 4 || pair[side] == 20)
        CHECK(numbers[1 + set] == numbers[1 + pair[1 - side]]);
    }
  }
}

TEST_CASE("ablate_sets: what a dead row hides comes back when a later step wakes it") {
  // Two branches are added: the second one's bias alone decides whether the sum is above 0.
  Builder b({1, 1, 90}, 0x1f83d9ab);
  b.flatten();
  const std::uint32_t input = b.last();
  const std::uint32_t left = b.on(input).dense(5);
  const std::uint32_t right = b.on(input).dense(5);
  b.combine("add", {left, right});
  b.activation("relu");
  b.dense(4);
  const std::vector<float> bias(5, -1e3F);
  b.layers[right].weights[1] = bias;
  const Data data = draw(b, 70, Loss::cross_entropy);
  SetsJob job = job_of(b, data, Loss::cross_entropy);
  job.cuts = {{left, 3, 0.5F}, {right, 3, 0.25F}};
  add(job, std::vector<std::uint32_t>{0}, false);
  add(job, std::vector<std::uint32_t>{1}, true);
  const auto numbers = results(b, job, {});
  CHECK(numbers[1] == numbers[0]);
  CHECK(numbers[2] != numbers[0]);
  check_sets(b, data, job);
}

TEST_CASE("ablate_sets: refuses sets that do not fit, saying what is wrong") {
  const auto b = random_network(461, 4);
  const Data data = draw(*b, 2, Loss::cross_entropy);
  const auto refuse = [&](auto spoil, const char* part) {
    SetsJob job = job_of(*b, data, Loss::cross_entropy);
    add(job, std::vector<std::uint32_t>{0}, false);
    spoil(job);
    Log log;
    const Status status = engine::ablate_sets(*b->pack(), job, {}, log);
    CHECK(status.code == Status::Code::invalid);
    CHECK(status.message.find(part) != std::string::npos);
  };
  refuse([](SetsJob& job) { job.cuts[0].site = 1000; }, "no layer 1000");
  refuse([](SetsJob& job) { job.cuts[0].node = 1000; }, "no node 1000");
  refuse([](SetsJob& job) { job.sets.members[0] = 9999; }, "no cut 9999");
  refuse([](SetsJob& job) { job.sets.grows[0] = 1; }, "none before it");
  refuse([](SetsJob& job) { job.sets.grows.clear(); }, "0 marks");
  refuse([](SetsJob& job) { job.sets.ends[0] = 2; }, "must rise");
  refuse([](SetsJob& job) { job.sets.ends = {1, 0}, job.sets.grows = {0, 0}; }, "must rise");
}

TEST_CASE("ablate_sets: ends as cancelled when the reader leaves or the flag is up") {
  const auto b = random_network(462, 4);
  const Data data = draw(*b, 300, Loss::cross_entropy);
  SetsJob job = job_of(*b, data, Loss::cross_entropy);
  draw_sets(job, 200, b->random);
  class Leaver final : public engine::Sink {
   public:
    bool take(const Event&) override { return --left > 0; }
    int left = 3;
  } leaver;
  CHECK(engine::ablate_sets(*b->pack(), job, {.threads = 2}, leaver).code ==
        Status::Code::cancelled);
  CHECK(leaver.left == 0);
  const std::atomic<bool> cancelled{true};
  Log log;
  CHECK(engine::ablate_sets(*b->pack(), job, {.cancelled = &cancelled}, log).code ==
        Status::Code::cancelled);
  CHECK(log.events.empty());
}
