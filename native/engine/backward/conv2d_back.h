// Convolutions backwards: the transposed map, and gradients of the kernel.
#pragma once

#include "convolution.h"

namespace secateur::engine {

// y w^T: with stride 1 a convolution with turned taps, where that costs less; else products with
// all taps that are added up where they belong.
std::unique_ptr<Layer> transpose_convolution(const Convolution& of, std::span<const float> kernel);

void add_convolution_gradients(const Convolution& of, const GradientStep& step, Worker& worker);
std::size_t convolution_gradient_scratch(const Convolution& of);

}  // namespace secateur::engine
