// Prints one JSON object a line: first the limits of the machine, then a kernel and shape each.
// Ends with an error if a kernel is wrong, which is looked at before it is timed.
#include <algorithm>
#include <cstdio>

#include "case.h"
#include "machine.h"

using namespace secateur;
using namespace secateur::bench;

namespace {

void print_limits(simd::Isa isa) {
  std::printf(R"({"isa":"%s","gflops":%.1f)", std::string(simd::name(isa)).c_str(),
              fma_peak(isa) / 1e9);
  struct Level {
    const char* name;
    std::size_t bytes;
  };
  for (const auto& [name, bytes] : {Level{"16KiB", 1 << 14}, Level{"256KiB", 1 << 18},
                                    Level{"4MiB", 1 << 22}, Level{"256MiB", 1 << 28}})
    std::printf(R"(,"read%s":%.1f)", name, read_bandwidth(isa, bytes) / 1e9);
  std::printf("}\n");
}

// The limits stand beside each kernel, measured just before it: clocks rise and fall.
void print_case(const Case& measured, simd::Isa isa) {
  const double peak = fma_peak(isa);
  const double bandwidth = read_bandwidth(isa, static_cast<std::size_t>(measured.bytes));
  const double seconds = seconds_of(measured.run);
  const double least = std::max(measured.operations / peak, measured.bytes / bandwidth);
  std::printf(R"({"family":"%s","shape":"%s","nanoseconds":%.1f,"gflops":%.2f,"gbytes":%.2f,)"
              R"("percentOfPeak":%.1f,"percentOfRoofline":%.1f,"limit":"%s"})"
              "\n",
              measured.family.c_str(), measured.shape.c_str(), 1e9 * seconds,
              measured.operations / seconds / 1e9, measured.bytes / seconds / 1e9,
              100 * measured.operations / seconds / peak, 100 * least / seconds,
              measured.operations / peak >= measured.bytes / bandwidth ? "arithmetic" : "memory");
  std::fflush(stdout);
}

}  // namespace

int main() {
  const simd::Choice& chosen = simd::chosen();
  if (chosen.refused) {
    std::fprintf(stderr, "SECATEUR_ISA names no instruction set of this processor\n");
    return 2;
  }
  const kernels::Kernels& k = kernels::kernels(chosen.isa);
  print_limits(chosen.isa);
  for (const auto& family : {products(k), maps(k), losses(k)}) {
    for (const Case& measured : family) {
      measured.run();
      const double error = measured.error();
      if (!(error <= 1)) {
        std::fprintf(stderr, "%s, %s: %g times the error that its contract allows\n",
                     measured.family.c_str(), measured.shape.c_str(), error);
        return 1;
      }
      print_case(measured, chosen.isa);
    }
  }
  return 0;
}
