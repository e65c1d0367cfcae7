// One measurement: a kernel on data of some shape.
#pragma once

#include <cstddef>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "kernels.h"

namespace secateur::bench {

struct Case {
  std::string family;
  std::string shape;
  // What a call cannot do without: operations of the floating-point units (a multiply-add is two)
  // and bytes read and written.
  double operations;
  double bytes;
  std::function<void()> run;
  // The largest error of what run() left, as a share of the family's bound.
  std::function<double()> error;
};

// The rows of each file.
std::vector<Case> products(const kernels::Kernels& k);
std::vector<Case> maps(const kernels::Kernels& k);
std::vector<Case> losses(const kernels::Kernels& k);

// An exponential: range reduction, polynomial and scaling, in steps as long as a multiply-add.
inline constexpr double kExponential = 2 * 12;

inline std::vector<float> random_floats(std::size_t count, float low = -1, float high = 1) {
  static std::mt19937 engine(1);
  std::uniform_real_distribution<float> draw(low, high);
  std::vector<float> numbers(count);
  for (float& number : numbers) number = draw(engine);
  return numbers;
}

inline double bytes_of(std::size_t floats) { return static_cast<double>(floats * sizeof(float)); }

}  // namespace secateur::bench
