#include "weighted_back.h"

#include <algorithm>
#include <array>

#include "parts.h"

namespace secateur::engine {

namespace {

// Whether z of the product alone is the layer's own output.
bool is_output(const Product& product) {
  return product.input == Part::whole && !product.minus && product.weight == WeightPart{} &&
         product.bias == WeightPart{} && !product.negative;
}

// Whether it is what Layer::forward_sized() gives besides.
bool is_sizes(const Product& product) {
  return product.input == Part::absolute && !product.minus &&
         product.weight == WeightPart{Part::absolute, {}} && !product.bias && !product.negative;
}

bool reads_part(const Product& product) { return product.input != Part::whole || product.minus; }

}  // namespace

WeightedBack::WeightedBack(const Layer& layer, std::size_t input_size, const BackwardRule& rule)
    : layer_(layer), input_size_(input_size) {
  if (rule.type == BackwardRule::Type::gradient) {
    gradient_ = transposed_of({});
    return;
  }
  for (const Share& share : rule.shares) {
    WaysOfShare of{&share, denominator(share), {}};
    for (const Product& product : share.products) {
      const Layer* forward = of.z == Denominator::sums ? forward_of(product) : nullptr;
      of.ways.push_back({&product, forward, transposed_of(product.weight)});
    }
    shares_.push_back(std::move(of));
  }
}

WeightedBack::Denominator WeightedBack::denominator(const Share& share) const {
  if (share.products.size() > 1) return Denominator::sums;
  if (is_output(share.products[0])) return Denominator::output;
  return layer_.has_sizes() && is_sizes(share.products[0]) ? Denominator::sizes : Denominator::sums;
}

bool WeightedBack::reads_sizes() const {
  return std::ranges::any_of(
      shares_, [](const WaysOfShare& share) { return share.z == Denominator::sizes; });
}

const Layer* WeightedBack::forward_of(const Product& product) {
  const auto made = std::ranges::find_if(forwards_, [&](const Made& made) {
    return made.weight == product.weight && made.bias == product.bias;
  });
  if (made != forwards_.end()) return made->layer.get();
  forwards_.push_back(
      {product.weight, product.bias, layer_.with_parts(product.weight, product.bias)});
  return forwards_.back().layer.get();
}

const Layer* WeightedBack::transposed_of(const WeightPart& part) {
  const auto made =
      std::ranges::find_if(transposes_, [&](const Made& made) { return made.weight == part; });
  if (made != transposes_.end()) return made->layer.get();
  const bool whole = part == WeightPart{};
  transposes_.push_back(
      {part, std::nullopt,
       whole ? layer_.transposed() : layer_.with_parts(part, std::nullopt)->transposed()});
  return transposes_.back().layer.get();
}

std::size_t WeightedBack::room_floats() const {
  return gradient_ != nullptr ? 0 : 2 * input_size_ + 2 * layer_.size;
}

std::size_t WeightedBack::weight_bytes() const {
  std::size_t sum = 0;
  for (const auto* list : {&forwards_, &transposes_}) {
    for (const Made& made : *list) sum += made.layer->weight_bytes();
  }
  return sum;
}

std::size_t WeightedBack::scratch() const {
  std::size_t most = 0;
  for (const auto* list : {&forwards_, &transposes_}) {
    for (const Made& made : *list) most = std::max(most, made.layer->scratch());
  }
  return most;
}

std::size_t WeightedBack::hand_back(const HandBack& step, float* room, Worker& worker) const {
  if (gradient_ != nullptr) {
    run(*gradient_, step.signal, layer_.size, step.count, step.to[0], worker);
    return 0;
  }
  float* sums = room + 2 * step.count * input_size_;
  const Room of{room, sums, sums + step.count * layer_.size};
  std::size_t dead = 0;
  bool first = true;
  for (const WaysOfShare& share : shares_) {
    if (worker.stopped()) return 0;
    add_sums(share, step, of, worker);
    dead += divide(share, step, of);
    send_back(share, step, of, first, worker);
  }
  if (first) std::fill_n(step.to[0], step.count * input_size_, 0.0F);
  return dead;
}

const float* WeightedBack::inputs_of(const Product& product, const HandBack& step,
                                     const Room& room) const {
  const std::size_t numbers = step.count * input_size_;
  if (!reads_part(product)) return step.inputs[0];
  if (product.minus) {
    const auto minus = static_cast<float>(*product.minus);
    std::transform(step.inputs[0], step.inputs[0] + numbers, room.inputs,
                   [&](float x) { return x - minus; });
  } else {
    kernels::kernels().take_part(kernel_part(product.input), step.inputs[0], numbers, room.inputs);
  }
  return room.inputs;
}

void WeightedBack::add_sums(const WaysOfShare& of, const HandBack& step, const Room& room,
                            Worker& worker) const {
  const std::size_t numbers = step.count * layer_.size;
  bool empty = true;
  for (const Way& way : of.ways) {
    if (way.forward == nullptr) continue;
    const float* inputs = inputs_of(*way.product, step, room);
    const bool straight = empty && !way.product->negative;
    float* out = straight ? room.sums : room.outputs;
    run(*way.forward, inputs, input_size_, step.count, out, worker);
    if (!straight) {
      if (empty) std::fill_n(room.sums, numbers, 0.0F);
      kernels::kernels().add_times(out, way.product->negative ? -1.0F : 1.0F, numbers, room.sums);
    }
    empty = false;
  }
}

// Of the shares' units, for which room.sums holds z.
std::size_t WeightedBack::divide(const WaysOfShare& of, const HandBack& step,
                                 const Room& room) const {
  const Share& share = *of.share;
  const std::array z{static_cast<const float*>(room.sums), step.output, step.sizes};
  kernels::Division division =
      engine::division(share.stabiliser, step.signal, z[static_cast<std::size_t>(of.z)],
                       step.count * layer_.size, room.sums);
  division.factor = static_cast<float>(share.factor);
  division.units = share.outputs == Outputs::all ? nullptr : step.output;
  division.below = share.outputs == Outputs::negative;
  return kernels::kernels().divide(division);
}

void WeightedBack::send_back(const WaysOfShare& of, const HandBack& step, const Room& room,
                             bool& first, Worker& worker) const {
  const std::size_t numbers = step.count * input_size_;
  for (const Way& way : of.ways) {
    const Product& product = *way.product;
    float* back = first ? step.to[0] : room.inputs + numbers;
    run(*way.transposed, room.sums, layer_.size, step.count, back, worker);
    const float* factors = product.minus ? inputs_of(product, step, room) : step.inputs[0];
    kernels::kernels().weigh(kernel_part(product.input), factors, product.negative ? -1.0F : 1.0F,
                             back, numbers, !first, step.to[0]);
    first = false;
  }
}

void WeightedBack::run(const Layer& layer, const float* rows, std::size_t width, std::size_t count,
                       float* out, Worker& worker) const {
  std::vector<const float*> pointers(count);
  for (std::size_t r = 0; r < count; ++r) pointers[r] = rows + r * width;
  const RowList list = pointers.data();
  layer.forward(std::span(&list, 1), count, out, worker);
}

}  // namespace secateur::engine
