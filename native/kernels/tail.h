// Family: what follows a product number by number, before its results leave the registers.
#pragma once

#include <cstddef>
#include <limits>

namespace secateur::kernels {

// y = x * scale + shift of the channel, plus another number, then no less than `least` and no more
// than `most`; each part left out where there is none. Every part rounds as its own layer would, in
// this order: the bits are those of the layers one by one. NaN goes through.
struct Tail {
  const float* scale = nullptr;  // [channels], with `shift`; or null
  const float* shift = nullptr;
  float least = -std::numeric_limits<float>::infinity();
  float most = std::numeric_limits<float>::infinity();
};

// What poolings of 2 x 2 leave besides, as a number: which of the four they took, row by row; or
// this, where the tail has clamped all four, so that none of them moves the pool's output.
inline constexpr float kNoWinner = 4;

// The tail of `channels` numbers a row, in place; `others`, if not null, has a row to add to each.
using FinishRows = void (*)(const Tail& tail, std::size_t rows, std::size_t channels,
                            const float* const* others, float* const* values) noexcept;

}  // namespace secateur::kernels
