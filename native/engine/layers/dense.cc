#include <algorithm>

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
    multiply_rows(weights_, weight_rows_, inputs[0], count, bias_.data(), out, worker);
  }

  double macs() const override {
    return static_cast<double>(weights_.depth) * static_cast<double>(size);
  }
  std::size_t weight_bytes() const override { return weights_.data.size() * sizeof(float); }

  bool can_update(const Narrow&) const override { return true; }

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
        worker);
  }

 private:
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
