#include "naive_weighted.h"

#include <functional>

#include "fast_conv_error.h"
#include "naive_backward.h"
#include "naive_parts.h"

namespace secateur::test {

namespace {

using engine::BackwardRule;
using engine::LayerSpec;

Bounded part_of(const engine::WeightPart& part, Bounded weight) {
  const Bounded taken = part_of(part.part, weight);
  return part.gamma ? rounded(weight.value + *part.gamma * taken.value,
                              weight.error + *part.gamma * taken.error)
                    : taken;
}

// One product of a layer with weights: output += input * weight.
struct Connection {
  std::size_t input;
  std::size_t output;
  std::size_t weight;
};

// A layer with weights, written out.
struct Connections {
  std::vector<Connection> all;  // by output
  std::vector<Bounded> weights;
  std::vector<Bounded> bias;       // by channel
  std::vector<std::size_t> shape;  // of the input
};

Bounded weight_of(const LayerSpec& layer, std::size_t which, std::size_t index, double absent) {
  return exact(layer.weights[which].empty() ? absent
                                            : static_cast<double>(layer.weights[which][index]));
}

void connect_dense(const LayerSpec& layer, Connections& c) {
  const std::size_t units = layer.shape[0];
  for (std::size_t i = 0; i < c.shape[0]; ++i) {
    for (std::size_t j = 0; j < units; ++j) c.all.push_back({i, j, i * units + j});
  }
}

void connect_conv2d(const LayerSpec& layer, Connections& c) {
  const std::size_t filters = layer.shape[2];
  const auto groups = static_cast<std::size_t>(layer.ints[10]);
  const std::size_t per_group = c.shape[2] / groups;
  over_taps(layer, c.shape, [&](std::size_t out, std::size_t tap, std::size_t in) {
    for (std::size_t f = 0; f < filters; ++f) {
      for (std::size_t k = 0; k < per_group; ++k) {
        c.all.push_back({in * c.shape[2] + f / (filters / groups) * per_group + k,
                         out * filters + f, (tap * per_group + k) * filters + f});
      }
    }
  });
}

void connect_depthwise(const LayerSpec& layer, Connections& c) {
  const std::size_t channels = layer.shape[2];
  const auto multiplier = static_cast<std::size_t>(layer.ints[10]);
  over_taps(layer, c.shape, [&](std::size_t out, std::size_t tap, std::size_t in) {
    for (std::size_t k = 0; k < channels; ++k)
      c.all.push_back({in * c.shape[2] + k / multiplier, out * channels + k, tap * channels + k});
  });
}

void connect_batch_norm(const LayerSpec& layer, Connections& c) {
  const std::size_t channels = c.shape.back();
  for (std::size_t i = 0; i < size_of(c.shape); ++i) c.all.push_back({i, i, i % channels});
  for (std::size_t k = 0; k < channels; ++k) {
    const double scale = weight_of(layer, 0, k, 1).value /
                         std::sqrt(weight_of(layer, 3, k, 1).value + layer.floats[0]);
    c.weights.push_back(rounded(scale, 0));
    c.bias.push_back(
        rounded(weight_of(layer, 1, k, 0).value - weight_of(layer, 2, k, 0).value * scale, 0));
  }
}

Connections connect(std::span<const LayerSpec> layers, std::uint32_t index) {
  const LayerSpec& layer = layers[index];
  Connections c{{}, {}, {}, layers[layer.inputs[0]].shape};
  if (layer.kind == "batchNorm") {
    connect_batch_norm(layer, c);
    return c;
  }
  if (layer.kind == "dense") connect_dense(layer, c);
  if (layer.kind == "conv2d") connect_conv2d(layer, c);
  if (layer.kind == "depthwiseConv2d") connect_depthwise(layer, c);
  for (std::size_t i = 0; i < layer.weights[0].size(); ++i)
    c.weights.push_back(weight_of(layer, 0, i, 0));
  for (std::size_t i = 0; i < layer.shape.back(); ++i) c.bias.push_back(weight_of(layer, 1, i, 0));
  return c;
}

std::vector<double> plain(const Row& row) {
  std::vector<double> numbers;
  for (const Bounded& number : row) numbers.push_back(number.value);
  return numbers;
}

void widen(Row& row, const std::vector<double>& errors) {
  for (std::size_t i = 0; i < errors.size(); ++i)
    row[i].error = std::hypot(row[i].error, errors[i]);
}

// What the fast way of a convolution with these weights adds in errors, forwards and backwards.
struct FastWay {
  const LayerSpec& layer;
  const std::vector<std::size_t>& in;
  const std::vector<Bounded>& weights;

  void forwards(const Row& inputs, Row& outputs) const {
    if (layer.kind != "conv2d") return;
    std::vector<float> kernel;
    for (const Bounded& weight : weights) kernel.push_back(static_cast<float>(weight.value));
    LayerSpec parted = layer;
    parted.weights[0] = kernel;
    widen(outputs, fast_conv_errors(parted, plain(inputs), in[0], in[1], in[2], false));
  }

