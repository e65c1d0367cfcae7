// Work split over threads.
#pragma once

#include <cstddef>
#include <functional>

namespace secateur::core {

// Calls task(index, worker) once for every index below `count`, on the calling thread (worker 0)
// and `workers` - 1 others, handing indices out in rising order as threads become free. `between`
// runs on the calling thread between its tasks and, when none is left, every few milliseconds until
// the others are done. The first exception that leaves a task stops the handing out and is thrown
// again here. Threads last for one call: a call does milliseconds of work at least, starting a
// thread takes microseconds, and so no idle thread has to be owned, woken or stopped.
void parallel_for(std::size_t workers, std::size_t count,
                  const std::function<void(std::size_t index, std::size_t worker)>& task,
                  const std::function<void()>& between = {});

}  // namespace secateur::core
