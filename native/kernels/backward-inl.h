// Generic body of backward.h. Plain loops over numbers are left to the compiler, which makes
// vectors of them.

struct WholePart {
  [[gnu::always_inline]] Vec operator()(Vec x) const { return x; }
};
struct PositivePart {
  [[gnu::always_inline]] Vec operator()(Vec x) const { return max(Vec{}, x); }
};
struct NegativePart {
  [[gnu::always_inline]] Vec operator()(Vec x) const { return min(Vec{}, x); }
};
struct AbsolutePart {
  [[gnu::always_inline]] Vec operator()(Vec x) const { return abs(x); }
};
struct SquarePart {
  [[gnu::always_inline]] Vec operator()(Vec x) const { return x * x; }
};
struct OnePart {
  [[gnu::always_inline]] Vec operator()(Vec) const { return set1(1); }
};

// Calls body(part) with the object of `part`.
template <class Body>
[[gnu::always_inline]] inline void with_part(Part part, Body body) {
  switch (part) {
    case Part::positive:
      return body(PositivePart{});
    case Part::negative:
      return body(NegativePart{});
    case Part::absolute:
      return body(AbsolutePart{});
    case Part::square:
      return body(SquarePart{});
    case Part::one:
      return body(OnePart{});
    default:
      return body(WholePart{});
  }
}

// Calls body(i, lanes) for all numbers, kLanes at a time.
template <class Body>
[[gnu::always_inline]] inline void in_lanes(std::size_t count, Body body) {
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) body(i, kLanes);
  if (i < count) body(i, count - i);
}

inline void take_part(Part part, const float* from, std::size_t count, float* to) noexcept {
  with_part(part, [=](auto take) {
    in_lanes(count, [=](std::size_t i, std::size_t lanes) {
      store_n(to + i, take(load_n(from + i, lanes)), lanes);
    });
  });
}

inline void weigh(Part part, const float* x, float factor, const float* signal, std::size_t count,
                  bool add, float* to) noexcept {
  with_part(part, [=](auto take) {
    in_lanes(count, [=](std::size_t i, std::size_t lanes) {
      const Vec weighed = take(load_n(x + i, lanes)) * factor * load_n(signal + i, lanes);
      store_n(to + i, add ? load_n(to + i, lanes) + weighed : weighed, lanes);
    });
  });
}

inline void add_times(const float* from, float factor, std::size_t count, float* to) noexcept {
  in_lanes(count, [=](std::size_t i, std::size_t lanes) {
    store_n(to + i, load_n(to + i, lanes) + load_n(from + i, lanes) * factor, lanes);
  });
}

inline std::size_t divide(const Division& d) noexcept {
  std::size_t dead = 0;
  const float minus = d.by_sign ? -d.epsilon : d.epsilon;
  for (std::size_t i = 0; i < d.count; ++i) {
    const float z = d.z[i];
    const float denominator = z + (z < 0 ? minus : d.epsilon);
    const bool counts = d.units == nullptr || (d.units[i] < 0) == d.below;
    const bool zero = denominator == 0;
    const float signal = d.signal[i];
    dead += static_cast<std::size_t>(counts & zero & (signal != 0));
    const float ratio = d.factor * signal / (zero ? 1.0F : denominator);
    d.to[i] = counts & !zero ? ratio : 0.0F;
  }
  return dead;
}

struct LinearSlope {
  [[gnu::always_inline]] Vec operator()(Vec, float, float) const { return set1(1); }
};
struct ReluSlope {
  [[gnu::always_inline]] Vec operator()(Vec x, float, float) const {
    return x > Vec{} ? set1(1) : Vec{};
  }
};
struct Relu6Slope {
  [[gnu::always_inline]] Vec operator()(Vec x, float, float) const {
    const Vec below = x < set1(6) ? set1(1) : Vec{};
    return x > Vec{} ? below : Vec{};
  }
};
struct LeakyReluSlope {
  [[gnu::always_inline]] Vec operator()(Vec x, float alpha, float) const {
    return x > Vec{} ? set1(1) : set1(alpha);
  }
};
struct EluSlope {
  [[gnu::always_inline]] Vec operator()(Vec x, float alpha, float) const {
    return x < Vec{} ? exp_of_negative(min(Vec{}, x)) * alpha : set1(1);
  }
};
struct SeluSlope {
  [[gnu::always_inline]] Vec operator()(Vec x, float, float) const {
    return EluSlope{}(x, static_cast<float>(kSeluAlpha), 0) * static_cast<float>(kSeluScale);
  }
};
struct SigmoidSlope {
  [[gnu::always_inline]] Vec operator()(Vec x, float, float) const {
    const Vec e = exp_of_negative(-abs(x));
    return e / ((e + 1.0F) * (e + 1.0F));
  }
};
struct TanhSlope {
  [[gnu::always_inline]] Vec operator()(Vec x, float, float) const {
    return SigmoidSlope{}(x * 2.0F, 0, 0) * 4.0F;
  }
};
struct SwishSlope {
  [[gnu::always_inline]] Vec operator()(Vec x, float, float) const {
    return Sigmoid{}(x, 0, 0) + x * SigmoidSlope{}(x, 0, 0);
  }
};
struct HardSigmoidSlope {
  [[gnu::always_inline]] Vec operator()(Vec x, float alpha, float beta) const {
    const Vec inner = x * alpha + beta;
    const Vec below = inner < set1(1) ? set1(alpha) : Vec{};
    return inner > Vec{} ? below : Vec{};
  }
};
struct HardSwishSlope {
  [[gnu::always_inline]] Vec operator()(Vec x, float, float) const {
    const Vec inner = x * (1.0F / 6) + 0.5F;
    const Vec clipped = min(set1(1), max(Vec{}, inner));
    return clipped + x * HardSigmoidSlope{}(x, 1.0F / 6, 0.5F);
  }
};

