#include <algorithm>
#include <cmath>
#include <functional>

#include "backward/parts.h"
#include "kernels.h"
#include "table.h"

namespace secateur::engine {

namespace {

// Which position of an input of shape `from` each position (all axes but the last) of the output
// reads.
std::vector<std::uint32_t> positions_read(const Shape& from, const Shape& out) {
  std::vector<std::uint32_t> read{0};
  for (std::size_t axis = 0; axis + 1 < out.size(); ++axis) {
    std::vector<std::uint32_t> finer;
    finer.reserve(read.size() * out[axis]);
    for (const std::uint32_t position : read) {
      for (std::size_t i = 0; i < out[axis]; ++i) {
        finer.push_back(
            static_cast<std::uint32_t>(position * from[axis] + (from[axis] == 1 ? 0 : i)));
      }
    }
    read = std::move(finer);
  }
  return read;
}

// Sum or product of inputs whose axes of length 1 are repeated.
class Combine : public ChannelwiseLayer {
 public:
  Combine(const std::vector<Shape>& inputs, const Shape& out) {
    for (const Shape& input : inputs) {
      std::size_t positions = 1;
      for (std::size_t axis = 0; axis + 1 < input.size(); ++axis) positions *= input[axis];
      operands_.push_back({positions_read(input, out), positions, input.back()});
      plain_ = plain_ && input == out;
    }
  }

  double macs() const override { return static_cast<double>(size * operands_.size()); }

  // All changes must be of the same channels, and of none that is repeated.
  std::optional<Carried> carry(std::span<const std::optional<Narrow>> inputs) const override {
    const std::size_t channels = shape.back();
    const auto narrow =
        *std::ranges::find_if(inputs, [](const auto& input) { return input.has_value(); });
    Carried carried{{size / channels, channels, narrow->start, narrow->step, narrow->width}, {}};
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Operand& operand = operands_[i];
      const bool fits =
          !inputs[i] ||
          (inputs[i]->channels == channels && operand.channels == channels &&
           inputs[i]->positions == operand.positions && inputs[i]->same_channels(*narrow));
      if (!fits) return std::nullopt;
      carried.inputs.push_back(
          operand.channels == channels
              ? Narrow{operand.positions, channels, narrow->start, narrow->step, narrow->width}
              : Narrow{operand.positions, 1, 0, 0, 1});
    }
    return carried;
  }

 protected:
  template <class Operation>
  void combine(const Slice& slice) const {
    const std::size_t width = slice.out_shape.width;
    for (std::size_t i = 0; i < operands_.size(); ++i) {
      const Operand& operand = operands_[i];
      const bool repeated = operand.channels != shape.back();
      const std::size_t in_width = repeated ? 1 : width;
      for (std::size_t s = 0; s < slice.count; ++s) {
        const float* sample = slice.inputs[i] + s * operand.positions * in_width;
        float* to = slice.out + s * slice.out_shape.size();
        for (const std::uint32_t position : operand.read) {
          const float* from = sample + position * in_width;
          if (i == 0) {
            for (std::size_t c = 0; c < width; ++c) to[c] = from[repeated ? 0 : c];
          } else if (repeated) {
            for (std::size_t c = 0; c < width; ++c) to[c] = Operation{}(to[c], *from);
          } else {
            for (std::size_t c = 0; c < width; ++c) to[c] = Operation{}(to[c], from[c]);
          }
          to += width;
        }
      }
    }
  }

  // Calls body(output, number of input `index` that it reads) for all numbers of a sample.
  template <class Body>
  void each(std::size_t index, Body body) const {
    const Operand& operand = operands_[index];
    const std::size_t channels = shape.back();
    const std::size_t step = operand.channels == channels ? 1 : 0;
    std::size_t out = 0;
    for (const std::uint32_t position : operand.read) {
      for (std::size_t c = 0; c < channels; ++c, ++out)
        body(out, position * operand.channels + step * c);
    }
  }

  // Two values of this very shape: which one stands first makes no difference.
  bool is_plain_pair() const { return plain_ && operands_.size() == 2; }
  std::size_t operand_count() const { return operands_.size(); }
  std::size_t operand_size(std::size_t index) const {
    return operands_[index].positions * operands_[index].channels;
  }

 private:
  struct Operand {
    std::vector<std::uint32_t> read;
    std::size_t positions;
    std::size_t channels;
  };
  std::vector<Operand> operands_;
  bool plain_ = true;  // nothing is repeated
};

class Add final : public Combine {
 public:
  using Combine::Combine;

  bool join(Tail& tail) const override { return is_plain_pair() && tail.add(); }
  void forward_slice(const Slice& slice) const override { combine<std::plus<float>>(slice); }

