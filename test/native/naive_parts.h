// What the specification of propagate() works with.
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "naive.h"
#include "propagation.h"

namespace secateur::test {

inline constexpr double kUnknown = std::numeric_limits<double>::infinity();

inline Bounded exact(double value) { return {value, 0}; }

inline Bounded divided(Bounded a, Bounded b) {
  const double value = a.value / b.value;
  return rounded(value, std::hypot(a.error / b.value, value * b.error / b.value));
}

inline Bounded part_of(engine::Part part, Bounded x) {
  switch (part) {
    case engine::Part::positive:
      return {std::max(x.value, 0.0), x.error};
    case engine::Part::negative:
      return {std::min(x.value, 0.0), x.error};
    case engine::Part::absolute:
      return {std::abs(x.value), x.error};
    case engine::Part::square:
      return x * x;
    case engine::Part::one:
      return exact(1);
    default:
      return x;
  }
}

inline std::size_t size_of(const std::vector<std::size_t>& shape) {
  std::size_t size = 1;
  for (const std::size_t length : shape) size *= length;
  return size;
}

// Calls body(output position, tap, input position) for all that lies inside of the image.
template <class Body>
void over_taps(const engine::LayerSpec& layer, const std::vector<std::size_t>& in, Body body) {
  const auto& i = layer.ints;
  for (long oy = 0; oy < static_cast<long>(layer.shape[0]); ++oy) {
    for (long ox = 0; ox < static_cast<long>(layer.shape[1]); ++ox) {
      for (long tap = 0; tap < i[0] * i[1]; ++tap) {
        const long y = oy * i[2] + tap / i[1] * i[4] - i[6];
        const long x = ox * i[3] + tap % i[1] * i[5] - i[8];
        if (y < 0 || y >= static_cast<long>(in[0]) || x < 0 || x >= static_cast<long>(in[1]))
          continue;
        body(static_cast<std::size_t>(oy) * layer.shape[1] + static_cast<std::size_t>(ox),
             static_cast<std::size_t>(tap),
             static_cast<std::size_t>(y) * in[1] + static_cast<std::size_t>(x));
      }
    }
  }
}

// signal / stabilised(z), or 0 where that is 0.
inline Bounded over(const engine::Stabiliser& by, double factor, Bounded signal, Bounded z,
                    double& dead) {
  const double epsilon = by.by_sign && z.value < 0 ? -by.epsilon : by.epsilon;
  const Bounded denominator = rounded(z.value + static_cast<float>(epsilon), z.error);
  if (denominator.value == 0) {
    dead += signal.value != 0 ? 1 : 0;
    return exact(0);
  }
  if (std::abs(denominator.value) <= bound(denominator.error) ||
      (by.epsilon != 0 && std::abs(z.value) <= bound(z.error))) {
    return {0, kUnknown};
  }
  return divided(signal * rounded(factor, 0), denominator);
}

}  // namespace secateur::test
