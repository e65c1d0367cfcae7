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

namespace {

void add(Sum& sum, const NaiveLoss& one, std::size_t width) {
  sum.loss.value += one.loss.value;
  sum.loss.error = std::hypot(sum.loss.error, one.loss.error);
  sum.correct += one.correct;
  sum.close += one.close ? static_cast<double>(width) : 0;
  sum.samples += 1;
}

}  // namespace

double Total::flips(const Total& intact) const {
  double flips = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i)
    flips += predicted[i] != intact.predicted[i] ? 1 : 0;
  return flips;
}

Total naive_total(const Builder& b, const Data& data, engine::Loss loss,
                  std::span<const engine::Cut> cuts) {
  Total total;
  const std::size_t size = data.x.size() / data.count;
  const std::size_t width = b.shape()[0];
  total.classes.resize(data.labels.empty() ? 0 : width);
  for (std::size_t s = 0; s < data.count; ++s) {
    const auto values = naive_forward(b.layers, std::span(data.x).subspan(s * size, size), cuts);
    const auto targets = data.values.empty() ? std::span<const float>()
                                             : std::span(data.values).subspan(s * width, width);
    const NaiveLoss one =
        naive_loss(loss, values[b.last()], data.labels.empty() ? 0 : data.labels[s], targets);
    add(total, one, width);
    if (!data.labels.empty())
      add(total.classes[static_cast<std::size_t>(data.labels[s])], one, width);
    total.predicted.insert(total.predicted.end(), one.predicted.begin(), one.predicted.end());
  }
  return total;
}

}  // namespace secateur::test