  // `pass` divides the signal by the sum of all parts and gives each input its part of that.
  std::size_t hand_back(const BackwardRule& rule, const HandBack& step,
                        Worker& worker) const override {
    const bool passes = rule.type == BackwardRule::Type::pass;
    float* sums = worker.scratch(size);
    std::size_t dead = 0;
    for (std::size_t s = 0; s < step.count; ++s) {
      float* signal = step.signal + s * size;
      if (passes) {
        std::fill_n(sums, size, 0.0F);
        for (std::size_t i = 0; i < operand_count(); ++i) add_part(rule.part, step, i, s, sums);
        dead += kernels::kernels().divide(division(rule.stabiliser, signal, sums, size, signal));
      }
      for (std::size_t i = 0; i < operand_count(); ++i) {
        const float* x = step.inputs[i] + s * operand_size(i);
        float* to = step.to[i] + s * operand_size(i);
        std::fill_n(to, operand_size(i), 0.0F);
        each(i, [=](std::size_t out, std::size_t in) { to[in] += signal[out]; });
        if (passes)
          kernels::kernels().weigh(kernel_part(rule.part), x, 1, to, operand_size(i), false, to);
      }
    }
    return dead;
  }
  std::size_t back_scratch() const override { return size; }

 private:
  void add_part(Part part, const HandBack& step, std::size_t index, std::size_t sample,
                float* sums) const {
    const float* x = step.inputs[index] + sample * operand_size(index);
    if (part == Part::absolute) {
      each(index, [=](std::size_t out, std::size_t in) { sums[out] += std::abs(x[in]); });
    } else {
      each(index, [=](std::size_t out, std::size_t in) { sums[out] += x[in]; });
    }
  }
};

class Multiply final : public Combine {
 public:
  using Combine::Combine;

  void forward_slice(const Slice& slice) const override { combine<std::multiplies<float>>(slice); }

  // `gradient` weighs the signal by the other factors, `pass` gives equal parts.
  std::size_t hand_back(const BackwardRule& rule, const HandBack& step,
                        Worker& worker) const override {
    const bool passes = rule.type == BackwardRule::Type::pass;
    const auto equal = 1 / static_cast<float>(operand_count());
    float* weights = worker.scratch(size);
    for (std::size_t s = 0; s < step.count; ++s) {
      const float* signal = step.signal + s * size;
      for (std::size_t i = 0; i < operand_count(); ++i) {
        std::fill_n(weights, size, passes ? equal : 1.0F);
        for (std::size_t k = 0; k < operand_count() && !passes; ++k) {
          if (k == i) continue;
          const float* x = step.inputs[k] + s * operand_size(k);
          each(k, [=](std::size_t out, std::size_t in) { weights[out] *= x[in]; });
        }
        float* to = step.to[i] + s * operand_size(i);
        std::fill_n(to, operand_size(i), 0.0F);
        each(i, [=](std::size_t out, std::size_t in) { to[in] += signal[out] * weights[out]; });
      }
    }
    return 0;
  }
  std::size_t back_scratch() const override { return size; }
};

// The shape of the joint output: same rank, lengths equal or 1. Empty if there is none.
Shape broadcast(const std::vector<Shape>& inputs) {
  Shape joint = inputs[0];
  for (const Shape& shape : inputs) {
    if (shape.size() != joint.size()) return {};
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      if (shape[axis] != joint[axis] && shape[axis] != 1 && joint[axis] != 1) return {};
      joint[axis] = std::max(joint[axis], shape[axis]);
    }
  }
  return joint;
}

template <class Combination>
std::unique_ptr<Layer> make_combine(SpecReader& spec) {
  if (spec.input_count() == 0) {
    spec.fail("expected at least one input");
    return nullptr;
  }
  if (!spec.expect_counts(spec.input_count(), 0, 0, 0)) return nullptr;
  std::vector<Shape> inputs;
  for (std::size_t i = 0; i < spec.input_count(); ++i) inputs.push_back(spec.input(i));
  const Shape joint = broadcast(inputs);
  if (joint.empty()) {
    spec.fail("expected inputs whose lengths are equal or 1");
    return nullptr;
  }
  if (!spec.expect_shape(joint)) return nullptr;
  return std::make_unique<Combination>(inputs, joint);
}

}  // namespace

std::unique_ptr<Layer> make_add(SpecReader& spec) { return make_combine<Add>(spec); }
std::unique_ptr<Layer> make_multiply(SpecReader& spec) { return make_combine<Multiply>(spec); }

}  // namespace secateur::engine
