#include "propagation_sums.h"

#include <algorithm>

#include "kernels.h"

namespace secateur::engine {

namespace {

TapSums zeros(std::size_t channels) {
  const std::vector<double> zero(channels);
  return {zero, zero, zero};
}

template <class Numbers>
void add(const Numbers& from, std::vector<double>& to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += static_cast<double>(from.data()[i]);
}

}  // namespace

PropagationSums::PropagationSums(const PackedNetwork& network, const PropagationJob& job,
                                 const BackwardPlan& plan)
    : network_(network),
      job_(job),
      plan_(plan),
      totals_(network.layer_count()),
      dead_(network.layer_count()) {
  std::size_t most = 0;
  for (const Tap& tap : job.taps) {
    taps_.push_back(zeros(network.shape(tap.layer).back()));
    most = std::max(most, network.shape(tap.layer).back());
  }
  channels_.resize(most);
  for (const std::uint32_t layer : job.weight_gradients) {
    Gradients gradients;
    for (const std::size_t size : network.layer(layer).gradient_sizes()) {
      gradients.sums.emplace_back(size);
      if (job.squared_gradients) gradients.squares.emplace_back(size);
    }
    gradients_.push_back(std::move(gradients));
  }
  for (const std::uint32_t layer : job.weighted_squares)
    squares_.emplace_back(network.shape(layer).back());
}

std::size_t PropagationSums::bytes(const PackedNetwork& network, const PropagationJob& job) {
  std::size_t doubles = 2 * network.layer_count();
  for (const Tap& tap : job.taps) doubles += 4 * network.shape(tap.layer).back();
  for (const std::uint32_t layer : job.weighted_squares) doubles += network.shape(layer).back();
  std::size_t floats = 0;
  for (const std::uint32_t layer : job.weight_gradients) {
    for (const std::size_t size : network.layer(layer).gradient_sizes())
      floats += (job.squared_gradients ? 2 : 1) * size;
  }
  return doubles * sizeof(double) + floats * sizeof(float);
}

void PropagationSums::clear() {
  for (TapSums& tap : taps_) tap = zeros(tap.sum.size());
  for (Gradients& gradients : gradients_) {
    for (auto* buffers : {&gradients.sums, &gradients.squares}) {
      for (core::Buffer& buffer : *buffers) std::ranges::fill(buffer.span(), 0.0F);
    }
  }
  for (std::vector<double>& squares : squares_) std::ranges::fill(squares, 0.0);
  std::ranges::fill(totals_, 0.0);
  std::ranges::fill(dead_, 0.0);
}

void PropagationSums::see(std::uint32_t layer, const float* signal, const IntactPass& intact,
                          Worker& worker) {
  const std::size_t size = network_.size(layer);
  for (std::size_t s = 0; job_.totals && s < intact.count(); ++s)
    totals_[layer] += kernels::kernels().sum_all(signal + s * size, size);
  add_taps(layer, signal, intact);
  add_gradients(layer, signal, intact, worker);
  add_squares(layer, signal, intact, worker);
}

void PropagationSums::add_taps(std::uint32_t layer, const float* signal, const IntactPass& intact) {
  const std::size_t size = network_.size(layer);
  for (std::size_t i = 0; i < taps_.size(); ++i) {
    const Tap& tap = job_.taps[i];
    if (tap.layer != layer) continue;
    TapSums& to = taps_[i];
    const std::size_t channels = to.sum.size();
    for (std::size_t s = 0; s < intact.count(); ++s) {
      kernels::kernels().add_tap(
          {signal + s * size, tap.times_activation ? intact.at(layer, s) : nullptr, size / channels,
           channels, channels_.data(), to.sum.data(), to.absolute.data(), to.square.data()});
    }
  }
}

void PropagationSums::add_gradients(std::uint32_t layer, const float* signal,
                                    const IntactPass& intact, Worker& worker) {
  for (std::size_t i = 0; i < gradients_.size(); ++i) {
    if (job_.weight_gradients[i] != layer) continue;
    Gradients& of = gradients_[i];
    std::vector<float*> sums;
    std::vector<float*> squares(of.sums.size(), nullptr);
    for (core::Buffer& buffer : of.sums) sums.push_back(buffer.data());
    std::ranges::transform(of.squares, squares.begin(),
                           [](core::Buffer& buffer) { return buffer.data(); });
    const Layer& of_layer = network_.layer(layer);
    of_layer.add_gradients({intact.at(of_layer.inputs[0]), signal, intact.count(), sums, squares},
                           worker);
  }
}

void PropagationSums::add_squares(std::uint32_t layer, const float* signal,
                                  const IntactPass& intact, Worker& worker) {
  for (std::size_t i = 0; i < squares_.size(); ++i) {
    if (job_.weighted_squares[i] != layer) continue;
    const float* inputs = intact.at(network_.layer(layer).inputs[0]);
    plan_.squares(i).add(inputs, signal, intact.count(), squares_[i].data(), worker);
  }
}

PropagationResult PropagationSums::empty_result(const PackedNetwork& network,
                                                const PropagationJob& job) {
  PropagationResult result;
  for (const Tap& tap : job.taps) result.taps.push_back(zeros(network.shape(tap.layer).back()));
  for (const std::uint32_t layer : job.weight_gradients) {
    std::vector<WeightSums> weights;
    for (const std::size_t size : network.layer(layer).gradient_sizes()) {
      weights.push_back(
          {std::vector<double>(size), std::vector<double>(job.squared_gradients ? size : 0)});
    }
    result.weights.push_back(std::move(weights));
  }
  for (const std::uint32_t layer : job.weighted_squares)
    result.weighted_squares.emplace_back(network.shape(layer).back());
  result.totals.resize(job.totals ? network.layer_count() : 0);
  result.dead.resize(job.totals ? network.layer_count() : 0);
  return result;
}

void PropagationSums::add_to(PropagationResult& result) const {
  for (std::size_t i = 0; i < taps_.size(); ++i) {
    add(taps_[i].sum, result.taps[i].sum);
    add(taps_[i].absolute, result.taps[i].absolute);
    add(taps_[i].square, result.taps[i].square);
  }
  for (std::size_t i = 0; i < gradients_.size(); ++i) {
    const Gradients& of = gradients_[i];
    for (std::size_t w = 0; w < of.sums.size(); ++w) add(of.sums[w], result.weights[i][w].gradient);
    for (std::size_t w = 0; w < of.squares.size(); ++w)
      add(of.squares[w], result.weights[i][w].square);
  }
  for (std::size_t i = 0; i < squares_.size(); ++i) add(squares_[i], result.weighted_squares[i]);
  add(totals_, result.totals);
  add(dead_, result.dead);
}

void PropagationSums::order(const PackedNetwork& network, const PropagationJob& job,
                            PropagationResult& result) {
  for (std::size_t i = 0; i < result.weights.size(); ++i) {
    const Layer& layer = network.layer(job.weight_gradients[i]);
    for (std::size_t w = 0; w < result.weights[i].size(); ++w) {
      layer.order_gradients(w, result.weights[i][w].gradient);
      if (job.squared_gradients) layer.order_gradients(w, result.weights[i][w].square);
    }
  }
}

}  // namespace secateur::engine
