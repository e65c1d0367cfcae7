// How far a kernel family may be from its reference in double, as its contract in native/kernels says; and a number that
// carries its own bound, for whole networks.
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

// pointwise.h: 4 eps (|f(x)| + |x f'(x)|), with the derivative as a difference quotient; below e^-87 results stay at it; and
// the reference itself rounds its terms, of size x, to doubles.
template <class Function>
double pointwise(Function f, double x) {
  const double step = std::max(1e-6, 1e-6 * std::abs(x));
  const double slope = std::abs(f(x + step) - f(x - step)) / (2 * step);
  return 4 * kEps * (std::abs(f(x)) + std::abs(x) * slope) + (1e-37 + 0x1p-52) * (1 + std::abs(x));
}

// losses.h: relative error of the excess; its size in the loss log(1 + excess) is never larger.
inline double excess(double largest_distance, std::size_t width) {
  return (largest_distance + static_cast<double>(width) / 32 + 8) * kEps;
}

// A value in exact arithmetic and a bound on what float arithmetic makes of it: running error analysis. Every operation
// adds its own rounding to what its operands bring along.
struct Bounded {
  double value = 0;
  double error = 0;
};
inline Bounded rounded(double value, double inherited) {
  return {value, inherited + kEps * (std::abs(value) + inherited)};
}
inline Bounded operator+(Bounded a, Bounded b) { return rounded(a.value + b.value, a.error + b.error); }
inline Bounded operator*(Bounded a, Bounded b) {
  return rounded(a.value * b.value,
                 std::abs(a.value) * b.error + std::abs(b.value) * a.error + a.error * b.error);
}
inline Bounded larger(Bounded a, Bounded b) {
  return {std::max(a.value, b.value), std::max(a.error, b.error)};
}

// No activation of the engine is steeper than 2 with the parameters that the tests use.
inline constexpr double kSteepest = 2;

// The engine adds a change to the intact value where the reference adds everything up afresh: what it rounds on the way is
// bounded by what both passes round, each with intermediate values no larger than twice those of the reference.
inline double ablation(double intact_bound, double ablated_bound) { return 4 * (intact_bound + ablated_bound); }

}  // namespace secateur::test
