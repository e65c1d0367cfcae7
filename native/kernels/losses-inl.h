// Generic body of losses.h: cross-entropy with a row in each lane.

inline constexpr std::size_t kClassChunk = 64;

// Scores [rows, width], classes [first, first + count) of `rows` <= kLanes rows, turned so that a
// class is a vector. Lanes without a row repeat the last one.
inline void turn(const float* scores, std::size_t rows, std::size_t width, std::size_t first,
                 std::size_t count, Vec* turned) {
  for (std::size_t k = 0; k < count; k += kLanes) {
    const std::size_t here = count - k < kLanes ? count - k : kLanes;
    const float* from = scores + first + k;
    Vec square[kLanes];
#pragma GCC unroll 16
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      square[lane] = load_n(from, here);
      from += lane + 1 < rows ? width : 0;
    }
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

// Out of line, as is what follows: once for all ways to read scores.
[[gnu::noinline]] inline void read_labels(const LossRows& in, std::size_t first_row,
                                          std::size_t rows, LaneLoss& loss) {
  std::int32_t lanes[kLanes] = {};
  for (std::size_t r = 0; r < rows; ++r) lanes[r] = in.labels[first_row + r];
  __builtin_memcpy(&loss.labels, lanes, sizeof lanes);
}

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

// `Scores` reads classes as turn() gives them.
template <class Scores>
void cross_entropy_lanes(const LossRows& in, const Scores& scores, RowLoss* out) {
  LaneLoss loss;
  read_labels(in, scores.first_row, scores.rows, loss);
  const IntVec labels = loss.labels;
  Vec turned[kClassChunk];
  Vec largest{};
  Vec of_label{};
  IntVec index{};
  for (std::size_t first = 0; first < in.width; first += kClassChunk) {
    const std::size_t count = in.width - first < kClassChunk ? in.width - first : kClassChunk;
    scores.read(first, count, turned);
    if (first == 0) largest = turned[0];
    for (std::size_t k = 0; k < count; ++k) {
      const Vec z = turned[k];
      const auto place = static_cast<std::int32_t>(first + k);
      of_label = labels == place ? z : of_label;
      index = z > largest ? IntVec{} + place : index;
      largest = z > largest ? z : largest;
    }
  }
  Vec excess{};
  for (std::size_t first = 0; first < in.width; first += kClassChunk) {
    const std::size_t count = in.width - first < kClassChunk ? in.width - first : kClassChunk;
    if (in.width > kClassChunk) scores.read(first, count, turned);
    Vec part{};
    for (std::size_t k = 0; k < count; ++k) {
      const Vec e = exp_of_negative(turned[k] - largest);
      part = part + (index == static_cast<std::int32_t>(first + k) ? Vec{} : e);
    }
    excess = excess + part;
  }
  loss.largest = largest;
  loss.of_label = of_label;
  loss.excess = excess;
  loss.index = index;
  store_losses(in, scores.first_row, scores.rows, loss, out);
}

// As many rows as there are lanes, or what is left of them.
inline std::size_t lane_rows(const LossRows& in, std::size_t row) {
  return in.rows - row < kLanes ? in.rows - row : kLanes;
}

inline void cross_entropy(const LossRows& in, RowLoss* out) noexcept {
  for (std::size_t row = 0; row < in.rows; row += kLanes)
    cross_entropy_lanes(in, StoredScores{in, row, lane_rows(in, row)}, out);
}
