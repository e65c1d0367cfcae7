// Generic body of losses.h: cross-entropy with a row in each lane.

inline constexpr std::size_t kClassChunk = 64;

// Turns the first `count` <= kLanes numbers of `rows` <= kLanes rows that lie `width` apart, so
// that lane r of turned[k] is number k of row r. Lanes without a row repeat the last one. A lane of
// what it returns in `any` is not 0 where that number of any row is not. Out of line: once for all.
[[gnu::noinline]] inline void turn_square(const float* from, std::size_t rows, std::size_t width,
                                          std::size_t count, Vec* turned, IntVec& any) {
  Vec square[kLanes];
  if (rows == kLanes && count == kLanes) {
#pragma GCC unroll 16
    for (std::size_t lane = 0; lane < kLanes; ++lane, from += width) square[lane] = load(from);
  } else {
#pragma GCC unroll 1
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      square[lane] = load_n(from, count);
      from += lane + 1 < rows ? width : 0;
    }
  }
  any = IntVec{};
#pragma GCC unroll 16
  for (std::size_t lane = 0; lane < kLanes; ++lane) any |= magnitude(square[lane]);
  transpose(square);
#pragma GCC unroll 16
  for (std::size_t lane = 0; lane < kLanes; ++lane) turned[lane] = square[lane];
}

// Scores [rows, width], classes [first, first + count) of `rows` <= kLanes rows, turned so that a
// class is a vector.
inline void turn(const float* scores, std::size_t rows, std::size_t width, std::size_t first,
                 std::size_t count, Vec* turned) {
  IntVec any;
  for (std::size_t k = 0; k < count; k += kLanes) {
    const std::size_t here = count - k < kLanes ? count - k : kLanes;
    turn_square(scores + first + k, rows, width, here, turned + k, any);
  }
}

// Scores that are there: rows [first_row, first_row + rows).
struct StoredScores {
  const LossRows& in;
  std::size_t first_row;
  std::size_t rows;

  void read(std::size_t first, std::size_t count, Vec* turned) const {
    turn(in.scores + first_row * in.width, rows, in.width, first, count, turned);
  }
};

// A row in each lane.
struct LaneLoss {
  Vec largest{};
  Vec of_label{};
  Vec excess{};
  IntVec labels{};
  IntVec index{};  // of the largest score
};

// As load_n().
[[gnu::always_inline]] inline IntVec load_integers(const std::int32_t* from, std::size_t count) {
  IntVec integers{};
  if (count == kLanes) {
    __builtin_memcpy(&integers, from, sizeof integers);
  } else {
    std::int32_t lanes[kLanes] = {};
    for (std::size_t lane = 0; lane < count; ++lane) lanes[lane] = from[lane];
    __builtin_memcpy(&integers, lanes, sizeof lanes);
  }
  return integers;
}

// Out of line: once for all ways to read scores.
[[gnu::noinline]] inline void store_losses(const LossRows& in, std::size_t first_row,
                                           std::size_t rows, const LaneLoss& loss, RowLoss* out) {
  float largest[kLanes];
  float score[kLanes];
  float excess[kLanes];
  std::int32_t label[kLanes];
  std::int32_t index[kLanes];
  store(largest, loss.largest);
  store(score, loss.of_label);
  store(excess, loss.excess);
  __builtin_memcpy(label, &loss.labels, sizeof label);
  __builtin_memcpy(index, &loss.index, sizeof index);
  for (std::size_t r = 0; r < rows; ++r) {
    const double direct = static_cast<double>(largest[r]) - static_cast<double>(score[r]);
    const bool flips = in.predicted && index[r] != in.predicted[first_row + r];
    out[first_row + r] = {direct, excess[r], index[r] == label[r] ? 1.0F : 0.0F,
                          flips ? 1.0F : 0.0F};
  }
}

inline void store_losses(const LossRows& in, std::size_t first_row, std::size_t rows,
                         const LaneLoss& loss, const LossColumns& columns) {
  const LossColumns out = columns.from(first_row);
  float largest[kLanes];
  float score[kLanes];
  store(largest, loss.largest);
  store(score, loss.of_label);
  for (std::size_t r = 0; r < rows; ++r)
    out.direct[r] = static_cast<double>(largest[r]) - static_cast<double>(score[r]);
  Vec flips{};
  if (in.predicted)
    flips = loss.index == load_integers(in.predicted + first_row, rows) ? Vec{} : set1(1);
  store_n(out.excess, loss.excess, rows);
  store_n(out.correct, loss.index == loss.labels ? set1(1) : Vec{}, rows);
  store_n(out.flips, flips, rows);
}

// Of classes [first, first + count), all but `index`, in their order.
[[gnu::always_inline]] inline Vec sum_of_exponentials(const Vec* turned, std::size_t first,
                                                      std::size_t count, const Vec& largest,
                                                      const IntVec& index) {
  constexpr std::size_t kCount = kLanes > 1 ? 2 : 1;
  Vec sum{};
  for (std::size_t k = 0; k < count; k += kCount) {
    Vec e[kCount];
#pragma GCC unroll 4
    for (std::size_t i = 0; i < kCount; ++i) e[i] = turned[k + i < count ? k + i : k] - largest;
    exp_of_negatives(e);
#pragma GCC unroll 4
    for (std::size_t i = 0; i < kCount; ++i) {
      if (k + i == count) break;
      sum = sum + (index == static_cast<std::int32_t>(first + k + i) ? Vec{} : e[i]);
    }
  }
  return sum;
}

