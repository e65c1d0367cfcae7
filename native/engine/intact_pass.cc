#include "intact_pass.h"

#include <algorithm>

#include "kernels.h"

namespace secateur::engine {

namespace {

// About what a core's second-level cache and its share of the third hold.
constexpr std::size_t kUnitBytes = std::size_t{4} << 20;

std::size_t row_bytes(const PackedNetwork& network, const std::vector<bool>& wanted) {
  std::size_t sum = 0;
  for (std::size_t layer = 0; layer < wanted.size(); ++layer)
    sum += wanted[layer] ? network.size(layer) : 0;
  return sum * sizeof(float);
}

}  // namespace

std::size_t unit_rows(const PackedNetwork& network, const std::vector<bool>& wanted) {
  return unit_rows(row_bytes(network, wanted));
}

std::size_t unit_rows(std::size_t row_bytes) {
  std::size_t rows = kSampleBlock;
  while (rows > 1 && rows * row_bytes > kUnitBytes) rows /= 2;
  return rows;
}

IntactPass::IntactPass(const PackedNetwork& network, std::size_t rows)
    : network_(network),
      rows_(rows),
      buffers_(network.layer_count()),
      sizes_(network.layer_count()),
      values_(network.layer_count()) {}

std::size_t IntactPass::bytes(const PackedNetwork& network, const std::vector<bool>& wanted,
                              std::size_t rows) {
  return rows * row_bytes(network, wanted);
}

void IntactPass::keep_sizes(const std::vector<bool>& layers) {
  for (std::size_t layer = 0; layer < layers.size(); ++layer)
    if (layers[layer]) sizes_[layer] = core::Buffer(rows_ * network_.size(layer));
}

void IntactPass::load(const Samples& samples, std::size_t first, std::size_t count) {
  constexpr auto kInput = PackedNetwork::kInput;
  const std::size_t size = network_.size(kInput);
  count_ = count;
  if (samples.bytes.empty() && samples.scale == 1) {
    values_[kInput] = samples.floats.data() + first * size;
    return;
  }
  core::Buffer& buffer = buffers_[kInput];
  if (buffer.size() == 0) buffer = core::Buffer(rows_ * size);
  if (samples.bytes.empty()) {
    std::ranges::transform(samples.floats.subspan(first * size, count * size), buffer.data(),
                           [scale = samples.scale](float x) { return scale * x; });
  } else {
    kernels::kernels().scale_bytes(samples.bytes.data() + first * size, buffer.data(), count * size,
                                   samples.scale);
  }
  values_[kInput] = buffer.data();
}

void IntactPass::run(const std::vector<bool>& wanted, Worker& worker) {
  for (std::size_t index = PackedNetwork::kInput + 1; index < wanted.size(); ++index) {
    if (wanted[index] && !worker.stopped()) run_layer(index, worker);
  }
}

void IntactPass::run_layer(std::size_t index, Worker& worker) {
  const Layer& layer = network_.layer(index);
  if (buffers_[index].size() == 0) buffers_[index] = core::Buffer(rows_ * layer.size);
  std::vector<std::vector<const float*>> rows(layer.inputs.size(),
                                              std::vector<const float*>(count_));
  std::vector<RowList> lists;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t r = 0; r < count_; ++r) rows[i][r] = at(layer.inputs[i], r);
    lists.push_back(rows[i].data());
  }
  if (sizes_[index].size() > 0) {
    layer.forward_sized(lists[0], count_, buffers_[index].data(), sizes_[index].data(), worker);
  } else {
    layer.forward(lists, count_, buffers_[index].data(), worker);
  }
  values_[index] = buffers_[index].data();
}

}  // namespace secateur::engine