template <class Function>
void slope(const float* x, const float* signal, std::size_t count, float alpha, float beta,
           float* to) noexcept {
  in_lanes(count, [=](std::size_t i, std::size_t lanes) {
    const Vec steep = Function{}(load_n(x + i, lanes), alpha, beta);
    store_n(to + i, load_n(signal + i, lanes) * steep, lanes);
  });
}

// As through_double() of pointwise-inl.h.
template <std::size_t kRow>
void slope_through_double(const float* x, const float* signal, std::size_t count, float alpha,
                          float beta, float* to) noexcept {
  const auto reference = kSlopeReferences[kRow];
  for (std::size_t i = 0; i < count; ++i)
    to[i] = static_cast<float>(signal[i] * reference(x[i], alpha, beta));
}

// In the order of kPointwiseFunctions.
inline constexpr SlopeTable kSlopes{
    &slope<LinearSlope>,       &slope<ReluSlope>,        &slope<Relu6Slope>,
    &slope<LeakyReluSlope>,    &slope<EluSlope>,         &slope<SeluSlope>,
    &slope<SigmoidSlope>,      &slope<HardSigmoidSlope>, &slope<TanhSlope>,
    &slope_through_double<9>,  &slope<SwishSlope>,       &slope<HardSwishSlope>,
    &slope_through_double<12>, &slope_through_double<13>};

inline void add_tap(const ChannelTap& t) noexcept {
  double* __restrict s = t.s;
  for (std::size_t c = 0; c < t.channels; ++c) s[c] = 0;
  for (std::size_t p = 0; p < t.positions; ++p) {
    const float* signal = t.signal + p * t.channels;
    if (t.values == nullptr) {
      for (std::size_t c = 0; c < t.channels; ++c) s[c] += static_cast<double>(signal[c]);
    } else {
      const float* values = t.values + p * t.channels;
      for (std::size_t c = 0; c < t.channels; ++c)
        s[c] += static_cast<double>(signal[c]) * static_cast<double>(values[c]);
    }
  }
  double* __restrict sum = t.sum;
  double* __restrict absolute = t.absolute;
  double* __restrict square = t.square;
  for (std::size_t c = 0; c < t.channels; ++c) {
    sum[c] += s[c];
    absolute[c] += s[c] < 0 ? -s[c] : s[c];
    square[c] += s[c] * s[c];
  }
}

inline void add_activations(const ChannelActivations& a) noexcept {
  double* __restrict s = a.s;
  double* __restrict sum = a.sum;
  double* __restrict absolute = a.absolute;
  double* __restrict zeros = a.zeros;
  for (std::size_t c = 0; c < a.channels; ++c) s[c] = 0;
  for (std::size_t p = 0; p < a.positions; ++p) {
    const float* values = a.values + p * a.channels;
    for (std::size_t c = 0; c < a.channels; ++c) {
      const double x = values[c];
      sum[c] += x;
      absolute[c] += x < 0 ? -x : x;
      zeros[c] += x == 0 ? 1 : 0;
      s[c] += x * x;
    }
  }
  for (std::size_t c = 0; c < a.channels; ++c) {
    a.square[c] += s[c];
    a.norm[c] += __builtin_sqrt(s[c]);
  }
}

// Sixteen running sums: enough for every instruction set to work in vectors.
inline double sum_all(const float* numbers, std::size_t count) noexcept {
  constexpr std::size_t kSums = 16;
  double sums[kSums] = {};
  std::size_t i = 0;
  for (; i + kSums <= count; i += kSums) {
    for (std::size_t k = 0; k < kSums; ++k) sums[k] += static_cast<double>(numbers[i + k]);
  }
  for (; i < count; ++i) sums[0] += static_cast<double>(numbers[i]);
  double sum = 0;
  for (const double part : sums) sum += part;
  return sum;
}
