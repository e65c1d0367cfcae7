#include "teller.h"

namespace secateur::engine {

namespace {

constexpr std::chrono::milliseconds kProgressEvery{120};

}  // namespace

void Teller::tell(const Event& event) {
  if (stop_.requested()) return;
  if (!sink_.take(event)) stop_.request();
}

void Teller::tell_baseline(const Baseline& baseline, std::size_t classes) {
  tell_classes(baseline.by_class(classes), 0);
  const Measured total = baseline.total();
  tell({.type = Event::Type::baseline, .first = total.loss_sum, .second = total.correct});
}

void Teller::tell_classes(const ClassSums& sums, std::size_t node) {
  for (std::size_t label = 0; label < sums.classes(); ++label) {
    const Measured of = sums.of(label, node);
    tell({.type = Event::Type::label,
          .index = static_cast<std::uint32_t>(label),
          .first = of.loss_sum,
          .second = of.correct,
          .third = sums.samples(label)});
  }
}

void Teller::tell_progress(double share) {
  const Clock::time_point now = Clock::now();
  if (now - progress_told_ < kProgressEvery) return;
  progress_told_ = now;
  tell({.type = Event::Type::progress, .first = share * static_cast<double>(samples_)});
}

}  // namespace secateur::engine
