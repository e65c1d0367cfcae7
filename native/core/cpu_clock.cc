#include "cpu_clock.h"

#include <chrono>
#include <ctime>

namespace secateur::core {

double cpu_seconds() {
#if defined(CLOCK_THREAD_CPUTIME_ID)
  timespec now;
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0)
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
#endif
  const auto now_somehow = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now_somehow).count();
}

}  // namespace secateur::core
