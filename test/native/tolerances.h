// How far a kernel family may be from its reference in double, as its contract in native/kernels
// says; and a number that carries its own bound, for whole networks.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace secateur::test {

inline constexpr double kEps = 0x1p-24;    // half a unit in the last place of a float near 1
inline constexpr double kTiny = 0x1p-126;  // below it floats lose digits

// A chain of `terms` multiply-adds with two roundings each; magnitude = |start| + sum |products|.
inline double chain(std::size_t terms, double magnitude) {
  return (2 * static_cast<double>(terms) + 1) * kEps * magnitude + kTiny;
}

// pointwise.h: 4 eps (|f(x)| + |x f'(x)|), with the derivative as a difference quotient; below
// e^-87 results stay at it; and the reference itself rounds its terms, of size x, to doubles.
template <class Function>
double pointwise(Function f, double x) {
  const double step = std::max(1e-6, 1e-6 * std::abs(x));
  const double slope = std::abs(f(x + step) - f(x - step)) / (2 * step);
  return 4 * kEps * (std::abs(f(x)) + std::abs(x) * slope) + (1e-37 + 0x1p-52) * (1 + std::abs(x));
}

// backward.h: 2^-20 (|f'(x)| + |x f''(x)|) of the signal, given f' and the difference quotient of
// it; where slopes vanish 1e-37. Next to a jump of f' the quotient is as large as the step is
// small.
template <class Slope>
double slope_error(Slope slope, double x) {
  const double step = std::max(1e-6, 1e-6 * std::abs(x));
  const double bend = std::abs(slope(x + step) - slope(x - step)) / (2 * step);
  return 0x1p-20 * (std::abs(slope(x)) + std::abs(x) * bend) + 1e-37;
}

// losses.h: relative error of the excess; its size in the loss log(1 + excess) is never larger.
inline double excess(double largest_distance, std::size_t width) {
  return (largest_distance + static_cast<double>(width) / 32 + 8) * kEps;
}

// A value in exact arithmetic and the size of the error that float arithmetic gives it: running
// error analysis. Every operation adds its own rounding to what its operands bring along; being
// unrelated, errors add up like standard deviations (Higham & Mary, "A new approach to
// probabilistic rounding error analysis", 2019). Worst cases, which add up without a root, are ten
// thousand times what is seen in ten layers: a test against them would hardly ever fail.
struct Bounded {
  double value = 0;
  double error = 0;
};
inline Bounded rounded(double value, double inherited) {
  return {value, std::hypot(inherited, kEps * value)};
}
inline Bounded operator+(Bounded a, Bounded b) {
  return rounded(a.value + b.value, std::hypot(a.error, b.error));
}
inline Bounded operator*(Bounded a, Bounded b) {
  return rounded(a.value * b.value, std::hypot(a.value * b.error, b.value * a.error));
}
inline Bounded larger(Bounded a, Bounded b) {
  return {std::max(a.value, b.value), std::max(a.error, b.error)};
}

// f of a value, with the slope that f has within its error.
template <class Function>
Bounded apply(Function f, Bounded x) {
  const double step = std::max(1e-6, x.error);
  const double slope = std::abs(f(x.value + step) - f(x.value - step)) / (2 * step);
  return {f(x.value), std::hypot(slope * x.error, pointwise(f, x.value))};
}

// How many times its estimated size an error may have. The model: roundings are unrelated, zero on
// the mean and within their bounds. To first order an error is a sum of them with factors, and its
// estimated size the root of the sum of their squares; by Hoeffding's inequality it is more than t
// times that with a probability of at most 2 exp(-t^2 / 2). Of the numbers that a run of these
// tests compares, fewer than 2^22, none is then off by more than this but with a probability of
// 2^-20. (The model leaves out that errors which reach a number on several ways are related: of
// 200,000 signals the worst has 4.7 times its estimated error, with scalar kernels, of all numbers
// of forward passes 2.2 times, of 14,000 ablations 0.9 times.)
inline constexpr double kCompared = 0x1p22;
inline constexpr double kFalseAlarm = 0x1p-20;
inline const double kConfidence = std::sqrt(2 * std::log(2 * kCompared / kFalseAlarm));  // 7.7
inline double bound(double error) { return kConfidence * error; }

// The engine adds a change to the intact value where the reference adds everything up afresh: it
// rounds what both passes round.
inline double ablation_bound(double intact_error, double ablated_error) {
  return kConfidence * std::hypot(intact_error, ablated_error);
}

}  // namespace secateur::test
