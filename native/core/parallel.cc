#include "parallel.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace secateur::core {

namespace {

constexpr std::chrono::milliseconds kBetweenPause{5};

class Region {
 public:
  Region(std::size_t count, const std::function<void(std::size_t, std::size_t)>& task)
      : count_(count), task_(task) {}

  // Runs one task; false if none is left.
  bool step(std::size_t worker) {
    const std::size_t index = next_.fetch_add(1, std::memory_order_relaxed);
    if (index >= count_) return false;
    guard([&] { task_(index, worker); });
    return true;
  }

  // Calls body(); an exception ends the handing out.
  template <class Body>
  void guard(Body body) {
    try {
      body();
    } catch (...) {
      const std::scoped_lock lock(mutex_);
      if (!error_) error_ = std::current_exception();
      next_.store(count_, std::memory_order_relaxed);
    }
  }

  void work(std::size_t worker) {
    while (step(worker)) {
    }
    const std::scoped_lock lock(mutex_);
    --others_;
    done_.notify_one();
  }

  void join(std::vector<std::thread>& threads, const std::function<void()>& between) {
    for (std::unique_lock lock(mutex_); others_ > 0;) {
      done_.wait_for(lock, kBetweenPause);
      lock.unlock();
      if (between) guard(between);
      lock.lock();
    }
    for (std::thread& thread : threads) thread.join();
    if (error_) std::rethrow_exception(error_);
  }

  void expect_one_more() {
    const std::scoped_lock lock(mutex_);
    ++others_;
  }
  void expect_one_less() {
    const std::scoped_lock lock(mutex_);
    --others_;
  }

 private:
  const std::size_t count_;
  const std::function<void(std::size_t, std::size_t)>& task_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::condition_variable done_;
  std::size_t others_ = 0;
  std::exception_ptr error_;
};

}  // namespace

void parallel_for(std::size_t workers, std::size_t count,
                  const std::function<void(std::size_t, std::size_t)>& task,
                  const std::function<void()>& between) {
  Region region(count, task);
  std::vector<std::thread> threads;
  threads.reserve(workers);
  for (std::size_t worker = 1; worker < std::min(workers, count); ++worker) {
    region.expect_one_more();
    try {
      threads.emplace_back([&region, worker] { region.work(worker); });
    } catch (const std::system_error&) {
      // The system has no thread left to give: the work is done by those that there are.
      region.expect_one_less();
      break;
    }
  }
  while (region.step(0)) {
    if (between) region.guard(between);
  }
  region.join(threads, between);
}

}  // namespace secateur::core
