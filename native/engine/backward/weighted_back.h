// A rule for a layer with weights: the parts of its weights that the rule's products take, packed
// once and shared by all threads.
#pragma once

#include <memory>
#include <vector>

#include "layer.h"

namespace secateur::engine {

class WeightedBack {
 public:
  // `rule` is `gradient` or `shares`, and both arguments live on.
  WeightedBack(const Layer& layer, std::size_t input_size, const BackwardRule& rule);

  // As Layer::hand_back(). `room` has room_floats() numbers for each sample.
  std::size_t hand_back(const HandBack& step, float* room, Worker& worker) const;
  std::size_t room_floats() const;

  // Whether the intact pass shall leave the layer's sizes.
  bool reads_sizes() const;

  std::size_t weight_bytes() const;
  std::size_t scratch() const;

 private:
  struct Way {
    const Product* product;
    const Layer* forward;     // to z; null if that does not come from the ways
    const Layer* transposed;  // back
  };
  // Where z comes from: the ways, or what the intact pass has left.
  enum class Denominator : std::uint8_t { sums, output, sizes };
  struct WaysOfShare {
    const Share* share;
    Denominator z;
    std::vector<Way> ways;
  };
  // Where a share works, for all samples.
  struct Room {
    float* inputs;   // a part of them, and what comes back by one of several products
    float* sums;     // z, then the signal divided by it
    float* outputs;  // of one of several products
  };

  Denominator denominator(const Share& share) const;
  const Layer* forward_of(const Product& product);
  const Layer* transposed_of(const WeightPart& part);

  void add_sums(const WaysOfShare& of, const HandBack& step, const Room& room,
                Worker& worker) const;
  std::size_t divide(const WaysOfShare& of, const HandBack& step, const Room& room) const;
  void send_back(const WaysOfShare& of, const HandBack& step, const Room& room, bool& first,
                 Worker& worker) const;
  const float* inputs_of(const Product& product, const HandBack& step, const Room& room) const;
  void run(const Layer& layer, const float* rows, std::size_t width, std::size_t count, float* out,
           Worker& worker) const;

  const Layer& layer_;
  std::size_t input_size_;
  std::vector<WaysOfShare> shares_;
  const Layer* gradient_ = nullptr;
  // Made once, whichever products take them.
  struct Made {
    WeightPart weight;
    std::optional<WeightPart> bias;
    std::unique_ptr<Layer> layer;
  };
  std::vector<Made> forwards_;
  std::vector<Made> transposes_;
};

}  // namespace secateur::engine
