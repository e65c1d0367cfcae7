// Generic body of outer.h: a tile of the sums in registers, as in gemm-inl.h.

template <std::size_t kRows, std::size_t kVecs>
void outer_micro(const OuterProducts& o, std::size_t column, std::size_t first) {
  const std::size_t columns = o.width - first;
  std::size_t lanes[kVecs];
  for (std::size_t v = 0; v < kVecs; ++v)
    lanes[v] = columns - v * kLanes < kLanes ? columns - v * kLanes : kLanes;
  const float* x = o.x + column;
  const float* y = o.y + first;
  for (std::size_t group = 0; group < o.groups; ++group) {
    Vec sums[kRows][kVecs] = {};
    for (std::size_t term = 0; term < o.terms; ++term, x += o.x_stride, y += o.y_stride) {
      Vec right[kVecs];
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVecs; ++v) right[v] = load_n(y + v * kLanes, lanes[v]);
#pragma GCC unroll 16
      for (std::size_t r = 0; r < kRows; ++r) {
        const Vec left = set1(x[r]);
#pragma GCC unroll 2
        for (std::size_t v = 0; v < kVecs; ++v) sums[r][v] = fma(left, right[v], sums[r][v]);
      }
    }
    float* sum = o.sums + column * o.stride + first;
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r, sum += o.stride) {
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVecs; ++v) {
        float* const to = sum + v * kLanes;
        store_n(to, load_n(to, lanes[v]) + sums[r][v], lanes[v]);
      }
    }
    if (o.squares == nullptr) continue;
    float* square = o.squares + column * o.stride + first;
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r, square += o.stride) {
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVecs; ++v) {
        float* const to = square + v * kLanes;
        store_n(to, fma(sums[r][v], sums[r][v], load_n(to, lanes[v])), lanes[v]);
      }
    }
  }
}

using OuterMicro = void (*)(const OuterProducts&, std::size_t column, std::size_t first);

// Row r of the table: kernels of r + 1 columns of x.
template <std::size_t kVecs, std::size_t... kRowsLessOne>
constexpr std::array<OuterMicro, sizeof...(kRowsLessOne)> outer_micros(
    std::index_sequence<kRowsLessOne...>) {
  return {&outer_micro<kRowsLessOne + 1, kVecs>...};
}

inline void add_outer(const OuterProducts& o) noexcept {
  static constexpr auto kWide = outer_micros<2>(std::make_index_sequence<kGemmRows>());
  static constexpr auto kSlim = outer_micros<1>(std::make_index_sequence<kGemmRows>());
  for (std::size_t column = 0; column < o.columns; column += kGemmRows) {
    const std::size_t rest = o.columns - column;
    const std::size_t rows = rest < kGemmRows ? rest : kGemmRows;
    for (std::size_t first = 0; first < o.width; first += 2 * kLanes) {
      const auto& micros = o.width - first <= kLanes ? kSlim : kWide;
      micros[rows - 1](o, column, first);
    }
  }
}

// Accumulators of a part of a run: enough to keep the processor busy, and to leave registers free.
inline constexpr std::size_t kRunVecs = 12;

// d of the kVecs vectors from `from` on, seen from the first number of a window, to `to`; the last
// one has `lanes` lanes.
template <std::size_t kVecs>
void window_micro(const WindowProducts& w, std::size_t from, std::size_t lanes, float* to) {
  Vec sums[kVecs] = {};
  const float* image = w.image + from;
  for (const std::uint32_t place : w.places) {
    const Vec signal = set1(w.signals[place]);
    const float* window = image + w.starts[place];
#pragma GCC unroll 12
    for (std::size_t v = 0; v < kVecs; ++v) {
      const float* numbers = window + v * kLanes;
      sums[v] = fma(signal, v + 1 == kVecs ? load_n(numbers, lanes) : load(numbers), sums[v]);
    }
  }
#pragma GCC unroll 12
  for (std::size_t v = 0; v < kVecs; ++v) store(to + v * kLanes, sums[v]);
}

using WindowMicro = void (*)(const WindowProducts&, std::size_t from, std::size_t lanes, float* to);

// Row v of the table: kernels of v + 1 vectors.
template <std::size_t... kVecsLessOne>
constexpr std::array<WindowMicro, sizeof...(kVecsLessOne)> window_micros(
    std::index_sequence<kVecsLessOne...>) {
  return {&window_micro<kVecsLessOne + 1>...};
}

// Calls use(sums, at, lanes) for every vector of d, `lanes` of whose numbers are those from `at` on
// of all runs; the rest of them is 0.
template <class Use>
[[gnu::always_inline]] inline void each_sum(const WindowProducts& w, Use use) {
  static constexpr auto kMicros = window_micros(std::make_index_sequence<kRunVecs>());
  float sums[kRunVecs * kLanes];
  for (std::size_t r = 0; r < w.runs.size(); ++r) {
    for (std::size_t i = 0; i < w.length; i += kRunVecs * kLanes) {
      const std::size_t rest = w.length - i;
      const std::size_t vecs = rest < kRunVecs * kLanes ? (rest + kLanes - 1) / kLanes : kRunVecs;
      const std::size_t lanes = rest < vecs * kLanes ? rest - (vecs - 1) * kLanes : kLanes;
      kMicros[vecs - 1](w, w.runs[r] + i, lanes, sums);
      const std::size_t at = r * w.length + i;
      for (std::size_t v = 0; v < vecs; ++v)
        use(load(sums + v * kLanes), at + v * kLanes, v + 1 == vecs ? lanes : kLanes);
    }
  }
}

inline void add_windows(const WindowProducts& w, float* sums, float* squares) noexcept {
  each_sum(w, [&](Vec sum, std::size_t at, std::size_t lanes) {
    store_n(sums + at, load_n(sums + at, lanes) + sum, lanes);
    if (squares != nullptr)
      store_n(squares + at, fma(sum, sum, load_n(squares + at, lanes)), lanes);
  });
}

inline float weighted_squares(const WindowProducts& w, const float* weights) noexcept {
  Vec squares{};
  each_sum(w, [&](Vec sum, std::size_t at, std::size_t lanes) {
    const Vec product = sum * load_n(weights + at, lanes);
    squares = fma(product, product, squares);
  });
  float lanes[kLanes];
  store(lanes, squares);
  float sum = 0;
  for (const float square : lanes) sum += square;
  return sum;
}

inline void turn(const float* from, std::size_t rows, std::size_t columns, std::size_t stride,
                 float* to) noexcept {
  for (std::size_t j = 0; j < columns; j += kLanes) {
    const std::size_t wide = columns - j < kLanes ? columns - j : kLanes;
    for (std::size_t i = 0; i < rows; i += kLanes) {
      const std::size_t high = rows - i < kLanes ? rows - i : kLanes;
      Vec square[kLanes] = {};
      for (std::size_t r = 0; r < high; ++r) square[r] = load_n(from + (i + r) * stride + j, wide);
      transpose(square);
      for (std::size_t c = 0; c < wide; ++c) store_n(to + (j + c) * rows + i, square[c], high);
    }
  }
}
