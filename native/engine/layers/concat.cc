#include <algorithm>

#include "table.h"

namespace secateur::engine {

namespace {

// Inputs joined along one axis.
class Concat final : public Layer {
 public:
  // `lengths`: numbers from the axis on, of each input.
  Concat(std::vector<std::size_t> lengths, bool along_channels)
      : lengths_(std::move(lengths)), along_channels_(along_channels) {
    for (const std::size_t length : lengths_) joint_ += length;
  }

  void forward(std::span<const RowList> inputs, std::size_t count, float* out,
               Worker&) const override {
    for (std::size_t r = 0; r < count; ++r) {
      for (std::size_t block = 0; block < size / joint_; ++block) {
        for (std::size_t i = 0; i < inputs.size(); ++i) {
          out = std::copy_n(inputs[i][r] + block * lengths_[i], lengths_[i], out);
        }
      }
    }
  }

  std::size_t hand_back(const BackwardRule&, const HandBack& step, Worker&) const override {
    const float* from = step.signal;
    for (std::size_t block = 0; block < step.count * (size / joint_); ++block) {
      for (std::size_t i = 0; i < lengths_.size(); from += lengths_[i], ++i)
        std::copy_n(from, lengths_[i], step.to[i] + block * lengths_[i]);
    }
    return 0;
  }

  // Channels of one input are channels of the output, further on.
  std::optional<Carried> carry(std::span<const std::optional<Narrow>> inputs) const override {
    if (!along_channels_) return std::nullopt;
    std::optional<Carried> carried;
    std::size_t offset = 0;
    for (std::size_t i = 0; i < inputs.size(); offset += lengths_[i], ++i) {
      if (!inputs[i]) continue;
      const bool fits = inputs[i]->channels == lengths_[i] && inputs[i]->positions == size / joint_;
      if (carried || !fits) return std::nullopt;
      carried = Carried{*inputs[i], std::vector<Narrow>(inputs.size(), Narrow{0, 0, 0, 0, 0})};
      carried->out.channels = joint_;
      carried->out.start += offset;
      carried->inputs[i] = *inputs[i];
    }
    return carried;
  }

  void forward_slice(const Slice& slice) const override {
    for (const float* input : slice.inputs) {
      if (input != nullptr) std::copy_n(input, slice.count * slice.out_shape.size(), slice.out);
    }
  }

 private:
  std::vector<std::size_t> lengths_;
  bool along_channels_;
  std::size_t joint_ = 0;
};

}  // namespace

std::unique_ptr<Layer> make_concat(SpecReader& spec) {
  if (spec.input_count() == 0) {
    spec.fail("expected at least one input");
    return nullptr;
  }
  if (!spec.expect_counts(spec.input_count(), 1, 0, 0)) return nullptr;
  Shape joint = spec.input();
  const auto rank = static_cast<std::ptrdiff_t>(joint.size());
  const std::ptrdiff_t asked = spec.integer(0);
  const std::ptrdiff_t axis = asked < 0 ? asked + rank : asked;
  if (axis < 0 || axis >= rank) {
    spec.fail("axis " + std::to_string(asked) + " is not one of " + to_string(joint));
    return nullptr;
  }
  const auto at = static_cast<std::size_t>(axis);
  std::vector<std::size_t> lengths;
  joint[at] = 0;
  for (std::size_t i = 0; i < spec.input_count(); ++i) {
    Shape rest = spec.input(i);
    if (rest.size() != joint.size()) {
      spec.fail("expected inputs of one rank");
      return nullptr;
    }
    lengths.push_back(*product(std::span(rest).subspan(at)));
    joint[at] += rest[at];
    rest[at] = joint[at];
    if (rest != joint) {
      spec.fail("expected inputs that differ along axis " + std::to_string(at) + " only");
      return nullptr;
    }
  }
  if (!spec.expect_shape(joint)) return nullptr;
  return std::make_unique<Concat>(std::move(lengths), at + 1 == joint.size());
}

}  // namespace secateur::engine
