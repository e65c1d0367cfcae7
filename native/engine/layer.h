// What a layer kind offers to the engine: the intact pass, and how a change of one channel passes
// through it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "buffer.h"
#include "gemm.h"
#include "propagation.h"
#include "tail.h"

namespace secateur::engine {

using Shape = std::vector<std::size_t>;

// One pointer a row: the values of a layer for each row of a batch, wherever they lie.
using RowList = const float* const*;

// A value of which only a few channels differ from the intact one. Seen as [positions, channels],
// these are the channels [first(node), first(node) + width) at every position; they are stored
// without gaps as [positions, width].
struct Narrow {
  std::size_t positions;
  std::size_t channels;
  std::size_t start;
  std::size_t step;  // from node to node
  std::size_t width;

  std::size_t first(std::size_t node) const { return start + step * node; }
  std::size_t size() const { return positions * width; }
  bool same_channels(const Narrow& other) const {
    return start == other.start && step == other.step && width == other.width;
  }
};

// How a layer carries a narrow change: what comes out, and which part of each input is read for
// that.
struct Carried {
  Narrow out;
  std::vector<Narrow> inputs;
};

// A narrow computation: `count` samples of inputs and output, each [positions, width] as its Narrow
// says, `first` the first channel of the output.
struct Slice {
  std::span<const float* const> inputs;
  std::size_t count;
  Narrow out_shape;
  std::size_t first;
  float* out;
};

// A pass of a product and its tail over `count` rows. `others`: what the tail adds, if it does.
struct TailedPass {
  RowList rows;
  std::size_t count;
  const Tail& tail;
  RowList others;
  float* out;
  float* winners = nullptr;  // if the tail pools and they are wanted: as kernels/tail.h has them
};

// A change on its way into a layer that mixes channels: out = base + (change of the input) through
// the weights, and the tail of that.
struct Update {
  Narrow narrow;
  std::size_t first;    // first changed channel of the input
  std::size_t count;    // rows
  const float* deltas;  // [count, narrow.size()], new - old
  RowList base;         // intact outputs
  float* const* out;    // one row of `size` numbers each, or of what the tail leaves of them
  const Tail* tail = nullptr;
  RowList others = nullptr;  // what the tail adds, if it does
};

// A signal on its way back through a layer: `count` samples, all numbers without gaps.
struct HandBack {
  std::span<const float* const> inputs;  // values of each input, as the intact pass left them
  const float* output;                   // and of the layer
  const float* sizes;                    // what forward_sized() gave besides, or null
  const float* winners;                  // of a pooling that ran as a tail, or null
  float* signal;                         // at its output; may be overwritten
  std::size_t count;
  std::span<float* const> to;  // gets the signal at each input
};

// Hands the signal on as it is, to an input of the same `size`. Gives 0, as nothing is divided.
std::size_t hand_on(const HandBack& step, std::size_t size);

// What the samples of a unit add to the gradients of a layer's weights.
struct GradientStep {
  const float* input;   // values, [count, size of the input]
  const float* signal;  // gradient at the output, [count, size]
  std::size_t count;
  // By weight: sums over samples of the gradient, and of its square, null where it is not wanted.
  std::span<float* const> sums;
  std::span<float* const> squares;
};

// Adds one sample's gradient of a weight, and its square where it is wanted.
void add_sample_gradient(const GradientStep& step, std::size_t weight, const float* gradient,
                         std::size_t count);

// Whether a run shall end early: asked from outside, or by the run itself.
class Stop {
 public:
  explicit Stop(const std::atomic<bool>* asked) : asked_(asked) {}
  void request() { requested_.store(true, std::memory_order_relaxed); }
  bool requested() const {
    return requested_.load(std::memory_order_relaxed) ||
           (asked_ != nullptr && asked_->load(std::memory_order_relaxed));
  }

 private:
  const std::atomic<bool>* asked_;
  std::atomic<bool> requested_{false};
};

// What a thread needs while it runs layers.
class Worker {
 public:
  explicit Worker(const Stop& stop) : tile(kernels::kTileRows * kernels::kTileDepth), stop_(stop) {}

  // Polled at least every few milliseconds of work; results are then thrown away.
  bool stopped() const { return stop_.requested(); }

  // At least `floats` numbers, until the next call.
  float* scratch(std::size_t floats) {
    if (scratch_.size() < floats) scratch_ = core::Buffer(floats);
    return scratch_.data();
  }

  core::Buffer tile;
  std::vector<std::uint32_t> weight_rows;

 private:
  core::Buffer scratch_;
  const Stop& stop_;
};

class WeightedSquares;

class Layer {
 public:
  virtual ~Layer() = default;

  // `out` is [count, size]; row r of input i is inputs[i][r]. Rows do not influence each other.
  virtual void forward(std::span<const RowList> inputs, std::size_t count, float* out,
                       Worker& worker) const = 0;

  // Multiply-adds of one forward pass of one sample, for cost estimates.
  virtual double macs() const { return static_cast<double>(size); }
  virtual std::size_t weight_bytes() const { return 0; }
  // Numbers of Worker::scratch() that forward() takes.
  virtual std::size_t scratch() const { return 0; }

