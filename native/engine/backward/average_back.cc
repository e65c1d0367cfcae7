#include "average_back.h"

#include <algorithm>

#include "parts.h"

namespace secateur::engine {

std::size_t hand_back_average(const Average& average, const BackwardRule& rule,
                              const HandBack& step, Worker& worker) {
  const auto& kernels = kernels::kernels();
  const bool passes = rule.type == BackwardRule::Type::pass;
  float* parts = worker.scratch(average_back_scratch(average.in, average.out));
  float* sums = parts + average.in;
  std::size_t dead = 0;
  for (std::size_t s = 0; s < step.count; ++s) {
    const float* image = step.inputs[0] + s * average.in;
    float* signal = step.signal + s * average.out;
    float* to = step.to[0] + s * average.in;
    if (passes) {
      kernels.take_part(kernel_part(rule.part), image, average.in, parts);
      average.forward(parts, sums);
      dead += kernels.divide(division(rule.stabiliser, signal, sums, average.out, signal));
    }
    std::fill_n(to, average.in, 0.0F);
    average.spread(signal, to);
    if (passes) kernels.weigh(kernels::Part::whole, parts, 1, to, average.in, false, to);
  }
  return dead;
}

}  // namespace secateur::engine
