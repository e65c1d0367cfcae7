#include <algorithm>

#include "table.h"

namespace secateur::engine {

namespace {

// Where samples enter: its rows are the samples themselves.
class Input final : public Layer {
 public:
  void forward(std::span<const RowList> inputs, std::size_t count, float* out,
               Worker&) const override {
    for (std::size_t r = 0; r < count; ++r) std::copy_n(inputs[0][r], size, out + r * size);
  }
};

}  // namespace

std::unique_ptr<Layer> make_input(SpecReader& spec) {
  if (!spec.expect_counts(0, 0, 0, 0)) return nullptr;
  return std::make_unique<Input>();
}

}  // namespace secateur::engine
