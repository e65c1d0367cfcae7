// Family: convolutions of 3 taps with fewer multiplications, a tile of the image at a time.
#pragma once

#include <array>
#include <cstddef>

#include "tail.h"

namespace secateur::kernels {

// A bilinear algorithm for one axis: `in` numbers x of an image and 3 taps w give `out` numbers
// y[i] = w[0] x[s i] + w[1] x[s i + 1] + w[2] x[s i + 2], with s = `stride`, as
// output ((taps w) * (input x)), with `products` multiplications instead of 3 `out`. The factors on
// the image's side are floats; those on the taps' side need not be, for transformed taps are made
// in double and rounded once.
struct FastAxis {
  std::size_t in;
  std::size_t products;
  std::size_t out;
  std::size_t stride;
  // The tile is the whole axis, of `in` = `out` numbers with one zero before and behind them, which
  // the algorithm knows: y[i] = w[0] x[i - 1] + w[1] x[i] + w[2] x[i + 1].
  bool whole;
  std::array<std::array<float, 9>, 9> input;   // [products][in]
  std::array<std::array<double, 3>, 9> taps;   // [products]
  std::array<std::array<float, 9>, 6> output;  // [out][products]
};
inline constexpr std::size_t kMostFastIn = 9;
inline constexpr std::size_t kMostFastOut = 6;

// Of polynomial products at the points 0, 1, -1, then 2, then -2, then 1/2 and -1/2, and infinity
// (Winograd); the padded one was found by decomposing the tensor of its product numerically. With
// stride 2 taps 0 and 2 see the even numbers alone, at the points 0, 1, -1, 2 and infinity, and tap
// 1 the odd ones.
inline constexpr std::array<FastAxis, 6> kFastAxes{{
    {4,
     4,
     2,
     1,
     false,
     {{{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}}},
     {{{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}}},
     {{{1, 1, 1, 0}, {0, 1, -1, -1}}}},
    {5,
     5,
     3,
     1,
     false,
     {{{2, -1, -2, 1, 0},
       {0, -2, -1, 1, 0},
       {0, 2, -3, 1, 0},
       {0, -1, 0, 1, 0},
       {0, 2, -1, -2, 1}}},
     {{{0.5, 0, 0},
       {-0.5, -0.5, -0.5},
       {-1.0 / 6, 1.0 / 6, -1.0 / 6},
       {1.0 / 6, 1.0 / 3, 2.0 / 3},
       {0, 0, 1}}},
     {{{1, 1, 1, 1, 0}, {0, 1, -1, 2, 0}, {0, 1, 1, 4, 1}}}},
    {6,
     6,
     4,
     1,
     false,
     {{{4, 0, -5, 0, 1, 0},
       {0, -4, -4, 1, 1, 0},
       {0, 4, -4, -1, 1, 0},
       {0, -2, -1, 2, 1, 0},
       {0, 2, -1, -2, 1, 0},
       {0, 4, 0, -5, 0, 1}}},
     {{{0.25, 0, 0},
       {-1.0 / 6, -1.0 / 6, -1.0 / 6},
       {-1.0 / 6, 1.0 / 6, -1.0 / 6},
       {1.0 / 24, 1.0 / 12, 1.0 / 6},
       {1.0 / 24, -1.0 / 12, 1.0 / 6},
       {0, 0, 1}}},
     {{{1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}}}},
    {8,
     8,
     6,
     1,
     false,
     {{{1, 0, -5.25F, 0, 5.25F, 0, -1, 0},
       {0, 1, 1, -4.25F, -4.25F, 1, 1, 0},
       {0, -1, 1, 4.25F, -4.25F, -1, 1, 0},
       {0, 0.5F, 0.25F, -2.5F, -1.25F, 2, 1, 0},
       {0, -0.5F, 0.25F, 2.5F, -1.25F, -2, 1, 0},
       {0, 2, 4, -2.5F, -5, 0.5F, 1, 0},
       {0, -2, 4, 2.5F, -5, -0.5F, 1, 0},
       {0, -1, 0, 5.25F, 0, -5.25F, 0, 1}}},
     {{{1, 0, 0},
       {-2.0 / 9, -2.0 / 9, -2.0 / 9},
       {-2.0 / 9, 2.0 / 9, -2.0 / 9},
       {1.0 / 90, 1.0 / 45, 2.0 / 45},
       {1.0 / 90, -1.0 / 45, 2.0 / 45},
       {32.0 / 45, 16.0 / 45, 8.0 / 45},
       {32.0 / 45, -16.0 / 45, 8.0 / 45},
       {0, 0, 1}}},
     {{{1, 1, 1, 1, 1, 1, 1, 0},
       {0, 1, -1, 2, -2, 0.5F, -0.5F, 0},
       {0, 1, 1, 4, 4, 0.25F, 0.25F, 0},
       {0, 1, -1, 8, -8, 0.125F, -0.125F, 0},
       {0, 1, 1, 16, 16, 0.0625F, 0.0625F, 0},
       {0, 1, -1, 32, -32, 0.03125F, -0.03125F, 1}}}},
    {3,
     4,
     3,
     1,
     true,
     {{{1, 0.5, -1}, {-1, 0.5, 1}, {-1, 1.5, -1}, {1, 1.5, 1}}},
     {{{-0.5, 0.25, 0.5}, {0.5, 0.25, -0.5}, {1.0 / 6, -0.25, 1.0 / 6}, {1.0 / 6, 0.25, 1.0 / 6}}},
     {{{1, -1, 1, 1}, {-0.5, -0.5, -1.5, 1.5}, {-1, 1, 1, 1}}}},
    {9,
     9,
     4,
     2,
     false,
     {{{2, 0, -1, 0, -2, 0, 1, 0, 0},
       {0, 0, -2, 0, -1, 0, 1, 0, 0},
       {0, 0, 2, 0, -3, 0, 1, 0, 0},
       {0, 0, -1, 0, 0, 0, 1, 0, 0},
       {0, 0, 2, 0, -1, 0, -2, 0, 1},
       {0, 1, 0, 0, 0, 0, 0, 0, 0},
       {0, 0, 0, 1, 0, 0, 0, 0, 0},
       {0, 0, 0, 0, 0, 1, 0, 0, 0},
       {0, 0, 0, 0, 0, 0, 0, 1, 0}}},
     {{{0.5, 0, 0},
       {-0.5, 0, -0.5},
       {-1.0 / 6, 0, 1.0 / 6},
       {1.0 / 6, 0, 1.0 / 3},
       {0, 0, 1},
       {0, 1, 0},
       {0, 1, 0},
       {0, 1, 0},
       {0, 1, 0}}},
     {{{1, 1, 1, 1, 0, 1, 0, 0, 0},
       {0, 1, -1, 2, 0, 0, 1, 0, 0},
       {0, 1, 1, 4, 0, 0, 0, 1, 0},
       {0, 1, -1, 8, 1, 0, 0, 0, 1}}}},
}};

// An image uses one algorithm for both of its axes: a tile of in x in pixels, products x products
// slabs, out x out pixels. All pixels and slabs hold `channels` numbers side by side.

// slabs[places[p] ..] = `input` on both axes of the pixels, which are named row by row.
using FastInput = void (*)(const float* const* pixels, std::size_t channels, float* slabs,
                           const std::size_t* places) noexcept;

// pixels = the tail of bias + `output` on both axes of the slabs. Null pointers stand for pixels
// that nobody wants. With `pools` there is a pixel for every square of 2 x 2 outputs, the largest
// of them after the tail, and with `winners` another for which it is, as tail.h has it; `out` is
// even then.
struct FastOutput {
  const float* slabs;
  std::size_t slab;  // numbers from slab to slab
  std::size_t channels;
  const float* bias;
  Tail tail;
  const float* const* others;  // what the tail adds, by pixel; null: nothing
  bool pools;
  float* const* pixels;
  float* const* winners = nullptr;
};

// Errors: no sum of n terms is deeper than a chain like those of gemm.h, so every number carries at
// most n eps times the same sum of absolute terms, n <= 9 a pass.
struct FastTransforms {
  FastInput input;
  void (*output)(const FastOutput&) noexcept;
};
using FastTable = std::array<FastTransforms, kFastAxes.size()>;

// The taps [3, 3, channels, filters] on both axes: [products * products][channels, filters],
// through double.
void fast_taps(const FastAxis& axis, const float* taps, std::size_t channels, std::size_t filters,
               float* out);

}  // namespace secateur::kernels
