// Generic body of delta_conv.h.

// kCount neighbours from `output` = y * width + x on times the panel of kVecs vectors at `column`.
template <std::size_t kCount, std::size_t kVecs>
void delta_micro(const DeltaConv& d, const float* image, std::size_t output, const float* panel,
                 std::size_t column) {
  const std::size_t columns = d.weights->width - column;
  const float* base = d.base + output * d.pixel + column;
  float* out = d.out + output * d.pixel + column;
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
      sums[i][v] = load_n(base + i * d.pixel + v * kLanes, lanes[v]);
  }
  const std::uint32_t* weight_rows = d.weight_rows.data();
  const std::uint32_t* offsets = d.offsets.data();
  const std::size_t taps = d.offsets.size();
  for (std::size_t t = 0; t < taps; ++t) {
    const float* weights = panel + weight_rows[t] * (kVecs * kLanes);
    const float* at = image + offsets[t];
    Vec w[kVecs];
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVecs; ++v) w[v] = load(weights + v * kLanes);
#pragma GCC unroll 16
    for (std::size_t i = 0; i < kCount; ++i) {
      const Vec x = set1(at[i]);
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVecs; ++v) sums[i][v] = fma(x, w[v], sums[i][v]);
    }
  }
#pragma GCC unroll 16
  for (std::size_t i = 0; i < kCount; ++i) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVecs; ++v)
      store_n(out + i * d.pixel + v * kLanes, sums[i][v], lanes[v]);
  }
}

using DeltaMicro = void (*)(const DeltaConv&, const float* image, std::size_t output,
                            const float* panel, std::size_t column);

// Row r of the table: kernels of r + 1 neighbours.
template <std::size_t kVecs, std::size_t... kCountLessOne>
constexpr std::array<DeltaMicro, sizeof...(kCountLessOne)> delta_micros(
    std::index_sequence<kCountLessOne...>) {
  return {&delta_micro<kCountLessOne + 1, kVecs>...};
}

inline void delta_conv(const DeltaConv& d) noexcept {
  static constexpr auto kWide = delta_micros<2>(std::make_index_sequence<kGemmRows>());
  static constexpr auto kSlim = delta_micros<1>(std::make_index_sequence<kGemmRows>());
  const std::size_t parts = (d.width + kGemmRows - 1) / kGemmRows;
  for (std::size_t y = 0; y < d.height; ++y) {
    // Parts of a row differ by one neighbour at most: a short rest would waste the registers.
    for (std::size_t part = 0; part < parts; ++part) {
      const std::size_t x = part * d.width / parts;
      const std::size_t count = (part + 1) * d.width / parts - x;
      const float* panel = d.weights->data.data();
      for (std::size_t column = 0; column < d.weights->width; column += kPanel) {
        const bool slim = d.weights->width - column <= kLanes;
        const auto& micros = slim ? kSlim : kWide;
        micros[count - 1](d, d.image + y * d.step + x, y * d.width + x, panel, column);
        panel += d.weights->depth * (slim ? kLanes : kPanel);
      }
    }
  }
}
