// Generic body of product_cross_entropy in losses.h: a row in each lane, from the product to its
// loss.

// Numbers of the rows that are turned at a time, and classes whose scores are in registers.
inline constexpr std::size_t kTurnedDepth = 64;
inline constexpr std::size_t kClassTile = 12;

// Some numbers of the rows, those that are 0 in all of them left out, and the scores of all
// classes.
struct TurnedRows {
  Vec* scores;
  Vec numbers[kTurnedDepth];
  std::size_t count;
  std::int32_t kept[kTurnedDepth + kLanes];

  // As gemm does, keeps them all if a weight is not finite.
  void read(const float* rows, std::size_t lanes, std::size_t depth, std::size_t first,
            bool finite) {
    const std::size_t depth_here = depth - first < kTurnedDepth ? depth - first : kTurnedDepth;
    const IntVec all = IntVec{} - (finite ? 0 : 1);
    IntVec places = lane_numbers();
    count = 0;
    for (std::size_t k = 0; k < depth_here; k += kLanes) {
      const std::size_t here = depth_here - k < kLanes ? depth_here - k : kLanes;
      IntVec any;
      turn_square(rows + first + k, lanes, depth, here, numbers + k, any);
      count += store_kept(kept + count, places, any | all);
      places += static_cast<std::int32_t>(kLanes);
    }
    while (count > 0 && static_cast<std::size_t>(kept[count - 1]) >= depth_here) --count;
  }
};

// Adds to the scores of kClasses classes from `first` on, whose weights these are.
template <std::size_t kClasses>
void add_scores(const TurnedRows& rows, const float* weights, std::size_t stride,
                std::size_t first) {
  Vec* scores = rows.scores + first;
  Vec sums[kClasses];
#pragma GCC unroll 16
  for (std::size_t c = 0; c < kClasses; ++c) sums[c] = scores[c];
  for (std::size_t i = 0; i < rows.count; ++i) {
    const auto k = static_cast<std::size_t>(rows.kept[i]);
    const Vec x = rows.numbers[k];
    const float* w = weights + k * stride;
#pragma GCC unroll 16
    for (std::size_t c = 0; c < kClasses; ++c) sums[c] = fma(x, set1(w[c]), sums[c]);
  }
#pragma GCC unroll 16
  for (std::size_t c = 0; c < kClasses; ++c) scores[c] = sums[c];
}

using AddScores = void (*)(const TurnedRows&, const float* weights, std::size_t stride,
                           std::size_t first);

// Row c of the table: c + 1 classes.
template <std::size_t... kClassesLessOne>
constexpr std::array<AddScores, sizeof...(kClassesLessOne)> score_tiles(
    std::index_sequence<kClassesLessOne...>) {
  return {&add_scores<kClassesLessOne + 1>...};
}

// Adds the products of numbers from `first` on with all panels of the weights.
inline void add_panels(const TurnedRows& rows, const PackedMatrix& weights, std::size_t first) {
  static constexpr auto kTiles = score_tiles(std::make_index_sequence<kClassTile>());
  const float* panel = weights.data.data();
  for (std::size_t column = 0; column < weights.width; column += kPanel) {
    const std::size_t columns = weights.width - column < kPanel ? weights.width - column : kPanel;
    const std::size_t stride = columns <= kLanes ? kLanes : kPanel;
    for (std::size_t c = 0; c < columns; c += kClassTile) {
      const std::size_t here = columns - c < kClassTile ? columns - c : kClassTile;
      kTiles[here - 1](rows, panel + first * stride + c, stride, column + c);
    }
    panel += weights.depth * stride;
  }
}

// Scores of rows [first_row, first_row + rows), with the bits of gemm's.
struct ProductScores {
  const ScoreProduct& product;
  std::size_t first_row;
  std::size_t rows;

  void read(std::size_t, std::size_t count, Vec* turned) const {
    const PackedMatrix& weights = *product.weights;
    const float* from = product.rows + first_row * weights.depth;
    for (std::size_t k = 0; k < count; ++k) turned[k] = set1(product.bias[k]);
    TurnedRows here;
    here.scores = turned;
    for (std::size_t first = 0; first < weights.depth; first += kTurnedDepth) {
      here.read(from, rows, weights.depth, first, weights.finite);
      add_panels(here, weights, first);
    }
    for (std::size_t k = 0; k < count; ++k) turned[k] = turned[k] + Vec{};
  }
};

inline void product_cross_entropy(const ScoreProduct& product, const LossRows& in,
                                  const LossColumns& out) noexcept {
  static_assert(kMostChangedClasses <= kClassChunk);
  LaneLoss loss;
  for (std::size_t row = 0; row < in.rows; row += kLanes) {
    const std::size_t rows = lane_rows(in, row);
    cross_entropy_lanes(in, ProductScores{product, row, rows}, loss);
    store_losses(in, row, rows, loss, out);
  }
}
