#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

#include "in_order.h"
#include "isa.h"
#include "parallel.h"
#include "support.h"

using namespace secateur;

TEST_CASE("parallel_for: runs every index once, on workers below the number asked for") {
  for (const std::size_t workers : {1, 2, 3, 9}) {
    std::vector<std::atomic<int>> runs(100);
    std::atomic<std::size_t> highest{0};
    core::parallel_for(workers, runs.size(), [&](std::size_t index, std::size_t worker) {
      ++runs[index];
      if (worker > highest) highest = worker;
    });
    for (const auto& count : runs) CHECK(count == 1);
    CHECK(highest < workers);
  }
}

TEST_CASE("parallel_for: throws a task's exception after all threads have ended") {
  std::atomic<int> inside{0};
  const auto run = [&] {
    core::parallel_for(3, 50, [&](std::size_t index, std::size_t) {
      ++inside;
      if (index == 7) throw std::runtime_error("seven");
      --inside;
    });
  };
  CHECK_THROWS_WITH_AS(run(), "seven", std::runtime_error);
  CHECK(inside == 1);
}

TEST_CASE("parallel_for: ends its threads when what runs in between throws") {
  std::atomic<bool> called{false};
  const auto wait = [&](std::size_t, std::size_t worker) {
    while (worker != 0 && !called) std::this_thread::yield();  // leaves work for the calling thread
  };
  const auto between = [&] {
    called = true;
    throw std::runtime_error("between");
  };
  CHECK_THROWS_WITH_AS(core::parallel_for(3, 50, wait, between), "between", std::runtime_error);
}

TEST_CASE("InOrder: merges in the order of the indices whatever the order of arrival") {
  std::string merged;
  const auto merge = [&merged](std::size_t index, char letter) {
    merged += std::to_string(index) + letter;
  };
  core::InOrder<char, decltype(merge)> order(merge);
  order.submit(2, 'c');
  CHECK(merged.empty());
  order.submit(0, 'a');
  CHECK(merged == "0a");
  order.submit(1, 'b');
  CHECK(merged == "0a1b2c");
}

#if defined(__x86_64__)
TEST_CASE("instruction sets: those that the compiler's library finds") {
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512bw");
  CHECK(simd::supported(simd::Isa::avx2) == avx2);
  CHECK(simd::supported(simd::Isa::avx512) == avx512);
}
#endif
