#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "isa.h"

int main(int argc, char** argv) {
  if (secateur::simd::chosen().refused) {
    constexpr int kSkipped = 77;  // CTest prints that the test was skipped
    return kSkipped;
  }
  return doctest::Context(argc, argv).run();
}
