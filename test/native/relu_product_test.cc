#include <algorithm>
#include <cmath>

#include "runs.h"

using namespace secateur;
using namespace secateur::test;
using engine::AblationJob;
using engine::Event;
using engine::Loss;

namespace {

// Nodes whose changes meet a relu between two products; the last block of samples is not full.
struct Relus {
  Builder b{{1, 1, 90}, 0x2545f491};
  std::uint32_t site;
  std::uint32_t next;
  Data data;

  explicit Relus(const char* last) {
    b.flatten();
    site = b.dense(33);
    b.activation("relu");
    next = b.dense(35);
    b.activation("relu");
    b.dense(20);
    b.activation(last);
    b.dense(5);
    data = draw(b, 3 * engine::kSampleBlock + 7, Loss::cross_entropy);
  }

  AblationJob job() const {
    return {.samples = data.samples(),
            .targets = {data.labels, data.values},
            .head = {Loss::cross_entropy, b.last()},
            .sweeps = {{site, {0, 7, 8, 32}, {0, 0, 0.375F, 0}, {}}},
            .partial = false};
  }

  std::vector<Event> run(const AblationJob& job, const engine::Options& options) const {
    Log log;
    const engine::Status status = engine::ablate(*b.pack(), job, options, log);
    REQUIRE_MESSAGE(status.ok(), status.message);
    return log.events;
  }
  std::vector<Event> nodes(const AblationJob& job, const engine::Options& options = {}) const {
    std::vector<Event> events = run(job, options);
    std::erase_if(events, [](const Event& event) { return event.type != Event::Type::node; });
    return events;
  }

  // The kernel of a layer, to be written to.
  std::vector<float> kernel(std::uint32_t layer) const {
    return {b.layers[layer].weights[0].begin(), b.layers[layer].weights[0].end()};
  }
};

void check_equal(const std::vector<Event>& got, const std::vector<Event>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CHECK(got[i].first == expected[i].first);
    CHECK(got[i].second == expected[i].second);
    CHECK(got[i].third == expected[i].third);
  }
}

}  // namespace

TEST_CASE("ReluProduct: agrees with whole passes") {
  for (const char* last : {"relu", "tanh"}) {
    const Relus net(last);
    const engine::Sweep sweep = net.job().sweeps[0];
    const Total intact = naive_total(net.b, net.data, Loss::cross_entropy);
    for (const Event& event : net.nodes(net.job(), {.threads = 2})) {
      const engine::Cut cut{sweep.site, sweep.nodes[event.index], sweep.values[event.index]};
      const Total ablated = naive_total(net.b, net.data, Loss::cross_entropy, std::span(&cut, 1));
      CAPTURE(cut.node);
      CHECK(std::abs(event.first - ablated.loss.value) <=
            ablation_bound(intact.loss.error, ablated.loss.error));
      CHECK(std::abs(event.second - ablated.correct) <= ablated.close + intact.close);
    }
  }
}

TEST_CASE("ReluProduct: threads, memory, estimates and other sweeps change no bit") {
  const Relus net("relu");
  const std::vector<Event> expected = net.nodes(net.job(), {.threads = 1});
  for (const engine::Options& options :
       {engine::Options{.threads = 2}, engine::Options{.threads = 3},
        engine::Options{.threads = 2, .memory = std::size_t{3} << 20}})
    check_equal(net.nodes(net.job(), options), expected);
  AblationJob job = net.job();
  job.partial = true;
  check_equal(net.nodes(job), expected);
  job = net.job();
  job.sweeps.push_back({net.next, {3}, {0}, {}});
  std::vector<Event> more = net.nodes(job);
  more.pop_back();
  check_equal(more, expected);
}

TEST_CASE("ReluProduct: a run cut between blocks gives the bits of one run") {
  const Relus net("relu");
  const std::vector<Event> expected = net.nodes(net.job());
  const std::size_t cut = 2 * engine::kSampleBlock;
  AblationJob first = net.job();
  first.samples.count = cut;
  first.samples.floats = first.samples.floats.first(cut * 90);
  first.targets.labels = first.targets.labels.first(cut);
  AblationJob rest = net.job();
  rest.samples.count -= cut;
  rest.samples.floats = rest.samples.floats.subspan(cut * 90);
  rest.targets.labels = rest.targets.labels.subspan(cut);
  for (const Event& node : net.nodes(first)) rest.sweeps[0].before.push_back(node.first);
  const std::vector<Event> got = net.nodes(rest);
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i].first == expected[i].first);
}

TEST_CASE("ReluProduct: a node that nobody listens to changes exactly nothing") {
  Relus net("relu");
  std::vector<float> kernel = net.kernel(net.next);
  std::fill_n(kernel.begin() + 7 * 35, 35, 0.0F);
  net.b.layers[net.next].weights[0] = kernel;
  const std::vector<Event> events = net.run(net.job(), {.threads = 2});
  const Event& baseline = events.front();
  REQUIRE(events.back().type == Event::Type::node);
  const auto node = std::ranges::find_if(events, [](const Event& event) {
    return event.type == Event::Type::node && event.index == 1;
  });
  CHECK(node->first == baseline.first);
  CHECK(node->second == baseline.second);
  CHECK(events.back().first != baseline.first);
}

// Most samples have all units on and no node that is above 0; the others all nodes, and no unit.
TEST_CASE("ReluProduct: a change that no relu lets through is exactly 0") {
  Relus net("relu");
  std::vector<float> into = net.kernel(net.site);
  for (float& weight : into) weight = 1;
  std::vector<float> onward = net.kernel(net.next);
  for (float& weight : onward) weight = -1;
  const std::vector<float> zeros(33, 0.0F);
  const std::vector<float> ones(35, 1.0F);
  net.b.layers[net.site].weights = {into, zeros};
  net.b.layers[net.next].weights = {onward, ones};
  for (std::size_t sample = 0; sample < net.data.count; ++sample)
    std::fill_n(net.data.x.begin() + static_cast<std::ptrdiff_t>(sample * 90), 90,
                sample % 3 == 0 ? 0.7F : 0.0F);
  const std::vector<Event> events = net.run(net.job(), {.threads = 2});
  for (const Event& event : events) {
    if (event.type == Event::Type::node && event.index != 2)
      CHECK(event.first == events.front().first);
  }
}
