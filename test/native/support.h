// What the C++ tests share.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <vector>

#include "isa.h"
#include "kernels.h"

namespace secateur::test {

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  float uniform(float low, float high) {
    return low +
           (high - low) * (static_cast<float>(engine_()) / static_cast<float>(std::mt19937::max()));
  }
  // Of 0 to count - 1.
  std::size_t below(std::size_t count) { return engine_() % count; }
  std::vector<float> floats(std::size_t count, float low = -1, float high = 1) {
    std::vector<float> numbers(count);
    for (float& number : numbers) number = uniform(low, high);
    return numbers;
  }

 private:
  std::mt19937 engine_;
};

// 1 to 6, powers of two and their neighbours: where tails and tiles begin and end.
inline const std::vector<std::size_t> kSizes{1,  2,  3,  4,  5,  6,  7,  8,  9,
                                             15, 16, 17, 31, 32, 33, 63, 64, 65};

// Runs a test for the kernels of every instruction set of this machine.
template <class Test>
void on_every_isa(Test test) {
  for (const simd::Isa isa : simd::kAllIsas) {
    if (!simd::supported(isa)) continue;
    const std::string name(simd::name(isa));
    CAPTURE(name);
    test(kernels::kernels(isa));
  }
}

}  // namespace secateur::test
