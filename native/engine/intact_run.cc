#include "intact_run.h"

namespace secateur::engine {

namespace {

std::vector<bool> with(std::vector<bool> layers, std::uint32_t layer) {
  layers[layer] = true;
  return layers;
}

}  // namespace

IntactRun::IntactRun(const PackedNetwork& network, const Samples& samples, const Head& head,
                     const Targets& targets, std::vector<bool> read)
    : network_(network),
      samples_(samples),
      head_(head),
      targets_(targets),
      plan_(network, with(std::move(read), head.layer)),
      rows_(engine::unit_rows(plan_.row_bytes())) {}

IntactRun::Seat IntactRun::seat(const Stop& stop) const {
  return {Worker(stop), HeadMeasure(network_, head_, targets_), IntactPass(network_, plan_, rows_)};
}

void IntactRun::keep(const std::vector<bool>& kept, std::size_t bytes) {
  baseline_.emplace(network_, head_, targets_, samples_.count);
  cache_.emplace(network_, kept, rows_, units(), bytes);
}

void IntactRun::measure(std::size_t index, Seat& seat) {
  for_each_unit(block(index), rows_, [&](Range unit) {
    if (seat.worker.stopped()) return;
    seat.pass.load(samples_, unit.first, unit.count);
    seat.pass.run(seat.worker);
    if (seat.worker.stopped()) return;
    baseline_->take(seat.pass.at(head_.layer), unit, seat.head);
    const std::size_t place = unit.first / rows_;
    if (cache_->holds(place)) cache_->keep(place, seat.pass);
  });
  baseline_->finish(index);
}

void IntactRun::load(Range unit, const std::vector<bool>& steps, bool wanted, Seat& seat) const {
  const std::size_t place = unit.first / rows_;
  const bool held = cache_->holds(place);
  if (wanted || !held) {
    seat.pass.load(samples_, unit.first, unit.count);
  } else {
    seat.pass.expect(unit.count);
  }
  if (held) {
    cache_->restore(place, seat.pass);
  } else {
    seat.pass.run(steps, seat.worker);
  }
}

}  // namespace secateur::engine
