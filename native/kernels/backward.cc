#include "backward.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace secateur::kernels {

namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double sigmoid_slope(double x) { return sigmoid(x) * sigmoid(-x); }
double elu_slope(double x, double alpha) { return x < 0 ? alpha * std::exp(x) : 1; }
double sech_squared(double x) {
  const double e = std::exp(-std::abs(x));
  const double sech = 2 * e / (1 + e * e);
  return sech * sech;
}
double clip_slope(double inner, double slope) { return inner > 0 && inner < 1 ? slope : 0; }
double gelu_slope(double x) {
  const double density = std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
  return 0.5 * std::erfc(-x * std::numbers::sqrt2 / 2) + x * density;
}
double gelu_tanh_slope(double x) {
  const double scale = std::sqrt(2 / std::numbers::pi);
  const double inner = scale * (x + 0.044715 * x * x * x);
  return sigmoid(2 * inner) + 0.5 * x * sech_squared(inner) * scale * (1 + 3 * 0.044715 * x * x);
}

}  // namespace

double part_of(Part part, double x) {
  switch (part) {
    case Part::positive:
      return std::max(x, 0.0);
    case Part::negative:
      return std::min(x, 0.0);
    case Part::absolute:
      return std::abs(x);
    case Part::square:
      return x * x;
    case Part::one:
      return 1;
    default:
      return x;
  }
}

const std::array<SlopeReference, kPointwiseCount> kSlopeReferences{{
    [](double, double, double) { return 1.0; },
    [](double x, double, double) { return x > 0 ? 1.0 : 0.0; },
    [](double x, double, double) { return x > 0 && x < 6 ? 1.0 : 0.0; },
    [](double x, double alpha, double) { return x > 0 ? 1.0 : alpha; },
    [](double x, double alpha, double) { return elu_slope(x, alpha); },
    [](double x, double, double) { return kSeluScale * elu_slope(x, kSeluAlpha); },
    [](double x, double, double) { return sigmoid_slope(x); },
    [](double x, double alpha, double beta) { return clip_slope(alpha * x + beta, alpha); },
    [](double x, double, double) { return sech_squared(x); },
    [](double x, double, double) { return sigmoid(x); },
    [](double x, double, double) { return sigmoid(x) + x * sigmoid_slope(x); },
    [](double x, double, double) {
      const double inner = x / 6 + 0.5;
      return std::clamp(inner, 0.0, 1.0) + x * clip_slope(inner, 1.0 / 6);
    },
    [](double x, double, double) { return gelu_slope(x); },
    [](double x, double, double) { return gelu_tanh_slope(x); },
}};

}  // namespace secateur::kernels
