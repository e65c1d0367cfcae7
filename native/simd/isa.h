// Which instruction sets there are, which of them this processor has, and which one the kernels
// use.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace secateur::simd {

enum class Isa : std::uint8_t { scalar, neon, avx2, avx512 };

// Worst first.
inline constexpr std::array kAllIsas{Isa::scalar, Isa::neon, Isa::avx2, Isa::avx512};

std::string_view name(Isa isa);

// Whether this build has kernels for `isa` and this processor can run them.
bool supported(Isa isa);

// The choice of the process, made once: the best supported set, or the one that SECATEUR_ISA names.
struct Choice {
  Isa isa = Isa::scalar;
  bool refused = false;         // SECATEUR_ISA names a set that is unknown or not supported here
  std::string_view asked = {};  // what SECATEUR_ISA says
};
const Choice& chosen();

}  // namespace secateur::simd
