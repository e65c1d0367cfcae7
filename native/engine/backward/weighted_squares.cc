#include "weighted_squares.h"

#include <utility>
#include <vector>

#include "engine.h"
#include "kernels.h"

namespace secateur::engine {

namespace {

class MatrixSquares final : public WeightedSquares {
 public:
  MatrixSquares(std::unique_ptr<Layer> squared, std::size_t inputs)
      : squared_(std::move(squared)), inputs_(inputs) {}

  void add(const float* inputs, const float* signals, std::size_t count, double* sums,
           Worker& worker) const override {
    float* rows = worker.scratch(scratch());
    float* squares = rows + kSampleBlock * inputs_;
    kernels::kernels().take_part(kernels::Part::square, inputs, count * inputs_, rows);
    std::vector<const float*> pointers(count);
    for (std::size_t s = 0; s < count; ++s) pointers[s] = rows + s * inputs_;
    const RowList list = pointers.data();
    squared_->forward(std::span(&list, 1), count, squares, worker);
    for (std::size_t s = 0; s < count; ++s) {
      for (std::size_t j = 0; j < squared_->size; ++j, ++squares, ++signals)
        sums[j] += static_cast<double>(*squares) * static_cast<double>(*signals) *
                   static_cast<double>(*signals);
    }
  }

  std::size_t scratch() const override { return kSampleBlock * (inputs_ + squared_->size); }
  std::size_t weight_bytes() const override { return squared_->weight_bytes(); }

 private:
  std::unique_ptr<Layer> squared_;
  std::size_t inputs_;
};

}  // namespace

std::unique_ptr<WeightedSquares> squares_of_matrix(std::unique_ptr<Layer> squared,
                                                   std::size_t inputs) {
  return std::make_unique<MatrixSquares>(std::move(squared), inputs);
}

}  // namespace secateur::engine
