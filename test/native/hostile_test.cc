#include <limits>

#include "networks.h"
#include "propagation.h"
#include "support.h"

using namespace secateur;
using namespace secateur::test;
using engine::LayerSpec;
using engine::Status;

namespace {

const std::vector<float> kNumbers(4096, 0.5F);
std::span<const float> numbers(std::size_t count) { return std::span(kNumbers).first(count); }

LayerSpec input(std::vector<std::size_t> shape) {
  return {"input", {}, std::move(shape), {}, {}, {}};
}

Status pack(std::vector<LayerSpec> layers) {
  std::shared_ptr<const engine::Network> network;
  Status status = engine::Network::pack(layers, network);
  CHECK((network == nullptr) == !status.ok());
  return status;
}

// A convolution that fits, and what `spoil` makes of it.
template <class Spoil>
Status pack_conv(Spoil spoil) {
  LayerSpec conv{"conv2d",  {0},
                 {4, 4, 6}, {3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 2},
                 {},        {numbers(3 * 3 * 2 * 6), numbers(6)}};
  spoil(conv);
  return pack({input({4, 4, 4}), conv});
}

}  // namespace

TEST_CASE("Network::pack: takes layers that fit") {
  CHECK(pack_conv([](LayerSpec&) {}).ok());
  CHECK(pack_conv([](LayerSpec& conv) { conv.weights[1] = {}; }).ok());
}

TEST_CASE("Network::pack: refuses convolutions that do not fit, saying which layer") {
  const auto refuse = [](auto spoil) {
    const Status status = pack_conv(spoil);
    CHECK(status.code == Status::Code::invalid);
    CHECK(status.message.starts_with("layer 1 (conv2d"));
    CHECK(status.message.size() > std::string("layer 1 (conv2d): ").size());
  };
  refuse([](LayerSpec& conv) { conv.ints.pop_back(); });
  refuse([](LayerSpec& conv) { conv.ints[0] = 0; });
  refuse([](LayerSpec& conv) { conv.ints[0] = std::numeric_limits<std::int32_t>::max(); });
  refuse([](LayerSpec& conv) { conv.ints[2] = -1; });
  refuse([](LayerSpec& conv) { conv.ints[4] = std::numeric_limits<std::int32_t>::max(); });
  refuse([](LayerSpec& conv) { conv.ints[7] = -2; });
  refuse([](LayerSpec& conv) { conv.ints[6] = std::numeric_limits<std::int32_t>::max(); });
  refuse([](LayerSpec& conv) { conv.ints[10] = 0; });
  refuse([](LayerSpec& conv) { conv.ints[10] = 3; });
  refuse([](LayerSpec& conv) { conv.shape = {4, 4, 5}; });
  refuse([](LayerSpec& conv) { conv.shape = {4, 5, 6}; });
  refuse([](LayerSpec& conv) { conv.shape = {}; });
  refuse([](LayerSpec& conv) { conv.shape = {4, 0, 6}; });
  refuse([](LayerSpec& conv) { conv.weights[0] = numbers(3 * 3 * 4 * 6); });
  refuse([](LayerSpec& conv) { conv.weights[1] = numbers(5); });
  refuse([](LayerSpec& conv) { conv.weights.pop_back(); });
  refuse([](LayerSpec& conv) { conv.inputs = {}; });
  refuse([](LayerSpec& conv) { conv.inputs = {0, 0}; });
  refuse([](LayerSpec& conv) { conv.inputs = {1}; });
  refuse([](LayerSpec& conv) { conv.inputs = {std::numeric_limits<std::uint32_t>::max()}; });
  refuse([](LayerSpec& conv) { conv.kind = "conv2dd"; });
}

