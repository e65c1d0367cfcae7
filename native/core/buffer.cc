#include "buffer.h"

#include <limits>

namespace secateur::core {

float* Buffer::allocate(std::size_t size) {
  if (size > std::numeric_limits<std::ptrdiff_t>::max() / sizeof(float)) throw std::bad_alloc();
  return static_cast<float*>(::operator new (size * sizeof(float), std::align_val_t{kAlignment}));
}

}  // namespace secateur::core
