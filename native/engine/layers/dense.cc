#include <algorithm>

#include "backward/parts.h"
#include "backward/weighted_squares.h"
#include "matmul.h"
#include "table.h"

namespace secateur::engine {

namespace {

// y = x kernel + bias.
class Dense final : public Layer {
 public:
  Dense(std::size_t features, std::size_t units, std::span<const float> kernel,
        std::vector<float> bias)
      : weights_(kernels::pack(kernel.data(), features, units, units, kernels::kernels().panel)),
        weight_rows_(all_rows(features)),
        bias_(std::move(bias)) {}

  void forward(std::span<const RowList> inputs, std::size_t count, float* out,
               Worker& worker) const override {
    multiply_rows(weights_, weight_rows_, inputs[0], count, bias_.data(), {}, out, worker);
  }

  bool can_forward(const Tail& tail) const override { return tail.empty() || tail.only_clamps(); }
  void forward_tailed(const TailedPass& pass, Worker& worker) const override {
    multiply_rows(weights_, weight_rows_, pass.rows, pass.count, bias_.data(), pass.tail, pass.out,
                  worker);
  }

  bool has_sizes() const override { return true; }
  void forward_sized(RowList rows, std::size_t count, float* out, float* sizes,
                     Worker& worker) const override {
    multiply_sized_rows(weights_, weight_rows_, rows, count, bias_.data(), out, sizes, worker);
  }

  double macs() const override {
    return static_cast<double>(weights_.depth) * static_cast<double>(size);
  }
  std::size_t weight_bytes() const override { return weights_.data.size() * sizeof(float); }

  bool can_update(const Narrow&) const override { return true; }
  bool can_update(const Narrow&, const Tail& tail) const override { return can_forward(tail); }

  // A changed number of the input adds its change times its row of the kernel.
  void update(const Update& u, Worker& worker) const override {
    const std::size_t width = u.narrow.width;
    const std::size_t depth = u.narrow.size();
    worker.weight_rows.resize(depth);
    for (std::size_t j = 0; j < depth; ++j) {
      worker.weight_rows[j] =
          static_cast<std::uint32_t>(j / width * u.narrow.channels + u.first + j % width);
    }
    multiply(
        weights_, worker.weight_rows, u.count,
        [&u, depth](std::size_t r, std::size_t k, std::size_t n, float* to) {
          std::copy_n(u.deltas + r * depth + k, n, to);
        },
        [&u](std::size_t r) { return u.base[r]; }, [&u](std::size_t r) { return u.out[r]; },
        [&u, this](std::size_t, std::size_t count, float* const* outs) {
          if (u.tail == nullptr || u.tail->empty()) return;
          kernels::kernels().finish_rows(u.tail->numbers(), count, size, nullptr, outs);
        },
        worker);
  }

  std::optional<Matrix> matrix() const override { return Matrix{&weights_, bias_.data()}; }

  bool has_weights() const override { return true; }
  std::unique_ptr<Layer> with_parts(const WeightPart& weights,
                                    const std::optional<WeightPart>& bias) const override {
    return shaped(
        std::make_unique<Dense>(features(), size, part_of(weights, kernels::unpack(weights_)),
                                part_of(bias, bias_)),
        {size});
  }
  std::unique_ptr<Layer> transposed() const override {
    const std::vector<float> kernel = kernels::unpack(weights_);
    std::vector<float> turned(kernel.size());
    for (std::size_t k = 0; k < features(); ++k) {
      for (std::size_t j = 0; j < size; ++j) turned[j * features() + k] = kernel[k * size + j];
    }
    return shaped(
        std::make_unique<Dense>(size, features(), turned, std::vector<float>(features(), 0.0F)),
        {features()});
  }

  std::vector<std::size_t> gradient_sizes() const override { return {features() * size, size}; }
  std::size_t back_scratch() const override { return kSampleBlock * (features() + size); }

  std::unique_ptr<WeightedSquares> weighted_squares() const override {
    return squares_of_matrix(with_parts({Part::square, {}}, std::nullopt), features());
  }

  // The square of a sample's gradient is the product of squares.
  void add_gradients(const GradientStep& step, Worker& worker) const override {
    add_products(step.input, step.signal, step.count, step.sums[0]);
    constexpr float kOne = 1;
    kernels::kernels().add_outer(
        {step.count, 1, &kOne, 0, 1, step.signal, size, size, step.sums[1], step.squares[1], size});
    if (step.squares[0] == nullptr) return;
    float* inputs = worker.scratch(back_scratch());
    float* signals = inputs + kSampleBlock * features();
    kernels::kernels().take_part(kernels::Part::square, step.input, step.count * features(),
                                 inputs);
    kernels::kernels().take_part(kernels::Part::square, step.signal, step.count * size, signals);
    add_products(inputs, signals, step.count, step.squares[0]);
  }

 private:
  std::size_t features() const { return weights_.depth; }

  void add_products(const float* inputs, const float* signals, std::size_t count,
                    float* sums) const {
    kernels::kernels().add_outer(
        {1, count, inputs, features(), features(), signals, size, size, sums, nullptr, size});
  }

  kernels::PackedMatrix weights_;
  std::vector<std::uint32_t> weight_rows_;
  std::vector<float> bias_;
};

}  // namespace

std::unique_ptr<Layer> make_dense(SpecReader& spec) {
  if (!spec.expect_counts(1, 0, 0, 2)) return nullptr;
  if (spec.input().size() != 1 || spec.shape().size() != 1) {
    spec.fail("expected a flat input and output, got " + to_string(spec.input()) + " and " +
              to_string(spec.shape()));
    return nullptr;
  }
  const std::size_t features = spec.input()[0];
  const std::size_t units = spec.shape()[0];
  if (features > UINT32_MAX || !product(std::array{features, units})) {
    spec.fail("more weights than the engine can hold");
    return nullptr;
  }
  if (!spec.expect_weights(0, features * units) || !spec.expect_weights(1, units, true))
    return nullptr;
  return std::make_unique<Dense>(features, units, spec.weights(0), spec.weights(1, units, 0));
}

}  // namespace secateur::engine
