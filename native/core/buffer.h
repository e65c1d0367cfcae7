// Memory for numbers, aligned to cache lines.
#pragma once

#include <cstddef>
#include <limits>
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
  static float* allocate(std::size_t size) {
    if (size > std::numeric_limits<std::ptrdiff_t>::max() / sizeof(float)) throw std::bad_alloc();
    return static_cast<float*>(::operator new (size * sizeof(float), std::align_val_t{kAlignment}));
  }

  std::unique_ptr<float, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace secateur::core
