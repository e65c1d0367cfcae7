#include "intact_cache.h"

#include <algorithm>

namespace secateur::engine {

IntactCache::IntactCache(const PackedNetwork& network, const std::vector<bool>& kept,
                         std::size_t unit_rows, std::size_t units, std::size_t memory) {
  for (std::uint32_t layer = PackedNetwork::kInput + 1; layer < kept.size(); ++layer) {
    if (!kept[layer]) continue;
    entries_.push_back({layer, network.size(layer), unit_floats_});
    unit_floats_ += unit_rows * network.size(layer);
  }
  units_ = entries_.empty() ? units : std::min(units, memory / sizeof(float) / unit_floats_);
  values_ = core::Buffer(units_ * unit_floats_);
}

void IntactCache::keep(std::size_t unit, const IntactPass& pass) {
  float* to = values_.data() + unit * unit_floats_;
  for (const Entry& entry : entries_)
    std::copy_n(pass.at(entry.layer), pass.count() * entry.size, to + entry.offset);
}

void IntactCache::restore(std::size_t unit, IntactPass& pass) const {
  const float* from = values_.data() + unit * unit_floats_;
  for (const Entry& entry : entries_) pass.use(entry.layer, from + entry.offset);
}

}  // namespace secateur::engine
