#include "changed_tally.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels.h"

namespace secateur::engine {

void ChangedTally::begin() {
  for (std::vector<double>* sums : {&direct_, &excess_, &kept_, &turned_, &stayed_})
    std::ranges::fill(*sums, 0);
}

// A right answer flips where it is right no more; only wrong ones are looked at again.
void ChangedTally::add(kernels::ChangedScores in, std::int32_t predicted, std::size_t first,
                       std::optional<kernels::ChangedSums> besides) {
  const bool right = in.label == predicted;
  std::vector<double>& correct = right ? kept_ : turned_;
  const std::array sums{
      kernels::ChangedSums{direct_.data() + first, excess_.data() + first, correct.data() + first},
      besides.value_or(kernels::ChangedSums{})};
  kernels::kernels().changed_cross_entropy(in, std::span(sums).first(besides ? 2 : 1));
  if (right) return;
  in.label = predicted;
  kernels::kernels().count_kept(in, stayed_.data() + first);
}

kernels::RowLoss ChangedTally::loss(std::size_t row) const {
  return {direct_[row], static_cast<float>(excess_[row]),
          static_cast<float>(kept_[row] + turned_[row]),
          static_cast<float>(1 - kept_[row] - stayed_[row])};
}

Measured ChangedTally::of(std::size_t row, std::size_t samples) const {
  return {direct_[row] + std::log1p(excess_[row]), kept_[row] + turned_[row],
          static_cast<double>(samples) - kept_[row] - stayed_[row]};
}

}  // namespace secateur::engine
