#include "naive_backward.h"

#include "backward.h"
#include "naive_parts.h"
#include "naive_weighted.h"

namespace secateur::test {

namespace {

using engine::BackwardRule;
using engine::LayerSpec;

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
  if (!layer.weights.empty())
    return {naive_weighted_back(layers, values, index, rule, signal, dead)};
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

}  // namespace secateur::test
