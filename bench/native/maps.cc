// What works on every number or every channel by itself.
#include <algorithm>
#include <cmath>
#include <memory>

#include "case.h"
#include "tolerances.h"

namespace secateur::bench {

namespace {

using test::chain;
using test::kEps;

// Numbers that fit in a first-level cache together with their results.
constexpr std::size_t kNumbers = 2048;

struct Arrays {
  std::vector<float> in;
  std::vector<float> out;
};

Case pointwise(const kernels::Kernels& k, std::size_t which, double operations) {
  const auto arrays =
      std::make_shared<Arrays>(random_floats(kNumbers, -4, 4), std::vector<float>(kNumbers));
  const kernels::PointwiseFunction& f = kernels::kPointwiseFunctions[which];
  return {std::string(f.name),
          std::to_string(kNumbers),
          operations * kNumbers,
          bytes_of(2 * kNumbers),
          [arrays, run = k.pointwise[which]] {
            run(arrays->in.data(), arrays->out.data(), kNumbers, 0.2F, 0.5F);
          },
          [arrays, &f] {
            double worst = 0;
            for (std::size_t i = 0; i < kNumbers; ++i) {
              const auto exact = [&](double x) { return f.reference(x, 0.2F, 0.5F); };
              const double off = std::abs(arrays->out[i] - exact(arrays->in[i]));
              worst = std::max(worst, off / test::pointwise(exact, arrays->in[i]));
            }
            return worst;
          }};
}

Case affine(const kernels::Kernels& k, std::size_t channels) {
  const std::size_t rows = kNumbers / channels;
  const auto arrays =
      std::make_shared<Arrays>(random_floats(kNumbers), std::vector<float>(kNumbers));
  const auto factors = std::make_shared<Arrays>(random_floats(channels), random_floats(channels));
  return {"affine",
          std::to_string(rows) + " x " + std::to_string(channels),
          2.0 * kNumbers,
          bytes_of(2 * kNumbers),
          [=, run = k.affine] {
            run(arrays->in.data(), factors->in.data(), factors->out.data(), rows, channels,
                arrays->out.data());
          },
          [=] {
            double worst = 0;
            for (std::size_t i = 0; i < kNumbers; ++i) {
              const double product = static_cast<double>(arrays->in[i]) *
                                     static_cast<double>(factors->in[i % channels]);
              const double shift = factors->out[i % channels];
              const double bound = 2 * kEps * (std::abs(product) + std::abs(shift));
              worst = std::max(worst, std::abs(arrays->out[i] - (product + shift)) / bound);
            }
            return worst;
          }};
}

kernels::Window window(std::ptrdiff_t size, std::ptrdiff_t taps, std::ptrdiff_t stride) {
  const std::ptrdiff_t out = (size - taps) / stride + 1;
  return {size, size, out, out, taps, taps, stride, stride, 1, 1, 0, 0};
}

// What lies under tap `tap` of output `position`.
std::size_t under(const kernels::Window& w, std::size_t position, std::ptrdiff_t tap) {
  const auto at = static_cast<std::ptrdiff_t>(position);
  const std::ptrdiff_t y = at / w.out_width * w.stride_y + tap / w.width;
  const std::ptrdiff_t x = at % w.out_width * w.stride_x + tap % w.width;
  return static_cast<std::size_t>(y * w.in_width + x);
}

std::string image(const kernels::Window& w, std::size_t channels) {
  return std::to_string(w.in_height) + " x " + std::to_string(w.in_width) + " x " +
         std::to_string(channels);
}

Case max_pool(const kernels::Kernels& k, std::size_t channels) {
  const kernels::Window w = window(8, 2, 2);
  const auto arrays =
      std::make_shared<Arrays>(random_floats(64 * channels), std::vector<float>(16 * channels));
  return {"max_pool",
          image(w, channels) + ", 2 x 2",
          0,
          bytes_of(80 * channels),
          [=, run = k.max_pool] { run(w, arrays->in.data(), channels, arrays->out.data()); },
          [=] {
            double wrong = 0;
            for (std::size_t i = 0; i < arrays->out.size(); ++i) {
              float largest = -2;
              for (std::ptrdiff_t tap = 0; tap < 4; ++tap) {
                const std::size_t pixel = under(w, i / channels, tap);
                largest = std::max(largest, arrays->in[pixel * channels + i % channels]);
              }
              if (arrays->out[i] != largest) wrong = 2;
            }
            return wrong;
          }};
}

Case depthwise(const kernels::Kernels& k, std::size_t channels) {
  const kernels::Window w = window(10, 3, 1);
  const auto arrays =
      std::make_shared<Arrays>(random_floats(100 * channels), std::vector<float>(64 * channels));
  const auto weights =
      std::make_shared<Arrays>(random_floats(9 * channels), random_floats(channels));
  return {"depthwise",
          image(w, channels) + ", 3 x 3",
          2.0 * 9 * static_cast<double>(64 * channels),
          bytes_of(164 * channels),
          [=, run = k.depthwise] {
            run({.window = &w,
                 .weights = {weights->in.data(), weights->out.data(), channels, 1},
                 .in = arrays->in.data(),
                 .channels = channels,
                 .out = arrays->out.data()});
          },
          [=] {
            double worst = 0;
            for (std::size_t i = 0; i < arrays->out.size(); ++i) {
              const std::size_t channel = i % channels;
              double expected = weights->out[channel];
              double magnitude = std::abs(expected);
              for (std::ptrdiff_t tap = 0; tap < 9; ++tap) {
                const std::size_t pixel = under(w, i / channels, tap);
                const double product =
                    static_cast<double>(arrays->in[pixel * channels + channel]) *
                    static_cast<double>(
                        weights->in[static_cast<std::size_t>(tap) * channels + channel]);
                expected += product;
                magnitude += std::abs(product);
              }
              worst = std::max(worst, std::abs(arrays->out[i] - expected) / chain(9, magnitude));
            }
            return worst;
          }};
}

Case global_average(const kernels::Kernels& k, std::size_t channels) {
  const auto arrays =
      std::make_shared<Arrays>(random_floats(64 * channels), std::vector<float>(channels));
  return {"global_average",
          "64 x " + std::to_string(channels),
          0,
          bytes_of(65 * channels),
          [=, run = k.global_average] { run(arrays->in.data(), 64, channels, arrays->out.data()); },
          [=] {
            double worst = 0;
            for (std::size_t c = 0; c < channels; ++c) {
              double sum = 0;
              double magnitude = 0;
              for (std::size_t p = 0; p < 64; ++p) {
                sum += arrays->in[p * channels + c];
                magnitude += std::abs(arrays->in[p * channels + c]);
              }
              const double bound = 2 * kEps * std::abs(sum / 64) + 1e-15 * magnitude / 64;
              worst = std::max(worst, std::abs(arrays->out[c] - sum / 64) / bound);
            }
            return worst;
          }};
}

Case scale_bytes(const kernels::Kernels& k) {
  const auto bytes = std::make_shared<std::vector<std::uint8_t>>(kNumbers);
  for (std::size_t i = 0; i < kNumbers; ++i) (*bytes)[i] = static_cast<std::uint8_t>(i * 37);
  const auto out = std::make_shared<std::vector<float>>(kNumbers);
  return {"scale_bytes",
          std::to_string(kNumbers),
          static_cast<double>(kNumbers),
          5.0 * kNumbers,
          [=, run = k.scale_bytes] { run(bytes->data(), out->data(), kNumbers, 1.0F / 255); },
          [=] {
            double wrong = 0;
            for (std::size_t i = 0; i < kNumbers; ++i) {
              if ((*out)[i] != static_cast<float>((*bytes)[i]) * (1.0F / 255)) wrong = 2;
            }
            return wrong;
          }};
}

// A share of a signal: what relevance takes through a layer number by number.
Case weigh(const kernels::Kernels& k) {
  const auto arrays =
      std::make_shared<Arrays>(random_floats(kNumbers), std::vector<float>(kNumbers));
  const auto signal = std::make_shared<std::vector<float>>(random_floats(kNumbers));
  return {"weigh",
          std::to_string(kNumbers),
          2.0 * kNumbers,
          bytes_of(3 * kNumbers),
          [=, run = k.weigh] {
            run(kernels::Part::positive, arrays->in.data(), 0.5F, signal->data(), kNumbers, false,
                arrays->out.data());
          },
          [=] {
            double worst = 0;
            for (std::size_t i = 0; i < kNumbers; ++i) {
              const double expected = 0.5 * std::max(arrays->in[i], 0.0F) * double{(*signal)[i]};
              const double bound = 3 * kEps * std::abs(expected) + test::kTiny;
              worst = std::max(worst, std::abs(arrays->out[i] - expected) / bound);
            }
            return worst;
          }};
}

Case divide(const kernels::Kernels& k) {
  const auto arrays =
      std::make_shared<Arrays>(random_floats(kNumbers), std::vector<float>(kNumbers));
  const auto signal = std::make_shared<std::vector<float>>(random_floats(kNumbers));
  return {"divide",
          std::to_string(kNumbers),
          2.0 * kNumbers,
          bytes_of(3 * kNumbers),
          [=, run = k.divide] {
            run({.signal = signal->data(),
                 .z = arrays->in.data(),
                 .count = kNumbers,
                 .factor = 1,
                 .epsilon = 0.25F,
                 .by_sign = true,
                 .units = nullptr,
                 .below = false,
                 .to = arrays->out.data()});
          },
          [=] {
            double worst = 0;
            for (std::size_t i = 0; i < kNumbers; ++i) {
              const double z = arrays->in[i];
              const double expected = (*signal)[i] / (z + std::copysign(0.25, z));
              const double bound = 4 * kEps * std::abs(expected) + test::kTiny;
              worst = std::max(worst, std::abs(arrays->out[i] - expected) / bound);
            }
            return worst;
          }};
}

// A signal of windows over an image, its way back added to zeros.
struct WayBack {
  kernels::Window w;
  std::size_t channels;
  std::size_t pixels = static_cast<std::size_t>(w.in_height * w.in_width);
  std::size_t outputs = static_cast<std::size_t>(w.out_height * w.out_width);
  std::vector<float> in = random_floats(pixels * channels);
  std::vector<float> signal = random_floats(outputs * channels);
  std::vector<float> to{};
  std::vector<double> expected{}, magnitude{};

