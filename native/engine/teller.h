// Tells the sink of a run what is found, and how far the run is.
#pragma once

#include <chrono>

#include "baseline.h"
#include "layer.h"

namespace secateur::engine {

class Teller {
 public:
  // Of a run over so many samples; stops it when nobody listens any more.
  Teller(Sink& sink, Stop& stop, std::size_t samples)
      : sink_(sink), stop_(stop), samples_(samples) {}

  void tell(const Event& event);

  // The intact network, its classes in front.
  void tell_baseline(const Baseline& baseline, std::size_t classes);
  void tell_classes(const ClassSums& sums, std::size_t node);

  // Of all work; told a few times a second.
  void tell_progress(double share);

 private:
  using Clock = std::chrono::steady_clock;

  Sink& sink_;
  Stop& stop_;
  std::size_t samples_;
  Clock::time_point progress_told_ = Clock::now();
};

}  // namespace secateur::engine
