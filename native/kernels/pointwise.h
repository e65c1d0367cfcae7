// Family: functions of one number (activations), and softmax over rows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace secateur::kernels {

// to[i] = f(from[i]) for i < count. `to` may be `from`. NaN goes through. |error| <= 4 eps (|f(x)|
// + |x f'(x)|) with eps = 2^-24, and 1e-37 where results vanish.
using Pointwise = void (*)(const float* from, float* to, std::size_t count, float alpha,
                           float beta) noexcept;

// The numbers between which a function leaves everything as it is.
struct Clamp {
  float least;
  float most;
};

// A row a function: the name, what it means in double, and whether it only clamps.
struct PointwiseFunction {
  std::string_view name;
  double (*reference)(double x, double alpha, double beta);
  std::optional<Clamp> clamps = {};
};
inline constexpr std::size_t kPointwiseCount = 14;
extern const std::array<PointwiseFunction, kPointwiseCount> kPointwiseFunctions;

// to[i] = scale * from[i].
using ScaleBytes = void (*)(const std::uint8_t* from, float* to, std::size_t count,
                            float scale) noexcept;

// to[i] = a[i] - b[i].
using Subtract = void (*)(const float* a, const float* b, std::size_t count, float* to) noexcept;

// The two parts of a row in front of a relu, of which relu(row) = linear + max(turned, 0): where
// on[i] has all bits set row[i] and -row[i], where it has none 0 and row[i].
using SplitRelu = void (*)(const float* row, const std::int32_t* on, std::size_t count,
                           float* linear, float* turned) noexcept;

// Fixed constants of selu (Klambauer et al. 2017).
inline constexpr double kSeluAlpha = 1.6732632423543772;
inline constexpr double kSeluScale = 1.0507009873554805;

// to = e^(from - max) / sum over `count` >= 1 numbers. `to` may be `from`. |error| <= (|from - max|
// + count / 16 + 8) eps of each result.
using Softmax = void (*)(const float* from, float* to, std::size_t count) noexcept;

}  // namespace secateur::kernels
