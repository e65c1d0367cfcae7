// Convolutions as other layers and rules make them for themselves.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "layer.h"
#include "window.h"

namespace secateur::engine {

// What a convolution is but for its weights.
struct Convolution {
  kernels::Window window;
  std::size_t channels;
  std::size_t filters;
  std::size_t groups;

  std::size_t taps() const { return static_cast<std::size_t>(window.height * window.width); }
  std::size_t positions() const {
    return static_cast<std::size_t>(window.out_height * window.out_width);
  }
  std::size_t channels_in_group() const { return channels / groups; }
  std::size_t filters_in_group() const { return filters / groups; }
  std::size_t depth() const { return taps() * channels_in_group(); }
  std::size_t input_size() const {
    return static_cast<std::size_t>(window.in_height * window.in_width) * channels;
  }
  Shape input_shape() const {
    return {static_cast<std::size_t>(window.in_height), static_cast<std::size_t>(window.in_width),
            channels};
  }
  Shape output_shape() const {
    return {static_cast<std::size_t>(window.out_height), static_cast<std::size_t>(window.out_width),
            filters};
  }
};

// A layer with the kernel [taps, channels of a group, filters].
std::unique_ptr<Layer> make_convolution(const Convolution& of, std::span<const float> kernel,
                                        std::vector<float> bias);

}  // namespace secateur::engine
