// Time that other programs of the machine do not count in.
#pragma once

namespace secateur::core {

// Seconds of processor time that the calling thread has used; where the system does not tell, of
// any clock that only goes forward.
double cpu_seconds();

}  // namespace secateur::core
