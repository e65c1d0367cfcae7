#include "layer.h"

#include <array>

namespace secateur::engine {

void ChannelwiseLayer::forward(std::span<const RowList> inputs, std::size_t count, float* out,
                               Worker&) const {
  const std::size_t channels = shape.back();
  const Narrow whole{size / channels, channels, 0, 0, channels};
  std::vector<const float*> row(inputs.size());
  for (std::size_t r = 0; r < count; ++r) {
    for (std::size_t i = 0; i < inputs.size(); ++i) row[i] = inputs[i][r];
    forward_slice({row, 1, whole, 0, out + r * size});
  }
}

std::optional<Narrow> channels_of(std::span<const std::optional<Narrow>> inputs,
                                  const Shape& input) {
  std::size_t size = 1;
  for (const std::size_t length : input) size *= length;
  const std::optional<Narrow>& narrow = inputs[0];
  const bool fits =
      narrow && narrow->channels == input.back() && narrow->positions == size / input.back();
  return fits ? narrow : std::nullopt;
}

}  // namespace secateur::engine