  // Whether `out` may be the rows of the only input.
  virtual bool in_place() const { return false; }
  // Whether it would hold the very numbers of the only input as they lie, so that these serve.
  virtual bool is_view() const { return false; }

  // What becomes of narrow inputs (nullopt where an input is intact), if they stay narrow; then
  // forward_slice() computes the same bits for these channels as forward() would.
  virtual std::optional<Carried> carry(std::span<const std::optional<Narrow>> inputs) const {
    static_cast<void>(inputs);
    return std::nullopt;
  }
  virtual void forward_slice(const Slice& slice) const { static_cast<void>(slice); }

  // Whether a narrow change of the only input can be added to the intact output, which update()
  // does. A change of zero gives the intact output, bit for bit.
  virtual bool can_update(const Narrow& input) const {
    static_cast<void>(input);
    return false;
  }
  virtual void update(const Update& update, Worker& worker) const {
    static_cast<void>(update);
    static_cast<void>(worker);
  }

  // If every number of the output is a sum over all numbers of the only input: the weights, and a
  // bias for each output.
  struct Matrix {
    const kernels::PackedMatrix* weights;
    const float* bias;
  };
  virtual std::optional<Matrix> matrix() const { return std::nullopt; }

  // Whether the layer is x w + b, with the only input x. Then there are: the layer with parts of
  // its weights and bias; the map y w^T of its outputs to its inputs; and gradients of its weights.
  virtual bool has_weights() const { return false; }
  virtual std::unique_ptr<Layer> with_parts(const WeightPart& weights,
                                            const std::optional<WeightPart>& bias) const {
    static_cast<void>(weights);
    static_cast<void>(bias);
    return nullptr;
  }
  virtual std::unique_ptr<Layer> transposed() const { return nullptr; }
  // Whether forward_sized() gives the sums of |x| |w| besides, for less than a pass of their own,
  // and with its bits.
  virtual bool has_sizes() const { return false; }
  virtual void forward_sized(RowList rows, std::size_t count, float* out, float* sizes,
                             Worker& worker) const {
    static_cast<void>(sizes);
    forward(std::span(&rows, 1), count, out, worker);
  }
  // How many numbers each weight has that has a gradient, in the order of LayerSpec::weights.
  virtual std::vector<std::size_t> gradient_sizes() const { return {}; }
  virtual void add_gradients(const GradientStep& step, Worker& worker) const {
    static_cast<void>(step);
    static_cast<void>(worker);
  }
  // Puts sums of a weight that lie as add_gradients() has them, which may be an order of the
  // layer's own, into that of LayerSpec's.
  virtual void order_gradients(std::size_t weight, std::vector<double>& sums) const {
    static_cast<void>(weight);
    static_cast<void>(sums);
  }

  // Of a layer with nodes: the way to squares of gradients summed up by node; else null.
  virtual std::unique_ptr<WeightedSquares> weighted_squares() const;

  // Without weights: hands a signal back by a rule that is `gradient` or `pass`. Gives the number
  // of denominators that were 0.
  virtual std::size_t hand_back(const BackwardRule& rule, const HandBack& step,
                                Worker& worker) const {
    static_cast<void>(rule);
    static_cast<void>(step);
    static_cast<void>(worker);
    return 0;
  }
  // Whether every number is one of those under a window, which gets all that comes back: what
  // arrives there, by itself or times the values, adds up to the same as in front of the layer.
  virtual bool takes_one() const { return false; }
  // Whether to[0] may be the signal then.
  virtual bool hands_back_in_place() const { return false; }
  // Numbers of Worker::scratch() that hand_back() or add_gradients() takes.
  virtual std::size_t back_scratch() const { return 0; }

  // Puts itself at the end of a tail if it can, instead of a forward() of its own.
  virtual bool join(Tail& tail) const {
    static_cast<void>(tail);
    return false;
  }
  // Whether forward_tailed() and update() take this tail, and what makes them: forward() and then
  // the layers of the tail would give the same bits. `expect_tail` comes once, before any pass,
  // with the longest tail that the network has for this layer.
  virtual void expect_tail(const Tail& tail) { static_cast<void>(tail); }
  virtual bool can_forward(const Tail& tail) const { return tail.empty(); }
  virtual bool can_update(const Narrow& input, const Tail& tail) const {
    return tail.empty() && can_update(input);
  }
  virtual void forward_tailed(const TailedPass& pass, Worker& worker) const {
    static_cast<void>(pass);
    static_cast<void>(worker);
  }

  std::vector<std::uint32_t> inputs;
  Shape shape;
  std::size_t size = 0;  // product of the shape
};

// A layer for use inside of another one, with an output of this shape.
std::unique_ptr<Layer> shaped(std::unique_ptr<Layer> layer, Shape shape);

// A layer that works on every channel by itself: its pass is the slice of all channels.
class ChannelwiseLayer : public Layer {
 public:
  void forward(std::span<const RowList> inputs, std::size_t count, float* out,
               Worker& worker) const final;
};

// The narrow value of the only input if it is a range of channels of an image or row of this shape,
// else nullopt.
std::optional<Narrow> channels_of(std::span<const std::optional<Narrow>> inputs,
                                  const Shape& input);

}  // namespace secateur::engine
