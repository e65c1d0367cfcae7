#include "naive.h"

#include <limits>
#include <stdexcept>
#include <string>

#include "fast_conv_error.h"
#include "pointwise.h"

namespace secateur::test {

namespace {

using engine::LayerSpec;
using engine::Loss;

struct Image {
  const Row* row;
  long height, width, channels;

  // Zero outside, and then `inside` is false.
  Bounded at(long y, long x, long c, bool& inside) const {
    inside = y >= 0 && y < height && x >= 0 && x < width;
    return inside ? (*row)[static_cast<std::size_t>((y * width + x) * channels + c)] : Bounded{};
  }
};

Image image_of(const Row& row, const std::vector<std::size_t>& shape) {
  return {&row, static_cast<long>(shape[0]), static_cast<long>(shape[1]),
          static_cast<long>(shape[2])};
}

Bounded exact(double value) { return {value, 0}; }

double weight(const LayerSpec& layer, std::size_t which, std::size_t index, double absent) {
  return layer.weights[which].empty() ? absent : static_cast<double>(layer.weights[which][index]);
}

Row dense(const LayerSpec& layer, const Row& in) {
  Row out(layer.shape[0]);
  for (std::size_t j = 0; j < out.size(); ++j) {
    out[j] = exact(weight(layer, 1, j, 0));
    for (std::size_t k = 0; k < in.size(); ++k) {
      out[j] = out[j] + in[k] * exact(weight(layer, 0, k * out.size() + j, 0));
    }
  }
  return out;
}

// Calls body(out index, output channel, [(tap, y, x)]) for each output of a window.
template <class Body>
void over_outputs(const LayerSpec& layer, Body body) {
  const auto& i = layer.ints;
  std::size_t index = 0;
  for (long oy = 0; oy < static_cast<long>(layer.shape[0]); ++oy) {
    for (long ox = 0; ox < static_cast<long>(layer.shape[1]); ++ox) {
      for (long c = 0; c < static_cast<long>(layer.shape[2]); ++c, ++index) {
        body(index, c, [&](auto tap) {
          for (long ky = 0; ky < i[0]; ++ky) {
            for (long kx = 0; kx < i[1]; ++kx) {
              tap(ky * i[1] + kx, oy * i[2] + ky * i[4] - i[6], ox * i[3] + kx * i[5] - i[8]);
            }
          }
        });
      }
    }
  }
}

Row conv2d(const LayerSpec& layer, const Image& in) {
  Row out(layer.shape[0] * layer.shape[1] * layer.shape[2]);
  const long filters = static_cast<long>(layer.shape[2]);
  const long groups = layer.ints[10];
  const long per_group = in.channels / groups;
  over_outputs(layer, [&](std::size_t index, long filter, auto each_tap) {
    const long group = filter / (filters / groups);
    Bounded sum = exact(weight(layer, 1, static_cast<std::size_t>(filter), 0));
    each_tap([&](long tap, long y, long x) {
      for (long c = 0; c < per_group; ++c) {
        bool inside = false;
        const Bounded value = in.at(y, x, group * per_group + c, inside);
        sum = sum +
              value * exact(weight(
                          layer, 0,
                          static_cast<std::size_t>((tap * per_group + c) * filters + filter), 0));
      }
    });
    out[index] = sum;
  });
  std::vector<double> image;
  for (const Bounded& number : *in.row) image.push_back(number.value);
  std::vector<double> largest(out.size());
  for (const bool pooled : {false, true}) {
    const std::vector<double> errors = fast_conv_errors(
        layer, image, static_cast<std::size_t>(in.height), static_cast<std::size_t>(in.width),
        static_cast<std::size_t>(in.channels), pooled);
    for (std::size_t i = 0; i < errors.size(); ++i) largest[i] = std::max(largest[i], errors[i]);
  }
  for (std::size_t i = 0; i < out.size(); ++i) out[i].error = std::hypot(out[i].error, largest[i]);
  return out;
}

Row depthwise(const LayerSpec& layer, const Image& in) {
  Row out(layer.shape[0] * layer.shape[1] * layer.shape[2]);
  const long multiplier = layer.ints[10];
  over_outputs(layer, [&](std::size_t index, long channel, auto each_tap) {
    Bounded sum = exact(weight(layer, 1, static_cast<std::size_t>(channel), 0));
    each_tap([&](long tap, long y, long x) {
      bool inside = false;
      const Bounded value = in.at(y, x, channel / multiplier, inside);
      sum = sum +
            value * exact(weight(layer, 0,
                                 static_cast<std::size_t>(tap * in.channels * multiplier + channel),
                                 0));
    });
    out[index] = sum;
  });
  return out;
}

Row max_pool(const LayerSpec& layer, const Image& in) {
  Row out(layer.shape[0] * layer.shape[1] * layer.shape[2]);
  over_outputs(layer, [&](std::size_t index, long channel, auto each_tap) {
    Bounded largest = exact(-std::numeric_limits<double>::infinity());
    each_tap([&](long, long y, long x) {
      bool inside = false;
      const Bounded value = in.at(y, x, channel, inside);
      if (inside) largest = larger(largest, value);
    });
    out[index] = largest;
  });
  return out;
}

Row avg_pool(const LayerSpec& layer, const Image& in) {
  Row out(layer.shape[0] * layer.shape[1] * layer.shape[2]);
  over_outputs(layer, [&](std::size_t index, long channel, auto each_tap) {
    Bounded sum;
    double count = 0;
    each_tap([&](long, long y, long x) {
      bool inside = false;
      sum = sum + in.at(y, x, channel, inside);
      count += inside || layer.ints[10] != 0 ? 1 : 0;
    });
    out[index] = sum * exact(1 / count);
  });
  return out;
}

Row global_avg_pool(const LayerSpec& layer, const Row& in) {
  Row out(layer.shape.back());
  for (std::size_t i = 0; i < in.size(); ++i) out[i % out.size()] = out[i % out.size()] + in[i];
  for (Bounded& value : out)
    value = value * exact(static_cast<double>(out.size()) / static_cast<double>(in.size()));
  return out;
}

Row batch_norm(const LayerSpec& layer, const Row& in) {
  Row out(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) {
    const std::size_t c = i % layer.shape.back();
    const double scale =
        weight(layer, 0, c, 1) / std::sqrt(weight(layer, 3, c, 1) + layer.floats[0]);
    const double shift = weight(layer, 1, c, 0) - weight(layer, 2, c, 0) * scale;
    out[i] = in[i] * rounded(scale, 0) + rounded(shift, 0);
  }
  return out;
}

Row softmax(const LayerSpec& layer, const Row& in) {
  Row out(in.size());
  const std::size_t width = layer.shape.back();
  for (std::size_t first = 0; first < in.size(); first += width) {
    double largest = in[first].value;
    double error = 0;
    for (std::size_t i = first; i < first + width; ++i) {
      largest = std::max(largest, in[i].value);
      error = std::max(error, in[i].error);
    }
    double sum = 0;
    for (std::size_t i = first; i < first + width; ++i) sum += std::exp(in[i].value - largest);
    for (std::size_t i = first; i < first + width; ++i) {
      const double value = std::exp(in[i].value - largest) / sum;
      // All inputs off by `error` change a result by the factor e^(2 error) at most.
      out[i] = {value, value * (std::expm1(2 * error) + excess(largest - in[i].value, width))};
    }
  }
  return out;
}

Row activation(const LayerSpec& layer, const std::string& name, const Row& in) {
  if (name == "softmax") return softmax(layer, in);
  for (const kernels::PointwiseFunction& function : kernels::kPointwiseFunctions) {
    if (function.name != name) continue;
    Row out;
    const auto f = [&](double x) {
      return function.reference(x, layer.floats[0], layer.floats[1]);
    };
    for (const Bounded& x : in) out.push_back(apply(f, x));
    return out;
  }
  throw std::logic_error("no such activation: " + name);
}

Row combine(const LayerSpec& layer, std::span<const LayerSpec> layers,
            const std::vector<Row>& values) {
  const bool adds = layer.kind == "add";
  std::size_t size = 1;
  for (const std::size_t length : layer.shape) size *= length;
  Row out(size);
  for (std::size_t n = 0; n < layer.inputs.size(); ++n) {
    const auto& shape = layers[layer.inputs[n]].shape;
    for (std::size_t i = 0; i < size; ++i) {
      std::size_t from = 0;
      for (std::size_t axis = 0, rest = size; axis < shape.size(); ++axis) {
        rest /= layer.shape[axis];
        const std::size_t at = i / rest % layer.shape[axis];
        from = from * shape[axis] + (shape[axis] == 1 ? 0 : at);
      }
      const Bounded x = values[layer.inputs[n]][from];
      out[i] = n == 0 ? x : adds ? out[i] + x : out[i] * x;
    }
  }
  return out;
}

Row concat(const LayerSpec& layer, const std::vector<Row>& values) {
  const std::size_t axis = layer.ints[0] < 0
                               ? layer.shape.size() - static_cast<std::size_t>(-layer.ints[0])
                               : static_cast<std::size_t>(layer.ints[0]);
  std::size_t outer = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= layer.shape[i];
  Row out;
  for (std::size_t block = 0; block < outer; ++block) {
    for (const std::uint32_t input : layer.inputs) {
      const Row& row = values[input];
      const auto length = static_cast<std::ptrdiff_t>(row.size() / outer);
      const auto begin = row.begin() + static_cast<std::ptrdiff_t>(block) * length;
      out.insert(out.end(), begin, begin + length);
    }
  }
  return out;
}

Row zero_pad(const LayerSpec& layer, const Image& in) {
  Row out;
  for (long y = 0; y < static_cast<long>(layer.shape[0]); ++y) {
    for (long x = 0; x < static_cast<long>(layer.shape[1]); ++x) {
      for (long c = 0; c < in.channels; ++c) {
        bool inside = false;
        out.push_back(in.at(y - layer.ints[0], x - layer.ints[2], c, inside));
      }
    }
  }
  return out;
}

Row run(const LayerSpec& layer, std::span<const LayerSpec> layers, const std::vector<Row>& values) {
  const Row& in = values[layer.inputs[0]];
  const auto& shape = layers[layer.inputs[0]].shape;
  const std::string& kind = layer.kind;
  if (kind == "dense") return dense(layer, in);
  if (kind == "conv2d") return conv2d(layer, image_of(in, shape));
  if (kind == "depthwiseConv2d") return depthwise(layer, image_of(in, shape));
  if (kind == "maxPool2d") return max_pool(layer, image_of(in, shape));
  if (kind == "avgPool2d") return avg_pool(layer, image_of(in, shape));
  if (kind == "globalAvgPool2d") return global_avg_pool(layer, in);
  if (kind == "batchNorm") return batch_norm(layer, in);
  if (kind == "reshape") return in;
  if (kind == "add" || kind == "multiply") return combine(layer, layers, values);
  if (kind == "concat") return concat(layer, values);
  if (kind == "zeroPad2d") return zero_pad(layer, image_of(in, shape));
  return activation(layer, kind.substr(kind.find(':') + 1), in);
}

}  // namespace

std::vector<Row> naive_forward(std::span<const LayerSpec> layers, std::span<const float> sample,
                               std::span<const engine::Cut> cuts) {
  std::vector<Row> values;
  for (std::uint32_t index = 0; index < layers.size(); ++index) {
    Row row;
    if (index == 0) {
      for (const float x : sample) row.push_back(exact(x));
    } else {
      row = run(layers[index], layers, values);
    }
    for (const engine::Cut& cut : cuts) {
      if (cut.site != index) continue;
      for (std::size_t i = cut.node; i < row.size(); i += layers[index].shape.back())
        row[i] = exact(cut.value);
    }
    values.push_back(std::move(row));
  }
  return values;
}

NaiveLoss naive_loss(Loss loss, const Row& scores, std::int32_t label,
                     std::span<const float> values) {
  const auto width = static_cast<double>(scores.size());
  NaiveLoss result;
  if (loss == Loss::cross_entropy) {
    std::size_t best = 0;
    double error = 0;
    for (std::size_t k = 0; k < scores.size(); ++k) {
      if (scores[k].value > scores[best].value) best = k;
      error = std::max(error, scores[k].error);
    }
    double sum = 0;
    double rounding = 0;  // of the sum
    for (std::size_t k = 0; k < scores.size(); ++k) {
      const double below = scores[best].value - scores[k].value;
      sum += std::exp(-below);
      if (k != best) rounding += std::exp(-below) * excess(below, scores.size());
      result.close |= k != best && scores[best].value - scores[k].value <= bound(2 * error);
    }
    const double distance = scores[best].value - scores[static_cast<std::size_t>(label)].value;
    // Scores that are off by `error` change the loss by twice that.
    result.loss = {distance + std::log(sum), 2 * error + rounding / sum + kEps * distance};
    result.correct = best == static_cast<std::size_t>(label) ? 1 : 0;
    result.predicted = {best};
    return result;
  }
  for (std::size_t k = 0; k < scores.size(); ++k) {
    const auto [z, error] = scores[k];
    const double t = values[k];
    if (loss == Loss::binary_cross_entropy) {
      // The slope in z is sigmoid(z) - t.
      result.loss.value += (std::max(z, 0.0) - z * t + std::log1p(std::exp(-std::abs(z)))) / width;
      result.loss.error += error * (1 + std::abs(t)) / width;
      result.correct += (z > 0) == (t >= 0.5) ? 1 : 0;
      result.close |= std::abs(z) <= bound(error);
      result.predicted.push_back(z > 0 ? 1 : 0);
    } else {
      result.loss.value += (z - t) * (z - t) / width;
      result.loss.error += (2 * std::abs(z - t) + error) * error / width;
    }
  }
  result.loss.error += 1e-15 * result.loss.value;
  return result;
}

}  // namespace secateur::test
