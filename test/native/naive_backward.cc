#include "naive_backward.h"

#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "backward.h"
#include "fast_conv_error.h"

namespace secateur::test {

namespace {

using engine::BackwardRule;
using engine::LayerSpec;
using engine::Part;

constexpr double kUnknown = std::numeric_limits<double>::infinity();

Bounded exact(double value) { return {value, 0}; }

Bounded divided(Bounded a, Bounded b) {
  const double value = a.value / b.value;
  return rounded(value, std::hypot(a.error / b.value, value * b.error / b.value));
}

Bounded part_of(Part part, Bounded x) {
  switch (part) {
    case Part::positive:
      return {std::max(x.value, 0.0), x.error};
    case Part::negative:
      return {std::min(x.value, 0.0), x.error};
    case Part::absolute:
      return {std::abs(x.value), x.error};
    case Part::square:
      return x * x;
    case Part::one:
      return exact(1);
    default:
      return x;
  }
}

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

std::size_t size_of(const std::vector<std::size_t>& shape) {
  std::size_t size = 1;
  for (const std::size_t length : shape) size *= length;
  return size;
}

// Calls body(output position, tap, input position) for all that lies inside of the image.
template <class Body>
void over_taps(const LayerSpec& layer, const std::vector<std::size_t>& in, Body body) {
  const auto& i = layer.ints;
  for (long oy = 0; oy < static_cast<long>(layer.shape[0]); ++oy) {
    for (long ox = 0; ox < static_cast<long>(layer.shape[1]); ++ox) {
      for (long tap = 0; tap < i[0] * i[1]; ++tap) {
        const long y = oy * i[2] + tap / i[1] * i[4] - i[6];
        const long x = ox * i[3] + tap % i[1] * i[5] - i[8];
        if (y < 0 || y >= static_cast<long>(in[0]) || x < 0 || x >= static_cast<long>(in[1]))
          continue;
        body(static_cast<std::size_t>(oy) * layer.shape[1] + static_cast<std::size_t>(ox),
             static_cast<std::size_t>(tap),
             static_cast<std::size_t>(y) * in[1] + static_cast<std::size_t>(x));
      }
    }
  }
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

bool has_weights(const LayerSpec& layer) { return !layer.weights.empty(); }

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

// signal / stabilised(z), or 0 where that is 0.
Bounded over(const engine::Stabiliser& by, double factor, Bounded signal, Bounded z, double& dead) {
  const double epsilon = by.by_sign && z.value < 0 ? -by.epsilon : by.epsilon;
  const Bounded denominator = rounded(z.value + static_cast<float>(epsilon), z.error);
  if (denominator.value == 0) {
    dead += signal.value != 0 ? 1 : 0;
    return exact(0);
  }
  if (std::abs(denominator.value) <= bound(denominator.error) ||
      (by.epsilon != 0 && std::abs(z.value) <= bound(z.error))) {
    return {0, kUnknown};
  }
  return divided(signal * rounded(factor, 0), denominator);
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
                   return product.constant ? rounded(*product.constant, 0)
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

Row weighted_back(std::span<const LayerSpec> layers, const std::vector<Row>& values,
                  std::uint32_t index, const BackwardRule& rule, const Row& signal, double& dead) {
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

Row softmax_back(const LayerSpec& layer, const Row& outputs, const Row& signal) {
  const std::size_t width = layer.shape.back();
  Row back(signal.size());
  for (std::size_t first = 0; first < back.size(); first += width) {
    Bounded mean;
    for (std::size_t i = first; i < first + width; ++i) mean = mean + outputs[i] * signal[i];
    for (std::size_t i = first; i < first + width; ++i)
      back[i] = outputs[i] * (signal[i] + Bounded{-mean.value, mean.error});
  }
  return back;
}

Row activation_back(const LayerSpec& layer, const Row& inputs, const Row& outputs,
                    const BackwardRule& rule, const Row& signal) {
  if (rule.type == BackwardRule::Type::pass) return signal;
  const std::string name = layer.kind.substr(layer.kind.find(':') + 1);
  if (name == "softmax") return softmax_back(layer, outputs, signal);
  std::size_t row = 0;
  while (kernels::kPointwiseFunctions[row].name != name) ++row;
  const auto slope = [&](double x) {
    return kernels::kSlopeReferences[row](x, layer.floats[0], layer.floats[1]);
  };
  Row back(signal.size());
  for (std::size_t i = 0; i < back.size(); ++i) {
    const auto [x, error] = inputs[i];
    const double off = bound(error) + 1e-12;
    const double range = std::abs(slope(x + off) - slope(x - off));
    back[i] = signal[i] *
              Bounded{slope(x), range + 0x1p-20 * (1 + std::abs(x)) * (slope(x) == 0 ? 0 : 1)};
  }
  return back;
}

Row max_pool_back(const LayerSpec& layer, const std::vector<std::size_t>& in, const Row& inputs,
                  const Row& signal) {
  Row back(inputs.size());
  std::vector<std::vector<std::size_t>> pixels(layer.shape[0] * layer.shape[1]);
  over_taps(layer, in,
            [&](std::size_t out, std::size_t, std::size_t pixel) { pixels[out].push_back(pixel); });
  for (std::size_t out = 0; out < signal.size(); ++out) {
    const auto& under = pixels[out / in[2]];
    const auto at = [&](std::size_t pixel) { return pixel * in[2] + out % in[2]; };
    if (under.empty()) continue;
    std::size_t winner = at(under[0]);
    for (const std::size_t pixel : under) {
      if (inputs[at(pixel)].value > inputs[winner].value) winner = at(pixel);
    }
    back[winner] = back[winner] + signal[out];
    for (const std::size_t pixel : under) {
      const Bounded rival = inputs[at(pixel)];
      const bool tie = rival.value == 0 && inputs[winner].value == 0 &&
                       rival.error + inputs[winner].error < 1e-30;
      const bool close =
          inputs[winner].value - rival.value <= bound(rival.error + inputs[winner].error);
      if (at(pixel) == winner || tie || !close) continue;
      back[at(pixel)].error += std::abs(signal[out].value);
      back[winner].error += std::abs(signal[out].value);
    }
  }
  return back;
}

// Which numbers an average is taken of, by output, and what each is divided by.
struct Averaged {
  std::vector<std::vector<std::size_t>> numbers;
  std::vector<double> divisors;
};

Averaged averaged(const LayerSpec& layer, const std::vector<std::size_t>& in) {
  Averaged of;
  const std::size_t channels = in[2];
  if (layer.kind == "globalAvgPool2d") {
    of.numbers.resize(channels);
    for (std::size_t i = 0; i < size_of(in); ++i) of.numbers[i % channels].push_back(i);
    of.divisors.assign(channels, static_cast<double>(in[0] * in[1]));
    return of;
  }
  of.numbers.resize(size_of(layer.shape));
  over_taps(layer, in, [&](std::size_t out, std::size_t, std::size_t pixel) {
    for (std::size_t c = 0; c < channels; ++c)
      of.numbers[out * channels + c].push_back(pixel * channels + c);
  });
  for (const auto& numbers : of.numbers) {
    const double taps = layer.ints[0] * layer.ints[1];
    of.divisors.push_back(layer.ints[10] != 0 ? taps : static_cast<double>(numbers.size()));
  }
  return of;
}

Row average_back(const LayerSpec& layer, const std::vector<std::size_t>& in, const Row& inputs,
                 const BackwardRule& rule, const Row& signal, double& dead) {
  const Averaged of = averaged(layer, in);
  Row back(inputs.size());
  for (std::size_t out = 0; out < signal.size(); ++out) {
    const Bounded divisor = exact(of.divisors[out]);
    Bounded z;
    for (const std::size_t i : of.numbers[out]) z = z + part_of(rule.part, inputs[i]);
    const bool passes = rule.type == BackwardRule::Type::pass;
    const Bounded ratio = passes ? over(rule.stabiliser, 1, signal[out],
                                        of.numbers[out].empty() ? z : divided(z, divisor), dead)
                                 : signal[out];
    for (const std::size_t i : of.numbers[out]) {
      const Bounded weight = passes ? part_of(rule.part, inputs[i]) : exact(1);
      back[i] = back[i] + weight * divided(ratio, divisor);
    }
  }
  return back;
}

// Which number of the input each number of the output reads, where axes of length 1 are repeated.
std::vector<std::size_t> reads(const LayerSpec& layer, const std::vector<std::size_t>& in) {
  std::vector<std::size_t> from(size_of(layer.shape), 0);
  for (std::size_t i = 0; i < from.size(); ++i) {
    for (std::size_t axis = 0, rest = from.size(); axis < in.size(); ++axis) {
      rest /= layer.shape[axis];
      from[i] = from[i] * in[axis] + (in[axis] == 1 ? 0 : i / rest % layer.shape[axis]);
    }
  }
  return from;
}

std::vector<Row> combine_back(std::span<const LayerSpec> layers, const std::vector<Row>& values,
                              std::uint32_t index, const BackwardRule& rule, const Row& signal,
                              double& dead) {
  const LayerSpec& layer = layers[index];
  const bool passes = rule.type == BackwardRule::Type::pass;
  std::vector<std::vector<std::size_t>> from;
  std::vector<Row> back;
  for (const std::uint32_t input : layer.inputs) {
    from.push_back(reads(layer, layers[input].shape));
    back.emplace_back(values[input].size());
  }
  const auto x = [&](std::size_t n, std::size_t i) { return values[layer.inputs[n]][from[n][i]]; };
  for (std::size_t i = 0; i < signal.size(); ++i) {
    Bounded z;
    for (std::size_t n = 0; n < from.size(); ++n) z = z + part_of(rule.part, x(n, i));
    const bool shares = passes && layer.kind == "add";
    const Bounded ratio = shares ? over(rule.stabiliser, 1, signal[i], z, dead) : signal[i];
    for (std::size_t n = 0; n < from.size(); ++n) {
      Bounded weight = shares ? part_of(rule.part, x(n, i)) : exact(1);
      if (layer.kind == "multiply" && passes)
        weight = rounded(1 / static_cast<double>(from.size()), 0);
      for (std::size_t k = 0; k < from.size() && layer.kind == "multiply" && !passes; ++k) {
        if (k != n) weight = weight * x(k, i);
      }
      back[n][from[n][i]] = back[n][from[n][i]] + weight * ratio;
    }
  }
  return back;
}

std::vector<Row> concat_back(std::span<const LayerSpec> layers, const LayerSpec& layer,
                             const Row& signal) {
  const std::size_t rank = layer.shape.size();
  const std::size_t axis = layer.ints[0] < 0 ? rank - static_cast<std::size_t>(-layer.ints[0])
                                             : static_cast<std::size_t>(layer.ints[0]);
  std::size_t outer = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= layer.shape[i];
  std::vector<Row> back(layer.inputs.size());
  std::size_t at = 0;
  for (std::size_t block = 0; block < outer; ++block) {
    for (std::size_t n = 0; n < back.size(); ++n) {
      const std::size_t length = size_of(layers[layer.inputs[n]].shape) / outer;
      for (std::size_t i = 0; i < length; ++i) back[n].push_back(signal[at++]);
    }
  }
  return back;
}

Row zero_pad_back(const LayerSpec& layer, const std::vector<std::size_t>& in, const Row& signal) {
  Row back;
  for (std::size_t y = 0; y < in[0]; ++y) {
    for (std::size_t x = 0; x < in[1]; ++x) {
      for (std::size_t c = 0; c < in[2]; ++c) {
        const std::size_t row = y + static_cast<std::size_t>(layer.ints[0]);
        const std::size_t column = x + static_cast<std::size_t>(layer.ints[2]);
        back.push_back(signal[(row * layer.shape[1] + column) * in[2] + c]);
      }
    }
  }
  return back;
}

std::vector<Row> step_back(std::span<const LayerSpec> layers, const std::vector<Row>& values,
                           std::uint32_t index, const BackwardRule& rule, const Row& signal,
                           double& dead) {
  const LayerSpec& layer = layers[index];
  const Row& inputs = values[layer.inputs[0]];
  const auto& in = layers[layer.inputs[0]].shape;
  if (has_weights(layer)) return {weighted_back(layers, values, index, rule, signal, dead)};
  if (layer.kind == "maxPool2d") return {max_pool_back(layer, in, inputs, signal)};
  if (layer.kind == "avgPool2d" || layer.kind == "globalAvgPool2d")
    return {average_back(layer, in, inputs, rule, signal, dead)};
  if (layer.kind == "reshape") return {signal};
  if (layer.kind == "concat") return concat_back(layers, layer, signal);
  if (layer.kind == "zeroPad2d") return {zero_pad_back(layer, in, signal)};
  if (layer.kind == "add" || layer.kind == "multiply")
    return combine_back(layers, values, index, rule, signal, dead);
  return {activation_back(layer, inputs, values[index], rule, signal)};
}

}  // namespace

NaiveSignals naive_backward(std::span<const LayerSpec> layers, const std::vector<Row>& values,
                            std::uint32_t head, std::span<const BackwardRule> rules, Row start) {
  NaiveSignals found{{}, std::vector<double>(layers.size())};
  for (const Row& row : values) found.signals.emplace_back(row.size());
  std::vector<bool> reached(layers.size(), false);
  found.signals[head] = std::move(start);
  reached[head] = true;
  for (std::uint32_t index = head; index > 0; --index) {
    if (!reached[index]) continue;
    const std::vector<Row> back =
        step_back(layers, values, index, rules[index], found.signals[index], found.dead[index]);
    for (std::size_t n = 0; n < back.size(); ++n) {
      const std::uint32_t input = layers[index].inputs[n];
      reached[input] = true;
      for (std::size_t i = 0; i < back[n].size(); ++i)
        found.signals[input][i] = found.signals[input][i] + back[n][i];
    }
  }
  return found;
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
