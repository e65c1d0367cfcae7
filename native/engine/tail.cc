#include "tail.h"

namespace secateur::engine {

bool Tail::append(Part part) {
  if (last_ >= part) return false;
  last_ = part;
  return true;
}

bool Tail::scale(const float* scale, const float* shift) {
  if (!append(Part::scale)) return false;
  numbers_.scale = scale;
  numbers_.shift = shift;
  return true;
}

bool Tail::add() {
  if (!append(Part::add)) return false;
  adds_ = true;
  return true;
}

bool Tail::clamp(float least, float most) {
  if (!append(Part::clamp)) return false;
  numbers_.least = least;
  numbers_.most = most;
  return true;
}

bool Tail::pool() { return append(Part::pool); }

}  // namespace secateur::engine
