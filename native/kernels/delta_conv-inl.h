// Generic body of delta_conv.h.

// kCount neighbours from output `at_output` = y * width + x on times the panel of kVecs vectors at
// `column`, to `out`.
template <std::size_t kCount, std::size_t kVecs>
void delta_micro(const DeltaConv& d, const float* image, std::size_t at_output, float* out,
                 const float* panel, std::size_t column) {
  const std::size_t columns = d.weights->width - column;
  const std::size_t base_pixel = d.one_base ? 0 : d.pixel;
  const float* base = d.base + at_output * base_pixel + column;
  const float* other = d.other == nullptr ? nullptr : d.other + at_output * d.pixel + column;
  std::size_t lanes[kVecs];
  for (std::size_t v = 0; v < kVecs; ++v) {
    lanes[v] =
        columns > v * kLanes ? (columns - v * kLanes < kLanes ? columns - v * kLanes : kLanes) : 0;
  }
  Vec sums[kCount][kVecs];
#pragma GCC unroll 16
  for (std::size_t i = 0; i < kCount; ++i) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVecs; ++v)
      sums[i][v] = load_n(base + i * base_pixel + v * kLanes, lanes[v]);
  }
  const std::uint32_t* weight_rows = d.weight_rows.data();
  const std::uint32_t* offsets = d.offsets.data();
  const std::size_t taps = d.offsets.size();
  keep(image), keep(weight_rows), keep(offsets);
  RowSteps<kCount> steps(d.neighbour);
  for (std::size_t t = 0; t < taps; ++t) {
    steps.renew();
    const float* weights = panel + weight_rows[t] * (kVecs * kLanes);
    const float* at = image + offsets[t];
    Vec w[kVecs];
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVecs; ++v) w[v] = load(weights + v * kLanes);
#pragma GCC unroll 16
    for (std::size_t i = 0; i < kCount; ++i) {
      const Vec x = set1(steps.at(at, i));
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVecs; ++v) sums[i][v] = fma(x, w[v], sums[i][v]);
    }
  }
  finish_tile(d.tail, column, lanes, other, d.pixel, sums);
#pragma GCC unroll 16
  for (std::size_t i = 0; i < kCount; ++i, out += d.pixel) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVecs; ++v) store_n(out + v * kLanes, sums[i][v], lanes[v]);
  }
}

using DeltaMicro = void (*)(const DeltaConv&, const float* image, std::size_t at_output, float* out,
                            const float* panel, std::size_t column);

// Row r of the table: kernels of r + 1 neighbours.
template <std::size_t kVecs, std::size_t... kCountLessOne>
constexpr std::array<DeltaMicro, sizeof...(kCountLessOne)> delta_micros(
    std::index_sequence<kCountLessOne...>) {
  return {&delta_micro<kCountLessOne + 1, kVecs>...};
}

// The first `width` outputs of row y, to `out`.
inline void delta_row(const DeltaConv& d, std::size_t y, std::size_t width, float* out) {
  static constexpr auto kWide = delta_micros<2>(std::make_index_sequence<kGemmRows>());
  static constexpr auto kSlim = delta_micros<1>(std::make_index_sequence<kGemmRows>());
  const std::size_t parts = (width + kGemmRows - 1) / kGemmRows;
  // Parts of a row differ by one neighbour at most: a short rest would waste the registers.
  for (std::size_t part = 0; part < parts; ++part) {
    const std::size_t x = part * width / parts;
    const std::size_t count = (part + 1) * width / parts - x;
    const float* panel = d.weights->data.data();
    for (std::size_t column = 0; column < d.weights->width; column += kPanel) {
      const bool slim = d.weights->width - column <= kLanes;
      const auto& micros = slim ? kSlim : kWide;
      micros[count - 1](d, d.image + y * d.step + x * d.neighbour, y * d.width + x,
                        out + x * d.pixel + column, panel, column);
      panel += d.weights->depth * (slim ? kLanes : kPanel);
    }
  }
}

// The largest of each 2 x 2 of two rows of outputs, to row y of the pool.
inline void pool_rows(const DeltaConv& d, const float* upper, const float* lower, std::size_t y) {
  const std::size_t columns = d.weights->width;
  const std::size_t row = y * (d.width / 2) * d.pixel;
  for (std::size_t x = 0; x < d.width / 2; ++x, upper += 2 * d.pixel, lower += 2 * d.pixel) {
    const float* const square[] = {upper, upper + d.pixel, lower, lower + d.pixel};
    for (std::size_t c = 0; c < columns; c += kLanes) {
      const std::size_t lanes = columns - c < kLanes ? columns - c : kLanes;
      const std::size_t at = row + x * d.pixel + c;
      store_largest(
          d.tail, lanes, [&](std::size_t i) { return load_n(square[i] + c, lanes); }, d.out + at,
          d.winners == nullptr ? nullptr : d.winners + at);
    }
  }
}

inline void delta_conv(const DeltaConv& d) noexcept {
  if (!d.pools) {
    for (std::size_t y = 0; y < d.height; ++y)
      delta_row(d, y, d.width, d.out + y * d.width * d.pixel);
    return;
  }
  const std::size_t width = d.width / 2 * 2;
  float* const lower = d.scratch + width * d.pixel;
  for (std::size_t y = 0; y < d.height / 2; ++y) {
    delta_row(d, 2 * y, width, d.scratch);
    delta_row(d, 2 * y + 1, width, lower);
    pool_rows(d, d.scratch, lower, y);
  }
}
