// Generic body of losses.h: cross-entropy with a row in each lane.

inline constexpr std::size_t kClassChunk = 64;

// Scores [rows, width], classes [first, first + count) of `rows` <= kLanes rows, turned so that a
// class is a vector. Lanes without a row repeat the last one.
inline void turn(const float* scores, std::size_t rows, std::size_t width, std::size_t first,
                 std::size_t count, Vec* turned) {
  for (std::size_t k = 0; k < count; k += kLanes) {
    const std::size_t here = count - k < kLanes ? count - k : kLanes;
    Vec square[kLanes];
#pragma GCC unroll 16
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      square[lane] = load_n(scores + (lane < rows ? lane : rows - 1) * width + first + k, here);
    transpose(square);
#pragma GCC unroll 16
    for (std::size_t lane = 0; lane < kLanes; ++lane) turned[k + lane] = square[lane];
  }
}

inline void cross_entropy_lanes(const LossRows& in, std::size_t first_row, RowLoss* out) {
  const std::size_t rows = in.rows - first_row < kLanes ? in.rows - first_row : kLanes;
  const float* scores = in.scores + first_row * in.width;
  Vec turned[kClassChunk];
  Vec largest{};
  IntVec index{};
  for (std::size_t first = 0; first < in.width; first += kClassChunk) {
    const std::size_t count = in.width - first < kClassChunk ? in.width - first : kClassChunk;
    turn(scores, rows, in.width, first, count, turned);
    if (first == 0) largest = turned[0];
    for (std::size_t k = 0; k < count; ++k) {
      const Vec z = turned[k];
      index = z > largest ? IntVec{} + static_cast<std::int32_t>(first + k) : index;
      largest = z > largest ? z : largest;
    }
  }
  Vec excess{};
  for (std::size_t first = 0; first < in.width; first += kClassChunk) {
    const std::size_t count = in.width - first < kClassChunk ? in.width - first : kClassChunk;
    if (in.width > kClassChunk) turn(scores, rows, in.width, first, count, turned);
    Vec part{};
    for (std::size_t k = 0; k < count; ++k) {
      const Vec e = exp_of_negative(turned[k] - largest);
      part = part + (index == static_cast<std::int32_t>(first + k) ? Vec{} : e);
    }
    excess = excess + part;
  }
  float largest_lanes[kLanes];
  float excess_lanes[kLanes];
  std::int32_t index_lanes[kLanes];
  store(largest_lanes, largest);
  store(excess_lanes, excess);
  __builtin_memcpy(index_lanes, &index, sizeof index);
  for (std::size_t r = 0; r < rows; ++r) {
    const std::int32_t label = in.labels[first_row + r];
    const double score = scores[r * in.width + static_cast<std::size_t>(label)];
    out[first_row + r] = {
        static_cast<double>(largest_lanes[r]) - score, excess_lanes[r],
        index_lanes[r] == label ? 1.0F : 0.0F,
        in.predicted && index_lanes[r] != in.predicted[first_row + r] ? 1.0F : 0.0F};
  }
}

inline void cross_entropy(const LossRows& in, RowLoss* out) noexcept {
  for (std::size_t row = 0; row < in.rows; row += kLanes) cross_entropy_lanes(in, row, out);
}
