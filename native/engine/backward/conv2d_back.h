// Convolutions backwards: the transposed map.
#pragma once

#include "convolution.h"

namespace secateur::engine {

// y w^T: with stride 1 a convolution with turned taps, where that costs less; else products with
// all taps that are added up where they belong.
std::unique_ptr<Layer> transpose_convolution(const Convolution& of, std::span<const float> kernel);

}  // namespace secateur::engine