  void backwards(const Row& signals, Row& inputs) const {
    if (layer.kind != "conv2d" || layer.ints[10] != 1) return;
    const auto& i = layer.ints;
    if (i[2] != 1 || i[3] != 1 || (i[0] - 1) * i[4] < i[6] || (i[1] - 1) * i[5] < i[8]) return;
    LayerSpec turned = layer;
    turned.shape = in;
    turned.ints[6] = (i[0] - 1) * i[4] - i[6];
    turned.ints[8] = (i[1] - 1) * i[5] - i[8];
    const std::size_t channels = in[2];
    const std::size_t filters = layer.shape[2];
    const auto taps = static_cast<std::size_t>(i[0] * i[1]);
    std::vector<float> kernel(weights.size());
    for (std::size_t n = 0; n < kernel.size(); ++n) {
      const std::size_t tap = n / (channels * filters);
      const std::size_t c = n / filters % channels;
      kernel[((taps - 1 - tap) * filters + n % filters) * channels + c] =
          static_cast<float>(weights[n].value);
    }
    turned.weights[0] = kernel;
    widen(inputs,
          fast_conv_errors(turned, plain(signals), layer.shape[0], layer.shape[1], filters, false));
  }
};

Row times(const Connections& c, const std::vector<Bounded>& weights, const Row& inputs,
          std::size_t outputs) {
  Row sums(outputs);
  for (const Connection& one : c.all)
    sums[one.output] = sums[one.output] + inputs[one.input] * weights[one.weight];
  return sums;
}

Row times_transposed(const Connections& c, const std::vector<Bounded>& weights,
                     const Row& signals) {
  Row sums(size_of(c.shape));
  for (const Connection& one : c.all)
    sums[one.input] = sums[one.input] + signals[one.output] * weights[one.weight];
  return sums;
}

template <class Take>
std::vector<Bounded> each(const std::vector<Bounded>& numbers, Take take) {
  std::vector<Bounded> taken;
  for (const Bounded& number : numbers) taken.push_back(take(number));
  return taken;
}

Row share_back(const LayerSpec& layer, const Connections& c, const engine::Share& share,
               const Row& inputs, const Row& outputs, const Row& signal, double& dead) {
  struct Way {
    Row inputs;
    std::vector<Bounded> weights;
  };
  std::vector<Way> ways;
  Row z(outputs.size());
  for (const engine::Product& product : share.products) {
    const double sign = product.negative ? -1 : 1;
    Way way{each(inputs,
                 [&](Bounded x) {
                   return product.minus ? x + rounded(-*product.minus, 0)
                                        : part_of(product.input, x);
                 }),
            each(c.weights, [&](Bounded w) { return part_of(product.weight, w); })};
    Row sums = times(c, way.weights, way.inputs, z.size());
    for (std::size_t j = 0; j < sums.size() && product.bias; ++j)
      sums[j] = sums[j] + part_of(*product.bias, c.bias[j % c.bias.size()]);
    FastWay{layer, c.shape, way.weights}.forwards(way.inputs, sums);
    for (std::size_t j = 0; j < z.size(); ++j)
      z[j] = z[j] + Bounded{sign * sums[j].value, sums[j].error};
    ways.push_back(std::move(way));
  }
  Row ratios(z.size());
  for (std::size_t j = 0; j < z.size(); ++j) {
    const bool below = outputs[j].value < 0;
    if (share.outputs != engine::Outputs::all &&
        below != (share.outputs == engine::Outputs::negative)) {
      continue;
    }
    ratios[j] = over(share.stabiliser, share.factor, signal[j], z[j], dead);
  }
  Row back(inputs.size());
  for (std::size_t p = 0; p < ways.size(); ++p) {
    const double sign = share.products[p].negative ? -1 : 1;
    Row sums = times_transposed(c, ways[p].weights, ratios);
    FastWay{layer, c.shape, ways[p].weights}.backwards(ratios, sums);
    for (std::size_t i = 0; i < back.size(); ++i)
      back[i] = back[i] + exact(sign) * (ways[p].inputs[i] * sums[i]);
  }
  return back;
}

}  // namespace

Row naive_weighted_back(std::span<const LayerSpec> layers, const std::vector<Row>& values,
                        std::uint32_t index, const BackwardRule& rule, const Row& signal,
                        double& dead) {
  const LayerSpec& layer = layers[index];
  if (rule.type == BackwardRule::Type::pass) return signal;
  const Connections c = connect(layers, index);
  const Row& inputs = values[layer.inputs[0]];
  if (rule.type == BackwardRule::Type::gradient) {
    Row sums = times_transposed(c, c.weights, signal);
    FastWay{layer, c.shape, c.weights}.backwards(signal, sums);
    return sums;
  }
  Row back(inputs.size());
  for (const engine::Share& share : rule.shares) {
    const Row part = share_back(layer, c, share, inputs, values[index], signal, dead);
    for (std::size_t i = 0; i < back.size(); ++i) back[i] = back[i] + part[i];
  }
  return back;
}

std::vector<Row> naive_gradients(std::span<const LayerSpec> layers, const std::vector<Row>& values,
                                 std::uint32_t index, const Row& signal) {
  const LayerSpec& layer = layers[index];
  const Connections c = connect(layers, index);
  Row kernel(c.weights.size());
  Row bias(c.bias.size());
  for (const Connection& one : c.all) {
    Bounded x = values[layer.inputs[0]][one.input];
    if (layer.kind == "batchNorm") {
      const double root = std::sqrt(weight_of(layer, 3, one.weight, 1).value + layer.floats[0]);
      const Bounded mean = weight_of(layer, 2, one.weight, 0);
      x = (x + exact(-mean.value)) * rounded(1 / root, 0);
    }
    kernel[one.weight] = kernel[one.weight] + x * signal[one.output];
  }
  for (std::size_t j = 0; j < signal.size(); ++j)
    bias[j % bias.size()] = bias[j % bias.size()] + signal[j];
  return {kernel, bias};
}

}  // namespace secateur::test
