#include "isa.h"

#include <cstdlib>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

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

#if defined(__x86_64__)
namespace {

// What the processor can do, and which registers the system saves for its threads. What
// __builtin_cpu_supports asks says the same, and knows all processors by name, in 5 kB.
struct Features {
  unsigned basic = 0;
  unsigned extended = 0;
  unsigned saved = 0;

  bool has(unsigned of_basic, unsigned of_extended, unsigned of_saved) const {
    return (basic & of_basic) == of_basic && (extended & of_extended) == of_extended &&
           (saved & of_saved) == of_saved;
  }
};

Features find_features() {
  Features found;
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) != 0) found.basic = c;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0) found.extended = b;
  if ((found.basic & bit_OSXSAVE) != 0) asm("xgetbv" : "=a"(found.saved), "=d"(d) : "c"(0));
  return found;
}

// Virtual machines take long to answer.
const Features& features() {
  static const Features found = find_features();
  return found;
}

// Bits of `saved`: registers of 128 and 256 bits; masks, and both halves of those of 512 bits.
constexpr unsigned kSavedAvx = 0x06;
constexpr unsigned kSavedAvx512 = 0xe6;
constexpr unsigned kAvx512 = bit_AVX512F | bit_AVX512DQ | bit_AVX512VL | bit_AVX512BW;

}  // namespace
#endif

bool supported(Isa isa) {
  switch (isa) {
    case Isa::scalar:
      return true;
#if defined(__x86_64__)
    case Isa::avx2:
      return features().has(bit_OSXSAVE | bit_AVX | bit_FMA, bit_AVX2, kSavedAvx);
    case Isa::avx512:
      return supported(Isa::avx2) && features().has(0, kAvx512, kSavedAvx512);
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
