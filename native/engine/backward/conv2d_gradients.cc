#include "conv2d_gradients.h"

#include <algorithm>
#include <array>

#include "kernels.h"

namespace secateur::engine {

namespace {

// What caches hold, of the first level and half of the second, and a quarter of it beside sums.
constexpr std::size_t kFirstLevelFloats = std::size_t{1} << 13;
constexpr std::size_t kSumFloats = std::size_t{1} << 17;
constexpr std::size_t kSecondLevelFloats = std::size_t{1} << 16;

// Pixels side by side are one run, unless dilation or groups part them.
bool joins_pixels(const Convolution& of) { return of.window.dilation_x == 1 && of.groups == 1; }

std::size_t run_length(const Convolution& of) {
  return joins_pixels(of) ? static_cast<std::size_t>(of.window.width) * of.channels
                          : of.channels_in_group();
}

// Numbers [k, k + count) of every window, without gaps.
void gather(const WindowPlaces& places, const float* image, std::size_t k, std::size_t count,
            float* to) {
  std::array<std::uint32_t, kernels::kTileDepth> offsets;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t number = k + i;
    offsets[i] =
        places.runs[number / places.length] + static_cast<std::uint32_t>(number % places.length);
  }
  for (const std::uint32_t start : places.starts) {
    for (std::size_t i = 0; i < count; ++i) *to++ = image[start + offsets[i]];
  }
}

}  // namespace

ConvolutionGradients::ConvolutionGradients(const Convolution& of)
    : ConvolutionGradients(of, run_length(of) >= kernels::kernels().panel) {}

WindowPlaces ConvolutionGradients::places(std::size_t images) const {
  const kernels::Window& w = of_.window;
  const auto row = static_cast<std::ptrdiff_t>(padded_width());
  const auto at = [&](std::ptrdiff_t y, std::ptrdiff_t x) {
    return static_cast<std::uint32_t>(static_cast<std::size_t>(y * row + x) * of_.channels);
  };
  WindowPlaces places{{}, {}, run_length(of_)};
  for (std::size_t image = 0; image < images; ++image) {
    const auto first = static_cast<std::uint32_t>(image * padded_size());
    for (std::ptrdiff_t p = 0; p < w.out_height * w.out_width; ++p)
      places.starts.push_back(first +
                              at(p / w.out_width * w.stride_y, p % w.out_width * w.stride_x));
  }
  const std::ptrdiff_t step = joins_pixels(of_) ? w.width : 1;
  for (std::ptrdiff_t tap = 0; tap < w.height * w.width; tap += step)
    places.runs.push_back(at(tap / w.width * w.dilation_y, tap % w.width * w.dilation_x));
  return places;
}

std::size_t ConvolutionGradients::padded_height() const {
  const kernels::Window& w = of_.window;
  return static_cast<std::size_t>((w.out_height - 1) * w.stride_y + (w.height - 1) * w.dilation_y +
                                  1);
}

std::size_t ConvolutionGradients::padded_width() const {
  const kernels::Window& w = of_.window;
  return static_cast<std::size_t>((w.out_width - 1) * w.stride_x + (w.width - 1) * w.dilation_x +
                                  1);
}

// All filters see an image while it is in the first-level cache, but where their sums leave the
// second-level one: then each filter sees as many images as there is room for.
std::size_t ConvolutionGradients::samples_at_once() const {
  const bool many = !by_filter_ || of_.filters * of_.depth() > kSumFloats;
  const std::size_t floats = by_filter_ ? padded_size() : of_.positions() * kernels::kTileDepth;
  return std::clamp<std::size_t>((many ? kSecondLevelFloats : kFirstLevelFloats) / floats, 1,
                                 kSampleBlock);
}

std::size_t ConvolutionGradients::scratch() const {
  const std::size_t width = by_filter_ ? of_.filters : kernels::kTileDepth;
  return samples_at_once() * (padded_size() + of_.positions() * width);
}

void ConvolutionGradients::add(const GradientStep& step, Worker& worker) const {
  by_filter_ ? add_windows(step, worker) : add_products(step, worker);
  constexpr float kOne = 1;
  kernels::kernels().add_outer({step.count, of_.positions(), &kOne, 0, 1, step.signal, of_.filters,
                                of_.filters, step.sums[1], step.squares[1], of_.filters});
}

void ConvolutionGradients::order(std::vector<double>& kernel_sums) const {
  if (!by_filter_) return;
  const std::vector<double> by_filter = kernel_sums;
  for (std::size_t f = 0; f < of_.filters; ++f) {
    for (std::size_t k = 0; k < of_.depth(); ++k)
      kernel_sums[k * of_.filters + f] = by_filter[f * of_.depth() + k];
  }
}

