#include "isa.h"

#include <cstdlib>

namespace secateur::simd {

namespace {

Choice choose() {
  Choice choice;
  for (const Isa isa : kAllIsas) {
    if (supported(isa)) choice.isa = isa;
  }
  const char* asked = std::getenv("SECATEUR_ISA");
  if (asked == nullptr || *asked == '\0') return choice;
  choice.asked = asked;
  choice.refused = true;
  for (const Isa isa : kAllIsas) {
    if (name(isa) == choice.asked && supported(isa)) {
      choice.isa = isa;
      choice.refused = false;
    }
  }
  return choice;
}

}  // namespace

std::string_view name(Isa isa) {
  constexpr std::array<std::string_view, kAllIsas.size()> names{"scalar", "neon", "avx2", "avx512"};
  return names[static_cast<std::size_t>(isa)];
}

bool supported(Isa isa) {
  switch (isa) {
    case Isa::scalar:
      return true;
#if defined(__x86_64__)
    case Isa::avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case Isa::avx512:
      return supported(Isa::avx2) && __builtin_cpu_supports("avx512f") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512bw");
#elif defined(__aarch64__)
    case Isa::neon:
      return true;
#endif
    default:
      return false;
  }
}

const Choice& chosen() {
  static const Choice choice = choose();
  return choice;
}

}  // namespace secateur::simd
