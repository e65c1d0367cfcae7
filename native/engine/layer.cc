#include "layer.h"

#include <algorithm>

#include "backward/weighted_squares.h"
#include "kernels.h"

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

std::unique_ptr<WeightedSquares> Layer::weighted_squares() const { return nullptr; }

std::size_t hand_on(const HandBack& step, std::size_t size) {
  if (step.to[0] != step.signal) std::copy_n(step.signal, step.count * size, step.to[0]);
  return 0;
}

void add_sample_gradient(const GradientStep& step, std::size_t weight, const float* gradient,
                         std::size_t count) {
  kernels::kernels().add_times(gradient, 1, count, step.sums[weight]);
  if (step.squares[weight] == nullptr) return;
  kernels::kernels().weigh(kernels::Part::whole, gradient, 1, gradient, count, true,
                           step.squares[weight]);
}

std::unique_ptr<Layer> shaped(std::unique_ptr<Layer> layer, Shape shape) {
  layer->size = 1;
  for (const std::size_t length : shape) layer->size *= length;
  layer->shape = std::move(shape);
  return layer;
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
