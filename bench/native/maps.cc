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

}  // namespace

std::vector<Case> maps(const kernels::Kernels& k) {
  std::vector<Case> cases{affine(k, 64),    affine(k, 16),    max_pool(k, 64),
                          depthwise(k, 64), depthwise(k, 16), global_average(k, 64),
                          scale_bytes(k)};
  for (std::size_t i = 0; i < kernels::kPointwiseCount; ++i) {
    const std::string_view name = kernels::kPointwiseFunctions[i].name;
    if (name == "relu" || name == "relu6") cases.push_back(pointwise(k, i, 0));
    if (name == "sigmoid" || name == "tanh") cases.push_back(pointwise(k, i, kExponential));
  }
  return cases;
}

}  // namespace secateur::bench
