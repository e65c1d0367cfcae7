// How far the engine's fast convolution may be from a plain one.
#pragma once

#include <vector>

#include "engine.h"
#include "tolerances.h"

namespace secateur::test {

// For every output of a conv2d layer over `image` [height, width, channels]: the error that float
// arithmetic gives it on the way that the engine takes, which depends on whether a pooling of 2 x 2
// follows (`pooled`); nothing where the engine takes every tap.
std::vector<double> fast_conv_errors(const engine::LayerSpec& layer,
                                     const std::vector<double>& image, std::size_t height,
                                     std::size_t width, std::size_t channels, bool pooled);

}  // namespace secateur::test
