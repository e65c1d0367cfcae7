// Results of parallel work, taken in a fixed order.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <utility>

namespace secateur::core {

// Takes values that are ready in any order and hands them to `merge(index, value)` in the order of
// their indices 0, 1, 2, ..., from whichever thread brought the missing one. So sums do not depend
// on which thread was faster.
template <class Value, class Merge>
class InOrder {
 public:
  explicit InOrder(Merge merge) : merge_(std::move(merge)) {}

  void submit(std::size_t index, Value value) {
    const std::scoped_lock lock(mutex_);
    early_.emplace(index, std::move(value));
    for (auto next = early_.find(merged_); next != early_.end(); next = early_.find(merged_)) {
      merge_(merged_, next->second);
      early_.erase(next);
      ++merged_;
    }
  }

 private:
  Merge merge_;
  std::mutex mutex_;
  std::map<std::size_t, Value> early_;
  std::size_t merged_ = 0;
};

}  // namespace secateur::core
