// Checks of what a caller hands to a run, and the run's share of memory.
#pragma once

#include <new>
#include <stdexcept>

#include "engine.h"
#include "packed_network.h"

namespace secateur::engine {

Status invalid(std::string message);

Status check_layer(const PackedNetwork& network, std::uint32_t layer);
Status check_samples(const PackedNetwork& network, const Samples& samples);
Status check_targets(const PackedNetwork& network, const Head& head, const Targets& targets,
                     std::size_t count);
Status check_sweep(const PackedNetwork& network, const Sweep& sweep);
Status check_cut(const PackedNetwork& network, const Cut& cut);
Status check_sets(const CutSets& sets, std::size_t cuts);

// How many threads, at most `options.threads`, may each take `each` bytes beside `fixed` ones;
// out_of_memory if not one.
Status workers_that_fit(const Options& options, std::size_t fixed, std::size_t each,
                        std::size_t& workers);

// Ends a run: cancelled if `stopped`.
Status finished(bool stopped);

// Calls body(), which returns a Status, and turns a lack of memory into one.
template <class Body>
Status guarded(Body body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return {Status::Code::out_of_memory,
            "the system refused memory; run with fewer threads or a smaller budget"};
  } catch (const std::length_error&) {
    return {Status::Code::out_of_memory, "the run needs more numbers than memory can hold"};
  }
}

}  // namespace secateur::engine
