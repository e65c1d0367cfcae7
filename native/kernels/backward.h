// Family: signals on their way back through a network, number by number.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "pointwise.h"

namespace secateur::kernels {

// Which part of a number x counts: x, max(x, 0), min(x, 0), |x|, x^2, 1.
enum class Part : std::uint8_t { whole, positive, negative, absolute, square, one };

double part_of(Part part, double x);

// to[i] = part(from[i]). `to` may be `from`. Exact but for squares, which are rounded once.
using TakePart = void (*)(Part part, const float* from, std::size_t count, float* to) noexcept;

// to[i] = factor * part(x[i]) * signal[i], or that added to to[i]. `to` may be `signal`. |error| <=
// 3 eps |factor part(x) signal|, and eps |sum| more where it is added.
using Weigh = void (*)(Part part, const float* x, float factor, const float* signal,
                       std::size_t count, bool add, float* to) noexcept;

// to[i] += factor * from[i]. |error| <= eps (|factor from| + |sum|).
using AddTimes = void (*)(const float* from, float factor, std::size_t count, float* to) noexcept;

// to[i] = factor * signal[i] / d with the denominator d = z[i] + epsilon, or z[i] - epsilon if
// `by_sign` and z[i] < 0; 0 where d is 0. Where `units` are given and units[i] < 0 is not `below`,
// to[i] is 0 as well and nothing is divided. Returns how many d are 0 under signals that are not.
// |error| <= 3 eps |result|, and eps |result| more for the sum with epsilon. `to` may be `z`.
struct Division {
  const float* signal;
  const float* z;
  std::size_t count;
  float factor;
  float epsilon;
  bool by_sign;
  const float* units;
  bool below;
  float* to;
};
using Divide = std::size_t (*)(const Division&) noexcept;

// to[i] = signal[i] * f'(x[i]). `to` may be `signal`. |error| <= 2^-20 |signal| (|f'(x)| + |x
// f''(x)|), and 1e-37 |signal| where slopes vanish.
using Slope = void (*)(const float* x, const float* signal, std::size_t count, float alpha,
                       float beta, float* to) noexcept;
using SlopeTable = std::array<Slope, kPointwiseCount>;

// Of each of kPointwiseFunctions, in double. At a kink: 0 at those of relu, relu6, hardSigmoid and
// the clip of hardSwish, alpha of leakyRelu, the slope from the right of elu and selu.
using SlopeReference = double (*)(double x, double alpha, double beta);
extern const std::array<SlopeReference, kPointwiseCount> kSlopeReferences;

// For one sample: s[c] = sum over positions of signal[p][c], or of signal[p][c] * values[p][c] if
// values are given; and sum, absolute and square of each channel grow by s, |s| and s^2. All in
// double, positions in order.
struct ChannelTap {
  const float* signal;
  const float* values;
  std::size_t positions;
  std::size_t channels;
  double* s;
  double* sum;
  double* absolute;
  double* square;
};
using AddTap = void (*)(const ChannelTap&) noexcept;

// The same for activations: sum, absolute, square and zeros grow by x, |x|, x^2 and (x == 0) of
// every position, norm by the square root of the sample's sum of squares, which `s` keeps.
struct ChannelActivations {
  const float* values;
  std::size_t positions;
  std::size_t channels;
  double* s;
  double* sum;
  double* absolute;
  double* square;
  double* zeros;
  double* norm;
};
using AddActivations = void (*)(const ChannelActivations&) noexcept;

// The sum of `count` numbers in double, in an order that belongs to the instruction set.
using SumAll = double (*)(const float* numbers, std::size_t count) noexcept;

}  // namespace secateur::kernels