TEST_CASE("Network::pack: refuses every other kind with wrong counts or shapes") {
  const std::vector<LayerSpec> wrong{
      {"dense", {0}, {3}, {}, {}, {numbers(3), {}}},  // its input is an image
      {"depthwiseConv2d", {0}, {3, 3, 4}, {2, 2, 1, 1, 1, 1, 0, 0, 0, 0, 2}, {}, {numbers(32), {}}},
      {"batchNorm", {0}, {4, 4, 4}, {}, {1e-3}, {numbers(4), {}, {}, numbers(4)}},      // no mean
      {"batchNorm", {0}, {4, 4, 4}, {}, {}, {numbers(4), {}, numbers(4), numbers(4)}},  // no
                                                                                        // epsilon
      {"activation:relu", {0}, {4, 4, 3}, {}, {0, 0}, {}},
      {"activation:sine", {0}, {4, 4, 4}, {}, {0, 0}, {}},
      {"activation", {0}, {4, 4, 4}, {}, {0, 0}, {}},
      {"maxPool2d", {0}, {2, 2, 4}, {5, 5, 1, 1, 1, 1, 0, 0, 0, 0}, {}, {}},  // larger than its
                                                                              // input
      {"avgPool2d", {0}, {3, 3, 4}, {2, 2, 1, 1, 1, 1, 0, 0, 0, 0}, {}, {}},  // no includePadding
      {"globalAvgPool2d", {0}, {3}, {}, {}, {}},
      {"reshape", {0}, {63}, {}, {}, {}},
      {"reshape", {0}, {std::size_t{1} << 33, std::size_t{1} << 33}, {}, {}, {}},
      {"add", {}, {4, 4, 4}, {}, {}, {}},
      {"add", {0}, {4, 4, 1}, {}, {}, {}},
      {"multiply", {0, 1}, {4, 4, 4}, {}, {}, {}},  // itself
      {"concat", {0, 0}, {4, 4, 8}, {3}, {}, {}},
      {"concat", {0, 0}, {4, 4, 8}, {-4}, {}, {}},
      {"concat", {0, 0}, {4, 4, 8}, {0}, {}, {}},
      {"zeroPad2d", {0}, {5, 4, 4}, {-1, 2, 0, 0}, {}, {}},
      {"zeroPad2d", {0}, {5, 4, 4}, {1, 1, 0, 0}, {}, {}},
      input({4, 4, 4}),  // a second one
  };
  for (const LayerSpec& layer : wrong) {
    CAPTURE(layer.kind);
    CHECK(pack({input({4, 4, 4}), layer}).code == Status::Code::invalid);
  }
  CHECK(pack({}).code == Status::Code::invalid);
  CHECK(pack({wrong[4]}).code == Status::Code::invalid);
  CHECK(pack({input({std::size_t{1} << 60})}).code == Status::Code::invalid);
}

TEST_CASE("runs: refuse samples, targets and sweeps that do not fit the network") {
  Builder b({4}, 0x9b05688c);
  b.dense(3);
  const auto network = b.pack();
  const std::vector<float> x(20);
  const std::vector<std::int32_t> labels{0, 1, 2, 0, 1};
  const engine::AblationJob good{.samples = {.floats = x, .bytes = {}, .scale = 1, .count = 5},
                                 .targets = {labels, {}},
                                 .head = {engine::Loss::cross_entropy, 1},
                                 .sweeps = {{1, {0}, {0}}},
                                 .partial = false};
  class Silent final : public engine::Sink {
   public:
    bool take(const engine::Event&) override { return true; }
  } sink;
  CHECK(engine::ablate(*network, good, {}, sink).ok());
  const auto refuse = [&](auto spoil) {
    engine::AblationJob job = good;
    spoil(job);
    CHECK(engine::ablate(*network, job, {}, sink).code == Status::Code::invalid);
  };
  const std::vector<std::int32_t> too_large{0, 1, 3, 0, 1};
  const std::vector<std::int32_t> negative{0, -1, 2, 0, 1};
  const std::vector<std::uint8_t> bytes(20);
  refuse([](auto& job) { job.samples.count = 4; });
  refuse([](auto& job) { job.samples.count = std::numeric_limits<std::size_t>::max(); });
  refuse([&](auto& job) { job.samples.bytes = bytes; });
  refuse([&](auto& job) { job.targets.labels = too_large; });
  refuse([&](auto& job) { job.targets.labels = negative; });
  refuse([&](auto& job) { job.targets.labels = std::span(labels).first(4); });
  refuse([](auto& job) { job.head.loss = engine::Loss::mean_squared_error; });
  refuse([&](auto& job) { job.targets.values = x; });
  refuse([](auto& job) { job.head.layer = 2; });
  refuse([](auto& job) { job.sweeps[0].site = 2; });
  refuse([](auto& job) { job.sweeps[0].nodes[0] = 3; });
  refuse([](auto& job) { job.sweeps[0].values.clear(); });
  refuse([](auto& job) { job.sweeps[0].before.resize(1 + job.sweeps[0].nodes.size()); });
  std::vector<float> out(14);
  CHECK(engine::forward(*network, good.samples, 1, out, {}).code == Status::Code::invalid);
  std::vector<engine::ActivationSums> sums;
  const std::vector<std::uint32_t> sites{2};
  CHECK(engine::activation_sums(*network, good.samples, sites, {}, sums).code ==
        Status::Code::invalid);
}

TEST_CASE("runs: no samples at all give sums of zero") {
  Builder b({4}, 0x1f83d9ab);
  b.dense(3);
  engine::Evaluation found;
  CHECK(engine::evaluate(*b.pack(), {}, {}, {engine::Loss::cross_entropy, 1}, {}, found).ok());
  CHECK(found.total.loss_sum == 0);
  CHECK(found.losses.empty());
}
