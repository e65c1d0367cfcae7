// How samples are cut: blocks, whose sums are merged in order, and units within them, which pass
// through the network together.
#pragma once

#include <algorithm>
#include <cstddef>

#include "engine.h"

namespace secateur::engine {

struct Range {
  std::size_t first;
  std::size_t count;
};

inline std::size_t block_count(std::size_t samples) {
  return (samples + kSampleBlock - 1) / kSampleBlock;
}

inline Range block_at(std::size_t block, std::size_t samples) {
  const std::size_t first = block * kSampleBlock;
  return {first, std::min(kSampleBlock, samples - first)};
}

// Calls body(range) for the units of `rows` samples of a block.
template <class Body>
void for_each_unit(Range block, std::size_t rows, Body body) {
  for (std::size_t offset = 0; offset < block.count; offset += rows) {
    body(Range{block.first + offset, std::min(rows, block.count - offset)});
  }
}

}  // namespace secateur::engine
