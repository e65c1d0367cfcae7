#include "engine.h"
#include "isa.h"

namespace secateur::engine {

std::string instruction_set() { return std::string(simd::name(simd::chosen().isa)); }

std::vector<std::string> supported_instruction_sets() {
  std::vector<std::string> names;
  for (const simd::Isa isa : simd::kAllIsas) {
    if (simd::supported(isa)) names.emplace_back(simd::name(isa));
  }
  return names;
}

}  // namespace secateur::engine
