// What one thread of the machine can do at most, with the kernels' own vectors.
#pragma once

#include <cstddef>

#include "cpu_clock.h"
#include "isa.h"

namespace secateur::bench {

// Seconds of one call of `run`: the least of several rounds of calls, a few milliseconds each.
template <class Run>
double seconds_of(Run run, int rounds = 9) {
  constexpr double kRound = 2e-3;
  std::size_t calls = 1;
  const auto time = [&] {
    const double start = core::cpu_seconds();
    for (std::size_t i = 0; i < calls; ++i) run();
    return core::cpu_seconds() - start;
  };
  while (time() < kRound) calls *= 2;
  double least = time();
  for (int round = 1; round < rounds; ++round) {
    const double here = time();
    if (here < least) least = here;
  }
  return least / static_cast<double>(calls);
}

// Multiply-adds in registers alone, as floating-point operations a second (two each).
double fma_peak(simd::Isa isa);

// Bytes a second that can be loaded again and again from `bytes` of memory.
double read_bandwidth(simd::Isa isa, std::size_t bytes);

}  // namespace secateur::bench
