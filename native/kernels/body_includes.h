// What the generic bodies need of the standard library: included before a target region opens, so
// that nothing of it is compiled for an instruction set that other files must not see.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "kernels.h"
