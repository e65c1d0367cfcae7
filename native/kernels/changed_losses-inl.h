// Generic body of changed_cross_entropy in losses.h: a changed row in each lane.

// Distances of scores up to this one, in units of log 2, give sums that stay far from overflow.
inline constexpr float kModerate = 90;

// What all rows have in common; scores in units of log 2.
struct ChangedSample {
  float scores[kMostChangedClasses];
  float spread;  // the largest score minus the smallest
};

inline ChangedSample read_sample(const ChangedScores& in) {
  ChangedSample sample;
  float largest = in.scores[0];
  float smallest = in.scores[0];
  for (std::size_t k = 0; k < in.classes; ++k) {
    const float z = in.scores[k];
    largest = z > largest ? z : largest;
    smallest = z < smallest ? z : smallest;
    sample.scores[k] = z * kLog2E;
  }
  sample.spread = (largest - smallest) * kLog2E;
  return sample;
}

// kLanes rows from `row` on; `count` of them exist.
struct LaneRows {
  const ChangedScores& in;
  const ChangedSample& sample;
  std::size_t row;
  std::size_t count;
  Vec change;

  [[gnu::always_inline]] Vec score(std::size_t k) const {
    const Vec weights = load_n(in.weights + k * in.stride + row, count);
    return fma(change, weights, set1(sample.scores[k]));
  }

  // The classes but the label, in their order.
  [[gnu::always_inline]] std::size_t rival(std::size_t number) const {
    return number < static_cast<std::size_t>(in.label) ? number : number + 1;
  }

  // Calls body(distance of score k from the label's, k) for all other classes in their order.
  template <class Body>
  [[gnu::always_inline]] void for_each_rival(Body body) const {
    const Vec of_label = score(static_cast<std::size_t>(in.label));
    for (std::size_t number = 0; number + 1 < in.classes; ++number)
      body(score(rival(number)) - of_label, rival(number));
  }
};

// Read back lane by lane, so that no vector may lie across two cache lines.
struct alignas(64) LaneLosses {
  float excess[kLanes];
  float correct[kLanes];
  float direct[kLanes];
  std::int32_t changed[kLanes];  // all bits set, or none
  bool shifted;                  // else all of `direct` are 0
};

// The largest distances from the label's score, -1 if they are smaller: in front of it and behind.
struct Rivals {
  Vec before;
  Vec after;

  // 1 where the label is the first of the largest scores, else 0.
  [[gnu::always_inline]] Vec lose() const {
    const Vec later = after > Vec{} ? Vec{} : set1(1);
    return before < Vec{} ? later : Vec{};
  }
};

[[gnu::always_inline]] inline Rivals largest_rivals(const LaneRows& rows) {
  const auto label = static_cast<std::size_t>(rows.in.label);
  Rivals rivals{set1(-1), set1(-1)};
  rows.for_each_rival([&](Vec distance, std::size_t k) {
    if (k < label) {
      rivals.before = max(rivals.before, distance);
    } else {
      rivals.after = max(rivals.after, distance);
    }
  });
  return rivals;
}

// What moderate distances and a right answer leave out: which score is the largest, and an excess
// from which the largest distance is taken out, so that nothing overflows.
inline void finish_losses(const LaneRows& rows, Vec moderate, Vec excess, LaneLosses& out) {
  const Rivals rivals = largest_rivals(rows);
  store(out.correct, rivals.lose());
  out.shifted = any_lane(moderate == Vec{});
  if (!out.shifted) return store(out.excess, excess);
  const Vec shift = moderate != Vec{} ? Vec{} : max(max(rivals.before, rivals.after), Vec{});
  Vec rest = expm1_of_negative(shift * -kLn2);
  rows.for_each_rival(
      [&](Vec distance, std::size_t) { rest = rest + exp_of_negative((distance - shift) * kLn2); });
  store(out.direct, shift * kLn2);
  store(out.excess, moderate != Vec{} ? excess : rest);
}

