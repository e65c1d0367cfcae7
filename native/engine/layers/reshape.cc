#include <algorithm>

#include "table.h"

namespace secateur::engine {

namespace {

// The same numbers in another shape; a narrow change stays where it is among them.
class Reshape final : public ChannelwiseLayer {
 public:
  std::optional<Carried> carry(std::span<const std::optional<Narrow>> inputs) const override {
    return Carried{*inputs[0], {*inputs[0]}};
  }

  bool in_place() const override { return true; }
  bool is_view() const override { return true; }

  void forward_slice(const Slice& slice) const override {
    if (slice.out == slice.inputs[0]) return;
    std::copy_n(slice.inputs[0], slice.count * slice.out_shape.size(), slice.out);
  }

  bool hands_back_in_place() const override { return true; }
  std::size_t hand_back(const BackwardRule&, const HandBack& step, Worker&) const override {
    return hand_on(step, size);
  }
};

}  // namespace

std::unique_ptr<Layer> make_reshape(SpecReader& spec) {
  if (!spec.expect_counts(1, 0, 0, 0)) return nullptr;
  if (product(spec.shape()) != spec.input_size()) {
    spec.fail("cannot give " + to_string(spec.input()) + " the shape " + to_string(spec.shape()));
    return nullptr;
  }
  return std::make_unique<Reshape>();
}

}  // namespace secateur::engine
