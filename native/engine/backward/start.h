// The signal at the scores.
#pragma once

#include "blocks.h"
#include "packed_network.h"
#include "propagation.h"

namespace secateur::engine {

// Writes the signals at the head for samples `unit`, whose scores are given: [unit.count, width].
void start_signals(const PropagationJob& job, std::size_t width, const float* scores, Range unit,
                   float* signals);

// Whether the start asks for one label a sample.
bool starts_by_label(Start start);

}  // namespace secateur::engine
