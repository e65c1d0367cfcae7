// Generic body of losses.h: cross-entropy with a row in each lane.

inline constexpr std::size_t kClassChunk = 64;

// The first `count` <= kLanes numbers of `rows` <= kLanes rows that lie `width` apart, a row a
// vector. Without a row the last one is repeated.
[[gnu::always_inline]] inline void load_square(const float* from, std::size_t rows,
                                               std::size_t width, std::size_t count,
                                               Vec (&square)[kLanes]) {
  if (rows == kLanes && count == kLanes) {
#pragma GCC unroll 16
    for (std::size_t lane = 0; lane < kLanes; ++lane, from += width) square[lane] = load(from);
  } else {
#pragma GCC unroll 16
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      square[lane] = load_n(from, count);
      from += lane + 1 < rows ? width : 0;
    }
  }
}

// Scores [rows, width], classes [first, first + count) of `rows` <= kLanes rows, turned so that a
// class is a vector. Lanes without a row repeat the last one.
inline void turn(const float* scores, std::size_t rows, std::size_t width, std::size_t first,
                 std::size_t count, Vec* turned) {
  for (std::size_t k = 0; k < count; k += kLanes) {
    const std::size_t here = count - k < kLanes ? count - k : kLanes;
    Vec square[kLanes];
    load_square(scores + first + k, rows, width, here, square);
    transpose(square);
#pragma GCC unroll 16
    for (std::size_t lane = 0; lane < kLanes; ++lane) turned[k + lane] = square[lane];
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

[[gnu::always_inline]] inline void store_directs(const LaneLoss& loss, std::size_t rows,
                                                 double* __restrict out) {
  float largest[kLanes];
  float score[kLanes];
  store(largest, loss.largest);
  store(score, loss.of_label);
  for (std::size_t r = 0; r < rows; ++r)
    out[r] = static_cast<double>(largest[r]) - static_cast<double>(score[r]);
}

inline void store_losses(const LossRows& in, std::size_t first_row, std::size_t rows,
                         const LaneLoss& loss, const LossColumns& columns) {
  const LossColumns out = columns.from(first_row);
  if (rows == kLanes) {
    store_directs(loss, kLanes, out.direct);
  } else {
    store_directs(loss, rows, out.direct);
  }
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
  constexpr std::size_t kCount = 2;
  Vec sum{};
  const auto add = [&](std::size_t k, const Vec& e) {
    sum = sum + (index == static_cast<std::int32_t>(first + k) ? Vec{} : e);
  };
  std::size_t k = 0;
  for (; k + kCount <= count; k += kCount) {
    Vec e[kCount];
    side_by_side<kCount>([&](std::size_t i) { e[i] = turned[k + i] - largest; });
    exp_of_negatives(e);
    side_by_side<kCount>([&](std::size_t i) { add(k + i, e[i]); });
  }
  for (; k < count; ++k) add(k, exp_of_negative(turned[k] - largest));
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

  // Nodes [first, first + kNodes), from the picked one number `next` on; returns the next one.
  std::size_t read(const PickedLosses& in, std::size_t first, std::size_t next) {
    for (std::size_t i = 0; i < kNodes; ++i) direct[i] = in.intact.direct;
    for (std::size_t i = 0; i < kNodes; ++i) excess[i] = in.intact.excess;
    for (std::size_t i = 0; i < kNodes; ++i) correct[i] = in.intact.correct;
    for (std::size_t i = 0; i < kNodes; ++i) flips[i] = in.intact.flips;
    shifted = in.intact.direct != 0;
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

  // 0 + 0 is 0: what is not shifted adds nothing.
  [[gnu::always_inline]] void add_to(const ChangedSums& sums, std::size_t from,
                                     std::size_t count) const {
    double* const __restrict to_direct = sums.direct + from;
    double* const __restrict to_excess = sums.excess + from;
    double* const __restrict to_correct = sums.correct + from;
    for (std::size_t i = 0; i < count; ++i) {
      const auto e = static_cast<double>(excess[i]);
      to_excess[i] += e + to_excess[i] * e;
      to_correct[i] += static_cast<double>(correct[i]);
    }
    if (!shifted) return;
    for (std::size_t i = 0; i < count; ++i) to_direct[i] += direct[i];
  }
};

inline void add_picked(const PickedLosses& in, std::span<const ChangedSums> all,
                       double* flips) noexcept {
  LossChunk chunk;
  std::size_t next = 0;
  for (std::size_t first = 0; first < in.nodes; first += LossChunk::kNodes) {
    next = chunk.read(in, first, next);
    const bool whole = in.nodes - first >= LossChunk::kNodes;
    const std::size_t count = whole ? LossChunk::kNodes : in.nodes - first;
    for (const ChangedSums& sums : all) {
      if (whole) {
        chunk.add_to(sums, first, LossChunk::kNodes);
      } else {
        chunk.add_to(sums, first, count);
      }
    }
    for (std::size_t i = 0; i < count; ++i) flips[first + i] += static_cast<double>(chunk.flips[i]);
  }
}
