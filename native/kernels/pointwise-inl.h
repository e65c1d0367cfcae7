// Generic body of pointwise.h.

// Each function as an object that takes a vector; `Over` runs one over an array.
struct Linear {
  [[gnu::always_inline]] Vec operator()(Vec x, float, float) const { return x; }
};
struct Relu {
  [[gnu::always_inline]] Vec operator()(Vec x, float, float) const { return max(Vec{}, x); }
};
struct Relu6 {
  [[gnu::always_inline]] Vec operator()(Vec x, float, float) const {
    return min(set1(6), max(Vec{}, x));
  }
};
struct LeakyRelu {
  [[gnu::always_inline]] Vec operator()(Vec x, float alpha, float) const {
    return x < Vec{} ? x * alpha : x;
  }
};
struct Elu {
  [[gnu::always_inline]] Vec operator()(Vec x, float alpha, float) const {
    return x < Vec{} ? expm1_of_negative(min(Vec{}, x)) * alpha : x;
  }
};
struct Selu {
  [[gnu::always_inline]] Vec operator()(Vec x, float, float) const {
    return Elu{}(x, static_cast<float>(kSeluAlpha), 0) * static_cast<float>(kSeluScale);
  }
};
struct Sigmoid {
  // e^-|x| never overflows: 1 / (1 + e) on the right of 0, e / (1 + e) on the left.
  [[gnu::always_inline]] Vec operator()(Vec x, float, float) const {
    const Vec e = exp_of_negative(-abs(x));
    return (x < Vec{} ? e : set1(1)) / (e + 1.0F);
  }
};
struct HardSigmoid {
  [[gnu::always_inline]] Vec operator()(Vec x, float alpha, float beta) const {
    return min(set1(1), max(Vec{}, x * alpha + beta));
  }
};
struct Tanh {
  [[gnu::always_inline]] Vec operator()(Vec x, float, float) const {
    const Vec e = expm1_of_negative(abs(x) * -2.0F);
    const Vec magnitude = -e / (e + 2.0F);
    return x < Vec{} ? -magnitude : magnitude;
  }
};
struct Swish {
  [[gnu::always_inline]] Vec operator()(Vec x, float, float) const {
    return x * Sigmoid{}(x, 0, 0);
  }
};
struct HardSwish {
  [[gnu::always_inline]] Vec operator()(Vec x, float, float) const {
    return x * min(set1(1), max(Vec{}, x * (1.0F / 6) + 0.5F));
  }
};
struct GeluTanh {
  // (1 + tanh(u)) / 2 = sigmoid(2 u), which keeps its precision where 1 + tanh(u) would cancel.
  [[gnu::always_inline]] Vec operator()(Vec x, float, float) const {
    const Vec u = x + x * x * x * 0.044715F;
    return x * Sigmoid{}(u * 1.5957691216057308F, 0, 0);
  }
};

template <class Function>
void over(const float* from, float* to, std::size_t count, float alpha, float beta) noexcept {
  const Function f;
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(to + i, f(load(from + i), alpha, beta));
  if (i < count) store_n(to + i, f(load_n(from + i, count - i), alpha, beta), count - i);
}

// Rare and hard to approximate well: through the definition in double, one number at a time.
template <std::size_t kRow>
void through_double(const float* from, float* to, std::size_t count, float alpha,
                    float beta) noexcept {
  const auto reference = kPointwiseFunctions[kRow].reference;
  for (std::size_t i = 0; i < count; ++i)
    to[i] = static_cast<float>(reference(from[i], alpha, beta));
}

// In the order of kPointwiseFunctions.
inline constexpr std::array<Pointwise, kPointwiseCount> kPointwise{
    &over<Linear>, &over<Relu>,      &over<Relu6>,        &over<LeakyRelu>, &over<Elu>,
    &over<Selu>,   &over<Sigmoid>,   &over<HardSigmoid>,  &over<Tanh>,      &through_double<9>,
    &over<Swish>,  &over<HardSwish>, &through_double<12>, &over<GeluTanh>};

// Left to the compiler, which has the instructions for bytes.
inline void scale_bytes(const std::uint8_t* __restrict from, float* __restrict to,
                        std::size_t count, float scale) noexcept {
  for (std::size_t i = 0; i < count; ++i) to[i] = scale * static_cast<float>(from[i]);
}

inline void subtract(const float* a, const float* b, std::size_t count,
                     float* __restrict to) noexcept {
  for (std::size_t i = 0; i < count; ++i) to[i] = a[i] - b[i];
}

inline void split_relu(const float* row, const std::int32_t* __restrict on, std::size_t count,
                       float* __restrict linear, float* __restrict turned) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    linear[i] = on[i] != 0 ? row[i] : 0;
    turned[i] = on[i] != 0 ? -row[i] : row[i];
  }
}

// The sum of the lanes, in the order of the lanes.
[[gnu::always_inline]] inline float sum_lanes(Vec v) {
  float lanes[kLanes];
  store(lanes, v);
  float sum = 0;
  for (const float lane : lanes) sum += lane;
  return sum;
}

inline void softmax(const float* from, float* to, std::size_t count) noexcept {
  float largest = from[0];
  for (std::size_t i = 1; i < count; ++i) largest = from[i] > largest ? from[i] : largest;
  Vec sums{};
  for (std::size_t i = 0; i < count; i += kLanes) {
    const std::size_t lanes = count - i < kLanes ? count - i : kLanes;
    Vec e = exp_of_negative(load_n(from + i, lanes) - largest);
    store_n(to + i, e, lanes);
    e = load_n(to + i, lanes);  // zero beyond the end
    sums = sums + e;
  }
  const float sum = sum_lanes(sums);
  for (std::size_t i = 0; i < count; ++i) to[i] /= sum;
}
