#include "event_queue.h"

#include <algorithm>
#include <utility>

namespace secateur::addon {

bool EventQueue::take(const engine::Event& event) {
  bool knock = false;
  {
    std::unique_lock lock(mutex_);
    space_.wait(lock, [&] { return closed_ || events_.size() < capacity_; });
    if (closed_) return false;
    events_.push_back(event);
    knock = std::exchange(reader_waits_, false);
  }
  if (knock) knock_();
  return true;
}

std::vector<engine::Event> EventQueue::drain(std::size_t limit) {
  std::vector<engine::Event> taken;
  {
    const std::lock_guard lock(mutex_);
    const auto count = static_cast<std::ptrdiff_t>(std::min(limit, events_.size()));
    taken.assign(events_.begin(), events_.begin() + count);
    events_.erase(events_.begin(), events_.begin() + count);
    reader_waits_ = taken.empty();
  }
  space_.notify_one();
  return taken;
}

void EventQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    events_.clear();
  }
  space_.notify_one();
}

std::size_t EventQueue::size() const {
  const std::lock_guard lock(mutex_);
  return events_.size();
}

}  // namespace secateur::addon