  WayBack(const kernels::Window& window, std::size_t channels) : w(window), channels(channels) {}

  std::size_t taps() const { return static_cast<std::size_t>(w.height * w.width); }
  float at(std::size_t position, std::size_t tap, std::size_t channel) const {
    return in[under(w, position, static_cast<std::ptrdiff_t>(tap)) * channels + channel];
  }

  // The largest error if each(position, tap, channel, add) calls add(place, term) for what it adds.
  template <class Each>
  double error(std::size_t terms, Each each) {
    expected.assign(to.size(), 0);
    magnitude.assign(to.size(), 0);
    const auto add = [this](std::size_t place, double term) {
      expected[place] += term;
      magnitude[place] += std::abs(term);
    };
    for (std::size_t i = 0; i < outputs * taps() * channels; ++i)
      each(i / channels / taps(), i / channels % taps(), i % channels, add);
    double worst = 0;
    for (std::size_t i = 0; i < to.size(); ++i)
      worst = std::max(worst, std::abs(to[i] - expected[i]) / chain(terms, magnitude[i]));
    return worst;
  }
};

Case max_pool_back(const kernels::Kernels& k, std::size_t channels) {
  const auto back = std::make_shared<WayBack>(window(8, 2, 2), channels);
  const auto largest = std::make_shared<std::vector<float>>(back->signal.size());
  k.max_pool(back->w, back->in.data(), channels, largest->data());
  return {"max_pool_back",
          image(back->w, channels) + ", 2 x 2",
          0,
          bytes_of(back->in.size() * 3 + back->signal.size() * 2),
          [=, run = k.max_pool_back] {
            back->to.assign(back->in.size(), 0.0F);
            run(back->w,
                {back->in.data(), largest->data(), back->signal.data(), channels, back->to.data()});
          },
          [=] {
            return back->error(
                1, [&](std::size_t position, std::size_t tap, std::size_t c, auto add) {
                  const std::size_t output = position * channels + c;
                  if (back->at(position, tap, c) != (*largest)[output]) return;
                  add(under(back->w, position, static_cast<std::ptrdiff_t>(tap)) * channels + c,
                      back->signal[output]);
                });
          }};
}

Case depthwise_back(const kernels::Kernels& k, std::size_t channels) {
  const auto back = std::make_shared<WayBack>(window(10, 3, 1), channels);
  const auto kernel = std::make_shared<std::vector<float>>(random_floats(9 * channels));
  return {"depthwise_back",
          image(back->w, channels) + ", 3 x 3",
          2.0 * 9 * static_cast<double>(back->signal.size()),
          bytes_of(back->in.size() * 2 + back->signal.size()),
          [=, run = k.depthwise_back] {
            back->to.assign(back->in.size(), 0.0F);
            run(back->w, {kernel->data(), nullptr, channels, 1}, back->signal.data(), channels,
                back->to.data());
          },
          [=] {
            return back->error(
                9, [&](std::size_t position, std::size_t tap, std::size_t c, auto add) {
                  add(under(back->w, position, static_cast<std::ptrdiff_t>(tap)) * channels + c,
                      double{back->signal[position * channels + c]} *
                          double{(*kernel)[tap * channels + c]});
                });
          }};
}

Case depthwise_gradient(const kernels::Kernels& k, std::size_t channels) {
  const auto back = std::make_shared<WayBack>(window(10, 3, 1), channels);
  return {"depthwise_gradient",
          image(back->w, channels) + ", 3 x 3",
          2.0 * 9 * static_cast<double>(back->signal.size()),
          bytes_of(back->in.size() + back->signal.size() + 9 * channels),
          [=, run = k.depthwise_gradient] {
            back->to.assign(9 * channels, 0.0F);
            run(back->w, back->in.data(), back->signal.data(), channels, 1, back->to.data());
          },
          [=] {
            return back->error(
                back->outputs, [&](std::size_t position, std::size_t tap, std::size_t c, auto add) {
                  add(tap * channels + c, double{back->at(position, tap, c)} *
                                              double{back->signal[position * channels + c]});
                });
          }};
}

}  // namespace

std::vector<Case> maps(const kernels::Kernels& k) {
  std::vector<Case> cases{
      affine(k, 64),    affine(k, 16),         max_pool(k, 64),       depthwise(k, 64),
      depthwise(k, 16), global_average(k, 64), scale_bytes(k),        weigh(k),
      divide(k),        max_pool_back(k, 64),  depthwise_back(k, 64), depthwise_gradient(k, 64)};
  for (std::size_t i = 0; i < kernels::kPointwiseCount; ++i) {
    const std::string_view name = kernels::kPointwiseFunctions[i].name;
    if (name == "relu" || name == "relu6") cases.push_back(pointwise(k, i, 0));
    if (name == "sigmoid" || name == "tanh") cases.push_back(pointwise(k, i, kExponential));
  }
  return cases;
}

}  // namespace secateur::bench
