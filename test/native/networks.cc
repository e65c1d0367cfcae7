#include "networks.h"

#include <cmath>
#include <functional>
#include <numeric>

namespace secateur::test {

using engine::LayerSpec;

namespace {

std::size_t size_of(const std::vector<std::size_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
}

std::vector<std::int32_t> ints_of(const Builder::Window& w) {
  return {w.height,     w.width, w.stride_y, w.stride_x, w.dilation_y,
          w.dilation_x, w.top,   w.bottom,   w.left,     w.right};
}

}  // namespace

std::uint32_t Builder::append(LayerSpec layer) {
  if (layer.inputs.empty()) layer.inputs = {last_};
  layers.push_back(std::move(layer));
  return last_ = static_cast<std::uint32_t>(layers.size() - 1);
}

std::span<const float> Builder::weight(std::size_t count, float low, float high) {
  return weights_.emplace_back(random.floats(count, low, high));
}

std::vector<std::size_t> Builder::under(const Window& w, std::size_t channels) const {
  const auto along = [](std::size_t in, std::int32_t padding, std::int32_t taps,
                        std::int32_t dilation, std::int32_t stride) {
    return static_cast<std::size_t>(
        (static_cast<std::int32_t>(in) + padding - (taps - 1) * dilation - 1) / stride + 1);
  };
  return {along(shape()[0], w.top + w.bottom, w.height, w.dilation_y, w.stride_y),
          along(shape()[1], w.left + w.right, w.width, w.dilation_x, w.stride_x), channels};
}

std::uint32_t Builder::dense(std::size_t units) {
  const std::size_t features = shape()[0];
  const float range = 1.5F / std::sqrt(static_cast<float>(features));
  return append({"dense",
                 {},
                 {units},
                 {},
                 {},
                 {weight(features * units, -range, range), weight(units, -0.5F, 0.5F)}});
}

std::uint32_t Builder::conv2d(const Window& window, std::size_t filters, std::size_t groups) {
  const std::size_t fan =
      static_cast<std::size_t>(window.height * window.width) * shape()[2] / groups;
  const float range = 1.5F / std::sqrt(static_cast<float>(fan));
  std::vector<std::int32_t> ints = ints_of(window);
  ints.push_back(static_cast<std::int32_t>(groups));
  return append(
      {"conv2d", {}, under(window, filters), ints, {}, {weight(fan * filters, -range, range), {}}});
}

std::uint32_t Builder::depthwise(const Window& window, std::size_t multiplier) {
  const std::size_t channels = shape()[2] * multiplier;
  std::vector<std::int32_t> ints = ints_of(window);
  ints.push_back(static_cast<std::int32_t>(multiplier));
  const auto kernel =
      weight(static_cast<std::size_t>(window.height * window.width) * channels, -1, 1);
  return append({"depthwiseConv2d",
                 {},
                 under(window, channels),
                 ints,
                 {},
                 {kernel, weight(channels, -0.5F, 0.5F)}});
}

std::uint32_t Builder::batch_norm() {
  const std::size_t channels = shape().back();
  const auto gamma = weight(channels, 0.5F, 1.5F);
  const auto mean = weight(channels, -0.5F, 0.5F);
  return append(
      {"batchNorm", {}, shape(), {}, {1e-3}, {gamma, {}, mean, weight(channels, 0.2F, 2)}});
}

std::uint32_t Builder::activation(const std::string& name) {
  return append({"activation:" + name, {}, shape(), {}, {0.3, 0.5}, {}});
}

std::uint32_t Builder::max_pool(const Window& window) {
  return append({"maxPool2d", {}, under(window, shape()[2]), ints_of(window), {}, {}});
}

std::uint32_t Builder::avg_pool(const Window& window, bool include_padding) {
  std::vector<std::int32_t> ints = ints_of(window);
  ints.push_back(include_padding ? 1 : 0);
  return append({"avgPool2d", {}, under(window, shape()[2]), ints, {}, {}});
}

std::uint32_t Builder::global_avg_pool(bool keep_dims) {
  const std::size_t channels = shape()[2];
  return append({"globalAvgPool2d",
                 {},
                 keep_dims ? std::vector<std::size_t>{1, 1, channels} : std::vector{channels},
                 {},
                 {},
                 {}});
}

std::uint32_t Builder::reshape(std::vector<std::size_t> to) {
  return append({"reshape", {}, std::move(to), {}, {}, {}});
}

std::uint32_t Builder::flatten() { return reshape({size_of(shape())}); }

std::uint32_t Builder::combine(const std::string& kind, std::vector<std::uint32_t> inputs) {
  std::vector<std::size_t> joint = shape(inputs[0]);
  for (const std::uint32_t input : inputs) {
    for (std::size_t axis = 0; axis < joint.size(); ++axis)
      joint[axis] = std::max(joint[axis], shape(input)[axis]);
  }
  return append({kind, std::move(inputs), joint, {}, {}, {}});
}

std::uint32_t Builder::concat(std::vector<std::uint32_t> inputs, std::int32_t axis) {
  std::vector<std::size_t> joint = shape(inputs[0]);
  const std::size_t at =
      axis < 0 ? joint.size() - static_cast<std::size_t>(-axis) : static_cast<std::size_t>(axis);
  joint[at] = 0;
  for (const std::uint32_t input : inputs) joint[at] += shape(input)[at];
  return append({"concat", std::move(inputs), joint, {axis}, {}, {}});
}

std::uint32_t Builder::zero_pad(std::int32_t top, std::int32_t bottom, std::int32_t left,
                                std::int32_t right) {
  const auto& in = shape();
  return append({"zeroPad2d",
                 {},
                 {in[0] + static_cast<std::size_t>(top + bottom),
                  in[1] + static_cast<std::size_t>(left + right), in[2]},
                 {top, bottom, left, right},
                 {},
                 {}});
}

std::shared_ptr<const engine::Network> Builder::pack() const {
  std::shared_ptr<const engine::Network> network;
  const engine::Status status = engine::Network::pack(layers, network);
  REQUIRE_MESSAGE(status.ok(), status.message);
  return network;
}

namespace {

using Growth = void (*)(Builder&);

// A window that fits whatever the image, drawn at random.
Builder::Window any_window(Builder& b) {
  Builder::Window w;
  const auto draw = [&b](std::size_t least, std::size_t most) {
    return static_cast<std::int32_t>(least + b.random.below(most - least + 1));
  };
  w.height = draw(1, 3), w.width = draw(1, 3);
  w.dilation_y = draw(1, 2), w.dilation_x = draw(1, 2);
  w.stride_y = draw(1, 2), w.stride_x = draw(1, 2);
  // Wide enough for the window, and never so wide that one lies in the padding alone.
  w.top = (w.height - 1) * w.dilation_y / 2, w.left = (w.width - 1) * w.dilation_x / 2;
  w.bottom = (w.height - 1) * w.dilation_y - w.top, w.right = (w.width - 1) * w.dilation_x - w.left;
  return w;
}

const std::vector<std::string> kActivations{
    "linear", "relu",     "relu6", "leakyRelu", "elu",  "selu",     "sigmoid", "hardSigmoid",
    "tanh",   "softplus", "swish", "hardSwish", "gelu", "geluTanh", "softmax"};

void grow_activation(Builder& b) {
  b.activation(kActivations[b.random.below(kActivations.size())]);
}
void grow_conv(Builder& b) {
  b.conv2d(any_window(b), 3 + b.random.below(4));
  grow_activation(b);
}
void grow_grouped_conv(Builder& b) {
  const std::size_t groups = b.shape()[2];
  b.conv2d(any_window(b), groups * (1 + b.random.below(2)), groups);
}
void grow_half_grouped_conv(Builder& b) {
  b.conv2d(any_window(b), 4);
  b.depthwise(any_window(b), 1 + b.random.below(2));
  b.conv2d(any_window(b), 6, 2);
}
void grow_depthwise(Builder& b) {
  b.depthwise(any_window(b), 1 + b.random.below(2));
  b.batch_norm();
  grow_activation(b);
}
void grow_pool(Builder& b) {
  if (b.random.below(2) == 0) {
    b.max_pool(any_window(b));
  } else {
    b.avg_pool(any_window(b), b.random.below(2) == 0);
  }
}
// A residual block whose branches are narrow, full or both at the sum.
void grow_residual(Builder& b) {
  const std::uint32_t start = b.last();
  const std::size_t channels = b.shape()[2];
  Builder::Window same{.height = 3, .width = 3, .top = 1, .bottom = 1, .left = 1, .right = 1};
  const std::uint32_t branch =
      b.random.below(2) == 0 ? b.conv2d(same, channels) : b.depthwise(same, 1);
  b.combine("add", {start, branch, start});
}
// Layers that may run with the product before them.
void grow_block(Builder& b) {
  const Builder::Window same{.height = 3, .width = 3, .top = 1, .bottom = 1, .left = 1, .right = 1};
  const std::size_t channels = b.shape()[2];
  const std::uint32_t start = b.last();
  switch (b.random.below(3)) {
    case 0:
      b.conv2d(same, channels);
      break;
    case 1:
      b.conv2d({.height = 1, .width = 1}, channels);
      break;
    default:
      b.depthwise(same, 1);
  }
  if (b.random.below(2) == 0) b.batch_norm();
  if (b.random.below(2) == 0) b.combine("add", {b.last(), start});
  b.activation(b.random.below(2) == 0 ? "relu" : "relu6");
  if (b.shape()[0] > 1 && b.shape()[1] > 1 && b.random.below(2) == 0)
    b.max_pool({.height = 2, .width = 2, .stride_y = 2, .stride_x = 2});
}
void grow_squeeze(Builder& b) {
  const std::uint32_t start = b.last();
  const std::size_t channels = b.shape()[2];
  b.global_avg_pool(true);
  if (b.random.below(2) == 0) {
    b.flatten();
    b.dense(channels);
    b.reshape({1, 1, channels});
  }
  const std::uint32_t gate = b.activation("sigmoid");
  b.combine("multiply", {start, gate});
}
void grow_spread(Builder& b) {  // repeated along the channels
  const std::uint32_t start = b.last();
  const std::uint32_t one = b.conv2d({.height = 1, .width = 1}, 1);
  b.combine("multiply", {one, start});
}
void grow_concat(Builder& b) {
  const std::uint32_t start = b.last();
  const std::uint32_t left = b.conv2d({.height = 1, .width = 1}, 2);
  const std::uint32_t right = b.on(start).activation("tanh");
  b.concat({left, right, start}, b.random.below(2) == 0 ? -1 : 2);
}
void grow_stack(Builder& b) {
  b.concat({b.last(), b.activation("tanh")}, static_cast<std::int32_t>(b.random.below(2)));
}
void grow_pad(Builder& b) { b.zero_pad(1, 0, 0, 1); }

}  // namespace

std::unique_ptr<Builder> random_network(std::uint32_t seed, std::size_t classes) {
  static const std::vector<Growth> growths{
      &grow_conv,      &grow_grouped_conv, &grow_half_grouped_conv,
      &grow_depthwise, &grow_pool,         &grow_residual,
      &grow_squeeze,   &grow_spread,       &grow_concat,
      &grow_stack,     &grow_pad,          &grow_activation,
      &grow_block};
  auto b = std::make_unique<Builder>(std::vector<std::size_t>{6, 5, 3}, seed);
  for (int i = 0; i < 4; ++i) growths[b->random.below(growths.size())](*b);
  if (b->random.below(3) == 0) {
    b->global_avg_pool(false);
  } else {
    b->flatten();
    if (b->random.below(2) == 0) b->batch_norm();
  }
  b->dense(7);
  grow_activation(*b);
  b->dense(classes);
  return b;
}

std::unique_ptr<Builder> fast_network(std::uint32_t seed) {
  auto b = std::make_unique<Builder>(std::vector<std::size_t>{6, 5, 3}, seed);
  const Builder::Window same{3, 3, 1, 1, 1, 1, 1, 1, 1, 1};
  b->zero_pad(0, 0, 0, 1);
  b->conv2d(same, 20);
  b->activation("relu");
  b->conv2d(same, 24);
  b->activation("relu");
  b->max_pool({2, 2, 2, 2});
  b->conv2d(same, 33);
  b->activation("relu");
  b->flatten();
  b->dense(7);
  b->activation("relu");
  b->dense(4);
  return b;
}

std::unique_ptr<Builder> dead_network() {
  auto b = std::make_unique<Builder>(std::vector<std::size_t>{1, 1, 90}, 0x510e527fU);
  b->flatten();
  b->dense(6);
  b->activation("relu");
  b->dense(8);
  b->activation("tanh");
  b->dense(4);
  static const std::vector<float> bias{-1e6F, -1e6F, 1, -1e6F, -1e6F, -1e6F};
  b->layers[kDeadSite].weights[1] = bias;
  return b;
}

}  // namespace secateur::test
