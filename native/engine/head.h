// The loss at the end of a network.
#pragma once

#include <vector>

#include "blocks.h"
#include "engine.h"
#include "losses.h"
#include "packed_network.h"

namespace secateur::engine {

kernels::LossKernel loss_kernel(Loss loss);

// Whether the loss compares with one label a sample; else with one value an output.
bool takes_labels(Loss loss);

// What the intact network predicts: a class a sample, or whether each score is above 0.
class Predictions {
 public:
  Predictions(const PackedNetwork& network, const Head& head, std::size_t samples);
  static std::size_t bytes(const PackedNetwork& network, const Head& head, std::size_t samples);

  // Reads those of consecutive samples off their scores.
  void read(const float* scores, Range samples);

  std::int32_t label(std::size_t sample) const { return labels_[sample]; }
  const std::uint8_t* sides(std::size_t sample) const { return sides_.data() + sample * width_; }

 private:
  std::size_t width_;
  std::vector<std::int32_t> labels_;
  std::vector<std::uint8_t> sides_;
};

// Measures rows of scores. One a thread: it holds what it hands to the kernel.
class HeadMeasure {
 public:
  // Flips are counted against `before`; none without it.
  HeadMeasure(const PackedNetwork& network, const Head& head, const Targets& targets,
              const Predictions* before = nullptr)
      : kernel_(loss_kernel(head.loss)),
        takes_labels_(engine::takes_labels(head.loss)),
        width_(network.size(head.layer)),
        targets_(&targets),
        before_(before) {}

  // Row r of `scores` ([samples.size(), width]) belongs to sample samples[r].
  void measure(const float* scores, std::span<const std::size_t> samples, kernels::RowLoss* out);

  // The same, in columns.
  void measure(const float* scores, std::span<const std::size_t> samples,
               const kernels::LossColumns& out);

  // Whether kernels::product_cross_entropy() does, for rows whose product with the matrix makes the
  // scores.
  bool joins(const std::optional<Layer::Matrix>& matrix) const;

  // The same for consecutive samples.
  void measure(const float* scores, Range samples, kernels::RowLoss* out);

 private:
  kernels::LossRows rows_of(const float* scores, std::span<const std::size_t> samples);

  kernels::LossKernel kernel_;
  bool takes_labels_;
  std::size_t width_;
  const Targets* targets_;
  const Predictions* before_;
  std::vector<std::size_t> samples_;
  std::vector<std::int32_t> labels_;
  std::vector<const float*> values_;
  std::vector<std::int32_t> predicted_;
  std::vector<const std::uint8_t*> sides_;
};

}  // namespace secateur::engine
