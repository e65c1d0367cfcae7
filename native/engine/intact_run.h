// The intact network on all samples of a run: the baseline, and the values that sweeps and sets
// read, unit by unit, kept from the first pass where memory allows, computed again elsewhere.
#pragma once

#include <optional>

#include "baseline.h"
#include "intact_cache.h"
#include "intact_pass.h"

namespace secateur::engine {

class IntactRun {
 public:
  // What a thread brings along.
  struct Seat {
    Worker worker;
    HeadMeasure head;
    IntactPass pass;
  };

  // The layers in `read`, and the head, have values. What is handed in has to stay.
  IntactRun(const PackedNetwork& network, const Samples& samples, const Head& head,
            const Targets& targets, std::vector<bool> read);

  const IntactPlan& plan() const { return plan_; }
  std::size_t blocks() const { return block_count(samples_.count); }
  Range block(std::size_t index) const { return block_at(index, samples_.count); }
  std::size_t unit_rows() const { return rows_; }

  // Memory of the run, and of each seat.
  std::size_t bytes() const { return Baseline::bytes(network_, head_, samples_.count); }
  std::size_t seat_bytes() const {
    return IntactPass::bytes(plan_, rows_) + network_.scratch_bytes();
  }
  Seat seat(const Stop& stop) const;

  // Has to come before all that follows: values of the layers in `kept` may take so many bytes.
  void keep(const std::vector<bool>& kept, std::size_t bytes);

  // Measures a block of samples, whose last unit's values the pass then holds. All blocks have to
  // be measured before load().
  void measure(std::size_t block, Seat& seat);

  // The values of a unit: kept ones, else by these steps of the plan. The samples only if they are
  // `wanted`, or needed for that.
  void load(Range unit, const std::vector<bool>& steps, bool wanted, Seat& seat) const;

  Baseline& baseline() { return *baseline_; }
  const Baseline& baseline() const { return *baseline_; }

  // The part of the units that load() has to compute again.
  double computed_again() const { return 1 - cache_->share(units()); }

 private:
  std::size_t units() const { return (samples_.count + rows_ - 1) / rows_; }

  const PackedNetwork& network_;
  const Samples& samples_;
  const Head& head_;
  const Targets& targets_;
  IntactPlan plan_;
  std::size_t rows_;
  std::optional<Baseline> baseline_;
  std::optional<IntactCache> cache_;
};

}  // namespace secateur::engine
