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

using Places = ConvolutionGradients::Places;

Places places_of(const Convolution& of, std::size_t padded_width, std::size_t padded_size,
                 std::size_t images) {
  const kernels::Window& w = of.window;
  const auto at = [&](std::ptrdiff_t y, std::ptrdiff_t x) {
    const auto pixel = y * static_cast<std::ptrdiff_t>(padded_width) + x;
    return static_cast<std::uint32_t>(static_cast<std::size_t>(pixel) * of.channels);
  };
  Places places{{}, {}, run_length(of)};
  for (std::size_t image = 0; image < images; ++image) {
    const auto first = static_cast<std::uint32_t>(image * padded_size);
    for (std::ptrdiff_t p = 0; p < w.out_height * w.out_width; ++p)
      places.starts.push_back(first +
                              at(p / w.out_width * w.stride_y, p % w.out_width * w.stride_x));
  }
  const std::ptrdiff_t step = joins_pixels(of) ? w.width : 1;
  for (std::ptrdiff_t tap = 0; tap < w.height * w.width; tap += step)
    places.runs.push_back(at(tap / w.width * w.dilation_y, tap % w.width * w.dilation_x));
  return places;
}

// Numbers [k, k + count) of every window, without gaps.
void gather(const Places& places, const float* image, std::size_t k, std::size_t count, float* to) {
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
    : of_(of), by_filter_(run_length(of) >= kernels::kernels().panel) {}

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
  const Places places = places_of(of_, padded_width(), padded_size(), 1);
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

// Filter by filter. Behind a relu and a pooling most signals are 0: their windows are left out.
// Squares are of samples, sums of as many as are there.
void ConvolutionGradients::add_windows(const GradientStep& step, Worker& worker) const {
  const std::size_t positions = of_.positions();
  const std::size_t size = positions * of_.filters;
  const std::size_t at_once = std::min(samples_at_once(), step.count);
  const Places places = places_of(of_, padded_width(), padded_size(), at_once);
  float* images = worker.scratch(scratch());
  float* signals = images + at_once * padded_size();
  worker.weight_rows.resize(at_once * positions + kernels::kKeptSlack);
  for (std::size_t first = 0; first < step.count; first += at_once) {
    const std::size_t samples = std::min(at_once, step.count - first);
    const std::size_t numbers = samples * positions;
    const std::size_t together = step.squares[0] ? positions : numbers;
    for (std::size_t s = 0; s < samples; ++s)
      pad(step.input + (first + s) * of_.input_size(), images + s * padded_size());
    kernels::kernels().turn(step.signal + first * size, numbers, of_.filters, of_.filters, signals);
    for (std::size_t f = 0; f < of_.filters && !worker.stopped(); ++f) {
      for (std::size_t p = 0; p < numbers; p += together)
        add_filter(step, places, images, p, {signals + f * numbers + p, together}, f, worker);
    }
  }
}

// What the signals of one filter from place `first` on add to its sums.
void ConvolutionGradients::add_filter(const GradientStep& step, const Places& places,
                                      const float* images, std::size_t first,
                                      std::span<const float> signals, std::size_t filter,
                                      Worker& worker) const {
  const std::size_t channel = filter / of_.filters_in_group() * of_.channels_in_group();
  std::uint32_t* found = worker.weight_rows.data();
  const std::size_t count = kernels::kernels().find_changed(signals.data(), signals.size(), found);
  float* squares = step.squares[0];
  kernels::kernels().add_windows({images + channel, places.runs, places.length,
                                  places.starts.data() + first, signals.data(),
                                  std::span(found, count), step.sums[0] + filter * of_.depth(),
                                  squares ? squares + filter * of_.depth() : nullptr});
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
