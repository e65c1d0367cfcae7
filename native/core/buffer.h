// Memory for numbers, aligned to cache lines.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>

namespace secateur::core {

inline constexpr std::size_t kAlignment = 64;

// A fixed number of floats, not initialised: large buffers are written by the threads that use
// them, and their pages are then first touched there. Throws std::bad_alloc.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t size) : data_(allocate(size)), size_(size) {}

  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  std::span<float> span() { return {data(), size_}; }

 private:
  struct Free {
    void operator()(float* data) const { ::operator delete (data, std::align_val_t{kAlignment}); }
  };
  static float* allocate(std::size_t size);

  std::unique_ptr<float, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace secateur::core
