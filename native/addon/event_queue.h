// A bounded queue between the engine's thread, which waits while it is full, and a reader that
// never waits.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "engine.h"

namespace secateur::addon {

class EventQueue final : public engine::Sink {
 public:
  // `knock` runs on the engine's thread when an event has come for a reader who found nothing
  // before.
  EventQueue(std::size_t capacity, std::function<void()> knock)
      : capacity_(capacity), knock_(std::move(knock)) {}

  bool take(const engine::Event& event) override;

  // Up to `limit` of the oldest events; none yet means that the next one knocks.
  std::vector<engine::Event> drain(std::size_t limit);

  // Forgets what waits and takes nothing more.
  void close();

  std::size_t size() const;

 private:
  const std::size_t capacity_;
  const std::function<void()> knock_;
  mutable std::mutex mutex_;
  std::condition_variable space_;
  std::deque<engine::Event> events_;
  bool reader_waits_ = false;
  bool closed_ = false;
};

}  // namespace secateur::addon