// `Scores` reads classes as turn() gives them.
template <class Scores>
void cross_entropy_lanes(const LossRows& in, const Scores& scores, LaneLoss& loss) {
  loss.labels = load_integers(in.labels + scores.first_row, scores.rows);
  const IntVec labels = loss.labels;
  Vec turned[kClassChunk];
  Vec largest{};
  Vec of_label{};
  IntVec index{};
  for (std::size_t first = 0; first < in.width; first += kClassChunk) {
    const std::size_t count = in.width - first < kClassChunk ? in.width - first : kClassChunk;
    scores.read(first, count, turned);
    const Vec before = first == 0 ? turned[0] : largest;
    largest = before;
    for (std::size_t k = 0; k < count; ++k) largest = max(turned[k], largest);
    // From the last one on, so that the first of the largest is left; none of a NaN.
    IntVec first_largest = index;
    for (std::size_t k = count; k-- > 0;) {
      const auto place = static_cast<std::int32_t>(first + k);
      of_label = labels == place ? turned[k] : of_label;
      first_largest = turned[k] == largest ? IntVec{} + place : first_largest;
    }
    index = largest > before ? first_largest : index;
  }
  Vec excess{};
  for (std::size_t first = 0; first < in.width; first += kClassChunk) {
    const std::size_t count = in.width - first < kClassChunk ? in.width - first : kClassChunk;
    if (in.width > kClassChunk) scores.read(first, count, turned);
    excess = excess + sum_of_exponentials(turned, first, count, largest, index);
  }
  loss.largest = largest;
  loss.of_label = of_label;
  loss.excess = excess;
  loss.index = index;
}

// As many rows as there are lanes, or what is left of them.
inline std::size_t lane_rows(const LossRows& in, std::size_t row) {
  return in.rows - row < kLanes ? in.rows - row : kLanes;
}

inline void cross_entropy(const LossRows& in, RowLoss* out) noexcept {
  LaneLoss loss;
  for (std::size_t row = 0; row < in.rows; row += kLanes) {
    const std::size_t rows = lane_rows(in, row);
    cross_entropy_lanes(in, StoredScores{in, row, rows}, loss);
    store_losses(in, row, rows, loss, out);
  }
}

// Some nodes of a sample, those picked put in their places.
struct LossChunk {
  static constexpr std::size_t kNodes = 64;
  double direct[kNodes];
  float excess[kNodes];
  float correct[kNodes];
  float flips[kNodes];
  bool shifted;  // else all of `direct` are 0

  // Nodes from `first` on, from the picked one number `next` on; returns the next one.
  std::size_t read(const PickedLosses& in, std::size_t first, std::size_t next) {
    const RowLoss intact = in.intact;
#pragma GCC unroll 1
    for (std::size_t i = 0; i < kNodes; i += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) direct[i + lane] = intact.direct;
      store(excess + i, set1(intact.excess));
      store(correct + i, set1(intact.correct));
      store(flips + i, set1(intact.flips));
    }
    shifted = intact.direct != 0;
    for (; next < in.picked.size() && in.picked[next] < first + kNodes; ++next) {
      const std::size_t at = in.picked[next] - first;
      direct[at] = in.losses.direct[next];
      excess[at] = in.losses.excess[next];
      correct[at] = in.losses.correct[next];
      flips[at] = in.losses.flips[next];
      shifted = shifted || in.losses.direct[next] != 0;
    }
    return next;
  }

  // Nodes [i, i + kCount) to the sums from `to` on. 0 + 0 is 0: what is not shifted adds nothing.
  template <std::size_t kCount>
  [[gnu::always_inline]] void add(std::size_t i, const ChangedSums& sums, std::size_t to) const {
    double* const __restrict to_excess = sums.excess + to;
    double* const __restrict to_correct = sums.correct + to;
    double* const __restrict to_direct = sums.direct + to;
    for (std::size_t n = 0; n < kCount; ++n) {
      const auto e = static_cast<double>(excess[i + n]);
      to_excess[n] += e + to_excess[n] * e;
    }
    for (std::size_t n = 0; n < kCount; ++n) to_correct[n] += static_cast<double>(correct[i + n]);
    if (!shifted) return;
    for (std::size_t n = 0; n < kCount; ++n) to_direct[n] += direct[i + n];
  }
  template <std::size_t kCount>
  [[gnu::always_inline]] void add_flips(std::size_t i, double* __restrict to) const {
    for (std::size_t n = 0; n < kCount; ++n) to[n] += static_cast<double>(flips[i + n]);
  }

  // The last few, one by one and out of line, so that no loop over them is made of vectors.
  [[gnu::noinline]] void add_one(std::size_t i, std::span<const ChangedSums> all, double* to_flips,
                                 std::size_t to) const {
    for (const ChangedSums& sums : all) add<1>(i, sums, to);
    add_flips<1>(i, to_flips + to);
  }
};

inline void add_picked(const PickedLosses& in, std::span<const ChangedSums> all,
                       double* flips) noexcept {
  constexpr std::size_t kStep = 8;
  LossChunk chunk;
  std::size_t next = 0;
  for (std::size_t first = 0; first < in.nodes; first += LossChunk::kNodes) {
    next = chunk.read(in, first, next);
    const std::size_t left = in.nodes - first;
    const std::size_t count = left < LossChunk::kNodes ? left : LossChunk::kNodes;
    std::size_t i = 0;
#pragma GCC unroll 1
    for (; i + kStep <= count; i += kStep) {
#pragma GCC unroll 1
      for (const ChangedSums& sums : all) chunk.add<kStep>(i, sums, first + i);
      chunk.add_flips<kStep>(i, flips + first + i);
    }
    for (; i < count; ++i) chunk.add_one(i, all, flips, first + i);
  }
}
