// Included for every instruction set, inside its namespace and target region; see machine.cc.

// As many chains as hide the latency of a multiply-add twice over.
inline constexpr std::size_t kChains = 12;

// `steps` multiply-adds in each chain; their sum, so that none is left out.
inline float multiply_add(std::size_t steps) {
  Vec sums[kChains];
#pragma GCC unroll 16
  for (std::size_t c = 0; c < kChains; ++c) sums[c] = set1(static_cast<float>(c));
  const Vec x = set1(0.999F);
  const Vec y = set1(1e-3F);
  for (std::size_t i = 0; i < steps; ++i) {
#pragma GCC unroll 16
    for (std::size_t c = 0; c < kChains; ++c) {
      sums[c] = fma(sums[c], x, y);
      asm volatile("" : "+" SECATEUR_REGISTER(sums[c]));  // one instruction a step, in a register
    }
  }
  Vec sum = sums[0];
#pragma GCC unroll 16
  for (std::size_t c = 1; c < kChains; ++c) sum = sum + sums[c];
  float lanes[kLanes];
  store(lanes, sum);
  return lanes[0];
}

// Loads `count` numbers, a multiple of eight vectors.
inline void read_all(const float* from, std::size_t count) {
  for (std::size_t i = 0; i < count; i += 8 * kLanes) {
#pragma GCC unroll 8
    for (std::size_t v = 0; v < 8; ++v) {
      const Vec loaded = load(from + i + v * kLanes);
      asm volatile("" : : SECATEUR_REGISTER(loaded));
    }
  }
}

inline constexpr Limits kLimits{kLanes, kChains, &multiply_add, &read_all};