// 2^x of the distances of all rivals, a few side by side, in their order.
[[gnu::always_inline]] inline Vec sum_of_moderates(const LaneRows& rows) {
  constexpr std::size_t kCount = kLanes > 1 ? 3 : 1;
  const std::size_t rivals = rows.in.classes - 1;
  const Vec of_label = rows.score(static_cast<std::size_t>(rows.in.label));
  Vec sum{};
  for (std::size_t first = 0; first < rivals; first += kCount) {
    Vec powers[kCount];
#pragma GCC unroll 4
    for (std::size_t i = 0; i < kCount; ++i)
      powers[i] = rows.score(rows.rival(first + i < rivals ? first + i : first)) - of_label;
    exp2_of_moderates(powers);
#pragma GCC unroll 4
    for (std::size_t i = 0; i < kCount; ++i)
      if (first + i < rivals) sum = sum + powers[i];
  }
  return sum;
}

inline void changed_losses(const LaneRows& rows, LaneLosses& out) {
  const Vec change = rows.change;
  const Vec excess = sum_of_moderates(rows);
  const Vec reach =
      fma(abs(change), load_n(rows.in.reach + rows.row, rows.count), set1(rows.sample.spread));
  const Vec moderate = reach <= set1(kModerate) ? set1(1) : Vec{};
  const Vec simple = excess < set1(1) ? moderate : Vec{};
  const IntVec changed = change == Vec{} ? IntVec{} : IntVec{} - 1;
  __builtin_memcpy(out.changed, &changed, sizeof changed);
  if (any_lane(changed & (simple == Vec{}))) {
    finish_losses(rows, moderate, excess, out);
  } else {
    store(out.excess, excess);
    store(out.correct, set1(1));
    out.shifted = false;
  }
}

// `a` where all bits of `mask` are set, `b` where none is: a choice that compilers do in vectors.
template <class Number, class Mask>
[[gnu::always_inline]] inline Number choose(Mask mask, Number a, Number b) {
  return bits<Number>((bits<Mask>(a) & mask) | (bits<Mask>(b) & ~mask));
}

// Adds the losses of `count` rows to their sums, in the steps of sum_losses().
[[gnu::always_inline]] inline void add_losses(const LaneLosses& losses, const RowLoss& intact,
                                              std::size_t count, double* __restrict direct,
                                              double* __restrict excess,
                                              double* __restrict correct) {
  for (std::size_t lane = 0; lane < count; ++lane) {
    const std::int32_t changed = losses.changed[lane];
    const double e = choose(changed, losses.excess[lane], intact.excess);
    excess[lane] += e + excess[lane] * e;
    correct[lane] += choose(changed, losses.correct[lane], intact.correct);
  }
  if (!losses.shifted && intact.direct == 0) return;
  for (std::size_t lane = 0; lane < count; ++lane) {
    const double d = losses.shifted ? losses.direct[lane] : 0;
    direct[lane] += choose(std::int64_t{losses.changed[lane]}, d, intact.direct);
  }
}

inline void changed_cross_entropy(const ChangedScores& in,
                                  std::span<const ChangedSums> all) noexcept {
  const ChangedSample sample = read_sample(in);
  LaneLosses losses;
  for (std::size_t row = 0; row < in.rows; row += kLanes) {
    const std::size_t count = in.rows - row < kLanes ? in.rows - row : kLanes;
    changed_losses({in, sample, row, count, load_n(in.changes + row, count)}, losses);
    for (const ChangedSums& sums : all) {
      double* const direct = sums.direct + row;
      double* const excess = sums.excess + row;
      double* const correct = sums.correct + row;
      if (count == kLanes) {
        add_losses(losses, in.intact, kLanes, direct, excess, correct);
      } else {
        add_losses(losses, in.intact, count, direct, excess, correct);
      }
    }
  }
}

inline void count_kept(const ChangedScores& in, double* kept) noexcept {
  const ChangedSample sample = read_sample(in);
  for (std::size_t row = 0; row < in.rows; row += kLanes) {
    const std::size_t count = in.rows - row < kLanes ? in.rows - row : kLanes;
    const Vec change = load_n(in.changes + row, count);
    const LaneRows rows{in, sample, row, count, change};
    float keeps[kLanes];
    const Vec unchanged = set1(1 - in.intact.flips);
    store(keeps, change == Vec{} ? unchanged : largest_rivals(rows).lose());
    for (std::size_t lane = 0; lane < count; ++lane) kept[row + lane] += keeps[lane];
  }
}
