#include "runs.h"

#include <cmath>

namespace secateur::test {

Data draw(Builder& b, std::size_t count, engine::Loss loss) {
  const std::size_t width = b.shape()[0];
  Data data{b.random.floats(count * 90, -1, 1), {}, {}, count};
  if (loss == engine::Loss::cross_entropy) {
    for (std::size_t i = 0; i < count; ++i)
      data.labels.push_back(static_cast<std::int32_t>(b.random.below(width)));
  } else {
    data.values = b.random.floats(count * width, 0, 1);
  }
  return data;
}

Total naive_total(const Builder& b, const Data& data, engine::Loss loss,
                  std::span<const engine::Cut> cuts) {
  Total total;
  const std::size_t size = data.x.size() / data.count;
  const std::size_t width = b.shape()[0];
  for (std::size_t s = 0; s < data.count; ++s) {
    const auto values = naive_forward(b.layers, std::span(data.x).subspan(s * size, size), cuts);
    const auto targets = data.values.empty() ? std::span<const float>()
                                             : std::span(data.values).subspan(s * width, width);
    const NaiveLoss one =
        naive_loss(loss, values[b.last()], data.labels.empty() ? 0 : data.labels[s], targets);
    total.loss.value += one.loss.value;
    total.loss.error = std::hypot(total.loss.error, one.loss.error);
    total.correct += one.correct;
    total.close += one.close ? static_cast<double>(width) : 0;
  }
  return total;
}

}  // namespace secateur::test