// As products of all windows with all filters.
void ConvolutionGradients::add_products(const GradientStep& step, Worker& worker) const {
  constexpr std::size_t kDepth = kernels::kTileDepth;
  const std::size_t positions = of_.positions();
  const std::size_t size = positions * of_.filters;
  const WindowPlaces places = this->places(1);
  float* images = worker.scratch(scratch());
  float* windows = images + samples_at_once() * padded_size();
  for (std::size_t first = 0; first < step.count; first += samples_at_once()) {
    const std::size_t samples = std::min(samples_at_once(), step.count - first);
    for (std::size_t s = 0; s < samples; ++s)
      pad(step.input + (first + s) * of_.input_size(), images + s * padded_size());
    for (std::size_t group = 0; group < of_.groups; ++group) {
      const std::size_t filter = group * of_.filters_in_group();
      for (std::size_t k = 0; k < of_.depth() && !worker.stopped(); k += kDepth) {
        const std::size_t columns = std::min(kDepth, of_.depth() - k);
        for (std::size_t s = 0; s < samples; ++s) {
          const float* image = images + s * padded_size() + group * of_.channels_in_group();
          gather(places, image, k, columns, windows + s * positions * columns);
        }
        float* squares = step.squares[0];
        kernels::kernels().add_outer(
            {samples, positions, windows, columns, columns, step.signal + first * size + filter,
             of_.filters, of_.filters_in_group(), step.sums[0] + k * of_.filters + filter,
             squares ? squares + k * of_.filters + filter : nullptr, of_.filters});
      }
    }
  }
}

// Behind a relu and a pooling most signals are 0: their windows are left out.
template <class Body>
void ConvolutionGradients::each_filter(const float* inputs, const float* signals, std::size_t count,
                                       Together together, Worker& worker, Body body) const {
  const std::size_t positions = of_.positions();
  const std::size_t at_once = std::min(samples_at_once(), count);
  const WindowPlaces places = this->places(at_once);
  float* images = worker.scratch(scratch());
  float* turned = images + at_once * padded_size();
  worker.weight_rows.resize(at_once * positions + kernels::kKeptSlack);
  std::uint32_t* found = worker.weight_rows.data();
  for (std::size_t first = 0; first < count; first += at_once) {
    const std::size_t samples = std::min(at_once, count - first);
    const std::size_t numbers = samples * positions;
    const std::size_t step = together == Together::one ? positions : numbers;
    for (std::size_t s = 0; s < samples; ++s)
      pad(inputs + (first + s) * of_.input_size(), images + s * padded_size());
    kernels::kernels().turn(signals + first * positions * of_.filters, numbers, of_.filters,
                            of_.filters, turned);
    for (std::size_t f = 0; f < of_.filters && !worker.stopped(); ++f) {
      const float* image = images + f / of_.filters_in_group() * of_.channels_in_group();
      for (std::size_t p = 0; p < numbers; p += step) {
        const float* signal = turned + f * numbers + p;
        const std::size_t kept = kernels::kernels().find_changed(signal, step, found);
        if (kept > 0)
          body(f,
               kernels::WindowProducts{image, places.runs, places.length, places.starts.data() + p,
                                       signal, std::span(found, kept)});
      }
    }
  }
}

// Squares are those of single samples.
void ConvolutionGradients::add_windows(const GradientStep& step, Worker& worker) const {
  float* sums = step.sums[0];
  float* squares = step.squares[0];
  each_filter(step.input, step.signal, step.count, squares ? Together::one : Together::all, worker,
              [&](std::size_t filter, const kernels::WindowProducts& windows) {
                const std::size_t at = filter * of_.depth();
                kernels::kernels().add_windows(windows, sums + at,
                                               squares ? squares + at : nullptr);
              });
}

// Holds the weights of each filter side by side.
class ConvolutionGradients::Squares final : public WeightedSquares {
 public:
  Squares(const Convolution& of, std::span<const float> kernel)
      : of_(of), windows_(of, true), weights_(kernel.size()) {
    kernels::kernels().turn(kernel.data(), of.depth(), of.filters, of.filters, weights_.data());
  }

  void add(const float* inputs, const float* signals, std::size_t count, double* sums,
           Worker& worker) const override {
    windows_.each_filter(inputs, signals, count, Together::one, worker,
                         [&](std::size_t filter, const kernels::WindowProducts& windows) {
                           const float* weights = weights_.data() + filter * of_.depth();
                           sums[filter] += static_cast<double>(
                               kernels::kernels().weighted_squares(windows, weights));
                         });
  }

  std::size_t scratch() const override { return windows_.scratch(); }
  std::size_t weight_bytes() const override { return weights_.size() * sizeof(float); }

 private:
  Convolution of_;
  ConvolutionGradients windows_;
  std::vector<float> weights_;
};

std::unique_ptr<WeightedSquares> ConvolutionGradients::squares(
    std::span<const float> kernel) const {
  return std::make_unique<Squares>(of_, kernel);
}

// As much of an image and its padding as windows see.
void ConvolutionGradients::pad(const float* image, float* padded) const {
  const kernels::Window& w = of_.window;
  std::fill_n(padded, padded_size(), 0.0F);
  const auto height = std::min(static_cast<std::ptrdiff_t>(padded_height()) - w.top, w.in_height);
  const auto width = std::min(static_cast<std::ptrdiff_t>(padded_width()) - w.left, w.in_width);
  for (std::ptrdiff_t y = 0; y < height && width > 0; ++y) {
    const auto row = static_cast<std::size_t>(y + w.top) * padded_width();
    std::copy_n(image + y * w.in_width * static_cast<std::ptrdiff_t>(of_.channels),
                static_cast<std::size_t>(width) * of_.channels,
                padded + (row + static_cast<std::size_t>(w.left)) * of_.channels);
  }
}

}  // namespace secateur::engine
