// Family: what images, or changes of one channel of them, add to a convolution's output.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "gemm.h"
#include "tail.h"

namespace secateur::kernels {

// out[y][x][j] = base[y][x][j] + sum over taps t of image[y * step + x * neighbour + offsets[t]] *
// weights[weight_rows[t]][j] and the tail of that, for all columns j of the weights; `image` is one
// channel, or all of them, with its padding, `pixel` numbers lie from pixel to pixel of base, other
// and out, which do not overlap. Each output is one chain in the order of the taps, as gemm.h has
// it, with the same bound. With `pools`, out has the largest of every square of 2 x 2 outputs
// instead, and `winners`, if given, which of them it is, as tail.h has it.
struct DeltaConv {
  const float* image;
  std::size_t step;  // from one row of outputs to the next
  std::span<const std::uint32_t> offsets;
  std::span<const std::uint32_t> weight_rows;
  const PackedMatrix* weights;
  std::size_t height, width;  // of the output
  std::size_t pixel;
  const float* base;
  float* out;
  Tail tail = {};
  const float* other = nullptr;  // what the tail adds; null: nothing
  bool pools = false;
  float* scratch = nullptr;  // if it pools: room for two rows of outputs
  std::size_t neighbour = 1;
  bool one_base = false;  // base is one pixel, for all outputs
  float* winners = nullptr;
};

}  // namespace secateur::kernels
