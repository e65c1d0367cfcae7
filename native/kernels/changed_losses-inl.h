// Generic body of changed_cross_entropy in losses.h: a changed row in each lane.

struct LaneLosses {
  float direct[kLanes];
  float excess[kLanes];
  float correct[kLanes];
  std::int32_t changed[kLanes];  // all bits set, or none
};

// kLanes rows from `row` on; `count` of them exist.
inline void changed_losses(const ChangedScores& in, std::size_t row, std::size_t count,
                           LaneLosses& out) {
  const Vec change = load_n(in.changes + row, count);
  const auto score = [&](std::size_t k) {
    return fma(change, load_n(in.weights + k * in.stride + row, count), set1(in.scores[k]));
  };
  const auto label = static_cast<std::size_t>(in.label);
  const Vec of_label = score(label);
  Vec distances[kMostChangedClasses];
  Vec before = set1(-1);
  Vec after = set1(-1);
  for (std::size_t k = 0; k < label; ++k) {
    distances[k] = score(k) - of_label;
    before = max(before, distances[k]);
  }
  for (std::size_t k = label + 1; k < in.classes; ++k) {
    distances[k] = score(k) - of_label;
    after = max(after, distances[k]);
  }
  const Vec shift = max(max(before, after), Vec{});
  Vec excess = expm1_of_negative(-shift);
  for (std::size_t k = 0; k < label; ++k) excess = excess + exp_of_negative(distances[k] - shift);
  for (std::size_t k = label + 1; k < in.classes; ++k)
    excess = excess + exp_of_negative(distances[k] - shift);
  const Vec later = after > Vec{} ? Vec{} : set1(1);
  const Vec correct = before < Vec{} ? later : Vec{};
  const Vec intact_excess = set1(in.intact.excess);
  store(out.direct, shift);
  store(out.excess, change == Vec{} ? intact_excess : excess);
  const IntVec changed = change == Vec{} ? IntVec{} : IntVec{} - 1;
  __builtin_memcpy(out.changed, &changed, sizeof changed);
  store(out.correct, change == Vec{} ? set1(in.intact.correct) : correct);
}

// `a` where all bits of `mask` are set, `b` where none is: a choice that compilers do in vectors.
[[gnu::always_inline]] inline double choose(std::int64_t mask, double a, double b) {
  return bits<double>((bits<std::int64_t>(a) & mask) | (bits<std::int64_t>(b) & ~mask));
}

// Adds the losses of `count` rows to their sums, in the steps of sum_losses().
[[gnu::always_inline]] inline void add_losses(const LaneLosses& losses, double intact_direct,
                                              std::size_t count, double* __restrict direct,
                                              double* __restrict excess,
                                              double* __restrict correct) {
  for (std::size_t lane = 0; lane < count; ++lane) {
    const double e = losses.excess[lane];
    const double d = losses.direct[lane];
    excess[lane] += e + excess[lane] * e;
    direct[lane] += choose(losses.changed[lane], d, intact_direct);
    correct[lane] += losses.correct[lane];
  }
}

inline void changed_cross_entropy(const ChangedScores& in, const ChangedSums& sums) noexcept {
  LaneLosses losses;
  const double direct = in.intact.direct;
  std::size_t row = 0;
  for (; row + kLanes <= in.rows; row += kLanes) {
    changed_losses(in, row, kLanes, losses);
    add_losses(losses, direct, kLanes, sums.direct + row, sums.excess + row, sums.correct + row);
  }
  if (row < in.rows) {
    const std::size_t rest = in.rows - row;
    changed_losses(in, row, rest, losses);
    add_losses(losses, direct, rest, sums.direct + row, sums.excess + row, sums.correct + row);
  }
}
