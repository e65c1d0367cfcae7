// The product behind a relu, where single numbers in front of the relu's own product change.
//
// Most samples switch on many of the units that most samples of their block do. With R these usual
// units, relu(z) = R z + max(s z, 0), s being -1 in R and 1 elsewhere. The first part is linear:
// what a change of a node makes of it is a multiple of a row that is known once a block. The second
// is 0 but where a sample departs from what is usual, and products skip zeros.
#pragma once

#include <vector>

#include "intact_pass.h"
#include "kernels.h"
#include "strategy.h"

namespace secateur::engine {

class ReluProduct {
 public:
  // Whether the sweep begins with an update that ends in a relu and with the product behind it, of
  // a size that makes it pay, in a network so small that every unit of samples is a whole block.
  // Every node has to change all units: then no relu absorbs a change where a unit is on, and where
  // none is, nothing is split and such a change stays exactly 0. `unit_changes` is what the update
  // adds for each node: [node][unit].
  static bool fits(const SweepTask& task, const float* unit_changes);
  // Whatever the changes are.
  static std::size_t bytes(const SweepTask& task);

  ReluProduct(const SweepTask& task, const float* unit_changes);

  // Begins a block of samples.
  void begin(const IntactPass& intact, Worker& worker);

  // Changes of one sample: row i belongs to node first_node + picked[i] and the change
  // factors[picked[i]] of it.
  struct Rows {
    std::size_t unit_row;
    std::size_t first_node;
    const float* factors;
    std::span<const std::uint32_t> picked;
  };
  // Writes the second part [row, unit] and what the first makes of the outputs [row, output],
  void start(const IntactPass& intact, const Rows& rows, float* departures, float* out) const;
  // to which this adds what the second does, for any rows.
  void finish(const float* departures, std::size_t rows, float* out, Worker& worker) const;

 private:
  // Rows of units in both parts: R x and s x.
  struct Split {
    Split(std::size_t rows, std::size_t units) : linear(rows * units), turned(rows * units) {}
    core::Buffer linear;
    core::Buffer turned;
  };

  void find_usual(const IntactPass& intact);
  bool is_usual(const float* row) const;
  void split(const float* row, Split& to, std::size_t at) const {
    kernels::kernels().split_relu(row, usual_.data(), units_, to.linear.data() + at * units_,
                                  to.turned.data() + at * units_);
  }
  void multiply(const Split& rows, std::size_t count, const float* init, core::Buffer& out,
                Worker& worker);

  const FullStep& update_;
  const FullStep& product_;
  Layer::Matrix matrix_;
  std::size_t nodes_;
  std::size_t units_;
  std::size_t width_;
  const float* unit_changes_;
  std::vector<std::uint32_t> weight_rows_;
  std::vector<float> zeros_;
  std::vector<const float*> list_;

  // Of a block.
  std::vector<std::uint32_t> votes_;  // by unit: samples that have it on
  std::vector<std::int32_t> usual_;   // by unit: all bits set, or none
  std::vector<bool> is_split_;        // by sample
  Split samples_;                     // in front of the relu
  core::Buffer base_;                 // [sample, output]: from the first part, or the bias alone
  Split changes_;                     // those of each node
  core::Buffer linear_changes_;       // [node, output]: what they make of the first part
};

}  // namespace secateur::engine
