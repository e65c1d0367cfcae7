#include "kernels.h"
#include "table.h"

namespace secateur::engine {

namespace {

// A function of each number; which numbers change does not matter to it.
class PointwiseActivation final : public Layer {
 public:
  PointwiseActivation(std::size_t function, float alpha, float beta)
      : function_(kernels::kernels().pointwise[function]),
        slope_(kernels::kernels().slopes[function]),
        clamps_(kernels::kPointwiseFunctions[function].clamps),
        alpha_(alpha),
        beta_(beta) {}

  bool in_place() const override { return true; }

  std::optional<Carried> carry(std::span<const std::optional<Narrow>> inputs) const override {
    return Carried{*inputs[0], {*inputs[0]}};
  }

  // Rows that follow each other in memory go through at once.
  void forward(std::span<const RowList> inputs, std::size_t count, float* out,
               Worker&) const override {
    const RowList rows = inputs[0];
    for (std::size_t first = 0, r = 1; r <= count; ++r) {
      if (r < count && rows[r] == rows[r - 1] + size) continue;
      function_(rows[first], out + first * size, (r - first) * size, alpha_, beta_);
      first = r;
    }
  }

  bool join(Tail& tail) const override {
    return clamps_ && tail.clamp(clamps_->least, clamps_->most);
  }

  void forward_slice(const Slice& slice) const override {
    function_(slice.inputs[0], slice.out, slice.count * slice.out_shape.size(), alpha_, beta_);
  }

  bool hands_back_in_place() const override { return true; }
  std::size_t hand_back(const BackwardRule& rule, const HandBack& step, Worker&) const override {
    if (rule.type == BackwardRule::Type::pass) return hand_on(step, size);
    // Of a clamp the output says it as well, where the input has not been kept.
    const float* x = clamps_ ? step.output : step.inputs[0];
    slope_(x, step.signal, step.count * size, alpha_, beta_, step.to[0]);
    return 0;
  }

 private:
  kernels::Pointwise function_;
  kernels::Slope slope_;
  std::optional<kernels::Clamp> clamps_;
  float alpha_;
  float beta_;
};

// Over the last axis: every number depends on all of its row.
class SoftmaxActivation final : public Layer {
 public:
  bool in_place() const override { return true; }

  void forward(std::span<const RowList> inputs, std::size_t count, float* out,
               Worker&) const override {
    const std::size_t width = shape.back();
    for (std::size_t r = 0; r < count; ++r) {
      for (std::size_t i = 0; i < size; i += width) {
        kernels::kernels().softmax(inputs[0][r] + i, out + r * size + i, width);
      }
    }
  }

  // The Jacobian is y_i (delta_ik - y_k).
  bool hands_back_in_place() const override { return true; }
  std::size_t hand_back(const BackwardRule& rule, const HandBack& step, Worker&) const override {
    if (rule.type == BackwardRule::Type::pass) return hand_on(step, size);
    const std::size_t width = shape.back();
    for (std::size_t row = 0; row < step.count * size; row += width) {
      double mean = 0;
      for (std::size_t i = row; i < row + width; ++i)
        mean += static_cast<double>(step.output[i]) * static_cast<double>(step.signal[i]);
      for (std::size_t i = row; i < row + width; ++i)
        step.to[0][i] = static_cast<float>(step.output[i] * (step.signal[i] - mean));
    }
    return 0;
  }
};

}  // namespace

std::unique_ptr<Layer> make_activation(SpecReader& spec) {
  if (!spec.expect_counts(1, 0, 2, 0) || !spec.expect_shape(spec.input())) return nullptr;
  if (spec.variant() == "softmax") return std::make_unique<SoftmaxActivation>();
  for (std::size_t i = 0; i < kernels::kPointwiseCount; ++i) {
    if (kernels::kPointwiseFunctions[i].name == spec.variant()) {
      return std::make_unique<PointwiseActivation>(i, static_cast<float>(spec.number(0)),
                                                   static_cast<float>(spec.number(1)));
    }
  }
  spec.fail("no activation is named '" + std::string(spec.variant()) + "'");
  return nullptr;
}

}  // namespace secateur::engine
