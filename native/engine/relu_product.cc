#include "relu_product.h"

#include <algorithm>
#include <limits>

#include "matmul.h"

namespace secateur::engine {

namespace {

// With fewer units there is little to leave out; more nodes or outputs leave a second-level cache.
constexpr std::size_t kLeastUnits = 32;
constexpr std::size_t kMostChanges = std::size_t{1} << 15;

bool is_relu(const Tail& tail) {
  return tail.only_clamps() && tail.numbers().least == 0 &&
         tail.numbers().most == std::numeric_limits<float>::infinity();
}

bool reads(const PackedNetwork& network, const FullStep& step, std::uint32_t layer) {
  return step.other == layer || std::ranges::count(network.layer(step.layer).inputs, layer) > 0;
}

// Whatever layers a plan keeps.
bool blocks_are_units(const PackedNetwork& network) {
  std::size_t floats = 0;
  for (std::size_t layer = 0; layer < network.layer_count(); ++layer) floats += network.size(layer);
  return unit_rows(floats * sizeof(float)) == kSampleBlock;
}

bool may_fit(const SweepTask& task) {
  const auto steps = std::span(task.plan.full_steps);
  if (steps.size() < 3) return false;
  const auto matrix = task.network.layer(steps[1].layer).matrix();
  const std::uint32_t relu = steps[0].last;
  return steps[0].how == FullStep::How::update && is_relu(steps[0].tail) &&
         steps[1].how == FullStep::How::recompute && matrix && matrix->weights->finite &&
         (steps[1].tail.empty() || steps[1].tail.only_clamps()) &&
         reads(task.network, steps[1], relu) &&
         std::ranges::none_of(
             steps.subspan(2),
             [&](const FullStep& step) { return reads(task.network, step, relu); }) &&
         matrix->weights->depth >= kLeastUnits &&
         task.sweep.nodes.size() * matrix->weights->width <= kMostChanges &&
         blocks_are_units(task.network);
}

}  // namespace

bool ReluProduct::fits(const SweepTask& task, const float* unit_changes) {
  if (!may_fit(task)) return false;
  const std::size_t count =
      task.sweep.nodes.size() * task.network.size(task.plan.full_steps[0].layer);
  return std::all_of(unit_changes, unit_changes + count, [](float change) { return change != 0; });
}

std::size_t ReluProduct::bytes(const SweepTask& task) {
  if (!may_fit(task)) return 0;
  const kernels::PackedMatrix& weights =
      *task.network.layer(task.plan.full_steps[1].layer).matrix()->weights;
  const std::size_t rows = task.unit_rows + task.sweep.nodes.size();
  return rows * ((2 * weights.depth + weights.width) * sizeof(float) + sizeof(const float*));
}

ReluProduct::ReluProduct(const SweepTask& task, const float* unit_changes)
    : update_(task.plan.full_steps[0]),
      product_(task.plan.full_steps[1]),
      matrix_(*task.network.layer(product_.layer).matrix()),
      nodes_(task.sweep.nodes.size()),
      units_(matrix_.weights->depth),
      width_(matrix_.weights->width),
      unit_changes_(unit_changes),
      weight_rows_(all_rows(units_)),
      zeros_(std::max(units_, width_), 0.0F),
      votes_(units_),
      usual_(units_),
      is_split_(task.unit_rows),
      samples_(task.unit_rows, units_),
      base_(task.unit_rows * width_),
      changes_(nodes_, units_),
      linear_changes_(nodes_ * width_) {}

void ReluProduct::begin(const IntactPass& intact, Worker& worker) {
  find_usual(intact);
  for (std::size_t row = 0; row < intact.count(); ++row) {
    const float* z = intact.at(update_.layer, row);
    is_split_[row] = is_usual(z);
    split(is_split_[row] ? z : zeros_.data(), samples_, row);
  }
  for (std::size_t node = 0; node < nodes_; ++node)
    split(unit_changes_ + node * units_, changes_, node);
  multiply(samples_, intact.count(), matrix_.bias, base_, worker);
  multiply(changes_, nodes_, zeros_.data(), linear_changes_, worker);
}

void ReluProduct::find_usual(const IntactPass& intact) {
  std::ranges::fill(votes_, 0);
  for (std::size_t row = 0; row < intact.count(); ++row) {
    const float* z = intact.at(update_.layer, row);
    for (std::size_t unit = 0; unit < units_; ++unit) votes_[unit] += z[unit] > 0 ? 1 : 0;
  }
  std::ranges::transform(votes_, usual_.begin(),
                         [&](std::uint32_t votes) { return 2 * votes > intact.count() ? -1 : 0; });
}

// Whether more of the usual units are on than off: then fewer numbers depart from R than from 0.
bool ReluProduct::is_usual(const float* row) const {
  std::int32_t balance = 0;
  for (std::size_t unit = 0; unit < units_; ++unit)
    balance -= row[unit] > 0 ? usual_[unit] : -usual_[unit];
  return balance > 0;
}

void ReluProduct::multiply(const Split& rows, std::size_t count, const float* init,
                           core::Buffer& out, Worker& worker) {
  list_.clear();
  for (std::size_t row = 0; row < count; ++row) list_.push_back(rows.linear.data() + row * units_);
  multiply_rows(*matrix_.weights, weight_rows_, list_.data(), count, init, {}, out.data(), worker);
}

void ReluProduct::start(const IntactPass& intact, const Rows& rows, float* departures,
                        float* out) const {
  const std::size_t row = rows.unit_row;
  const bool split = is_split_[row];
  const float* of_nodes = split ? changes_.turned.data() : unit_changes_;
  const float* base = base_.data() + row * width_;
  kernels::kernels().add_scaled_rows(
      {.init = split ? samples_.turned.data() + row * units_ : intact.at(update_.layer, row),
       .factors = rows.factors,
       .weights = of_nodes + rows.first_node * units_,
       .width = units_,
       .picked = rows.picked,
       .out = departures,
       .least = 0});
  if (!split) {
    for (std::size_t i = 0; i < rows.picked.size(); ++i)
      std::copy_n(base, width_, out + i * width_);
    return;
  }
  kernels::kernels().add_scaled_rows({.init = base,
                                      .factors = rows.factors,
                                      .weights = linear_changes_.data() + rows.first_node * width_,
                                      .width = width_,
                                      .picked = rows.picked,
                                      .out = out});
}

void ReluProduct::finish(const float* departures, std::size_t rows, float* out,
                         Worker& worker) const {
  add_products(*matrix_.weights, weight_rows_, departures, rows, product_.tail, out, worker);
}

}  // namespace secateur::engine
