// Parallel work that ends in a fixed order.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace secateur::core {

// Threads that hold indices 0, 1, 2, ... take their turns in this order and wait for it. Unlike
// InOrder, which keeps what comes early, this needs no memory: good for results that are large.
class InTurn {
 public:
  // Calls body() when all smaller indices have had their turn. Not if abandon() came first.
  template <class Body>
  void take(std::size_t index, Body body) {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return next_ == index || abandoned_; });
    if (abandoned_) return;
    body();
    ++next_;
    moved_.notify_all();
  }

  // Somebody will never take his turn: nobody waits any more.
  void abandon() {
    {
      const std::scoped_lock lock(mutex_);
      abandoned_ = true;
    }
    moved_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable moved_;
  std::size_t next_ = 0;
  bool abandoned_ = false;
};

}  // namespace secateur::core
