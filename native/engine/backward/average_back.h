// What averages hand back.
#pragma once

#include "layer.h"

namespace secateur::engine {

// How an average works on one image of `in` numbers that it makes `out` numbers of.
struct Average {
  std::size_t in;
  std::size_t out;
  // The average of an image; and every signal spread over the numbers that it averages, added to
  // them.
  std::function<void(const float* image, float* averages)> forward;
  std::function<void(const float* signal, float* image)> spread;
};

// `gradient` spreads the signal; `pass` shares it in proportion to part(x) of each number.
std::size_t hand_back_average(const Average& average, const BackwardRule& rule,
                              const HandBack& step, Worker& worker);

// Of an average: numbers of Worker::scratch() that this takes.
inline std::size_t average_back_scratch(std::size_t in, std::size_t out) { return in + out; }

}  // namespace secateur::engine
