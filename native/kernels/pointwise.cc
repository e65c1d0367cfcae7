#include "pointwise.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace secateur::kernels {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

double clip(double x, double low, double high) { return x < low ? low : x > high ? high : x; }
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double elu(double x, double alpha) { return x < 0 ? alpha * std::expm1(x) : x; }

}  // namespace

const std::array<PointwiseFunction, kPointwiseCount> kPointwiseFunctions{{
    {"linear", [](double x, double, double) { return x; }, Clamp{-kInfinity, kInfinity}},
    {"relu", [](double x, double, double) { return x < 0 ? 0 : x; }, Clamp{0, kInfinity}},
    {"relu6", [](double x, double, double) { return clip(x, 0, 6); }, Clamp{0, 6}},
    {"leakyRelu", [](double x, double alpha, double) { return x < 0 ? alpha * x : x; }},
    {"elu", [](double x, double alpha, double) { return elu(x, alpha); }},
    {"selu", [](double x, double, double) { return kSeluScale * elu(x, kSeluAlpha); }},
    {"sigmoid", [](double x, double, double) { return sigmoid(x); }},
    {"hardSigmoid",
     [](double x, double alpha, double beta) { return clip(alpha * x + beta, 0, 1); }},
    {"tanh", [](double x, double, double) { return std::tanh(x); }},
    {"softplus", [](double x, double,
                    double) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }},
    {"swish", [](double x, double, double) { return x * sigmoid(x); }},
    {"hardSwish", [](double x, double, double) { return x * clip(x / 6 + 0.5, 0, 1); }},
    {"gelu",
     [](double x, double, double) { return 0.5 * x * std::erfc(-x * std::numbers::sqrt2 / 2); }},
    {"geluTanh",
     [](double x, double, double) {
       const double inner = std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x);
       return 0.5 * x * (1 + std::tanh(inner));
     }},
}};

}  // namespace secateur::kernels
