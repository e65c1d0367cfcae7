#include "spec.h"

#include <algorithm>

namespace secateur::engine {

std::optional<std::size_t> product(std::span<const std::size_t> shape) {
  std::size_t size = 1;
  for (const std::size_t length : shape) {
    if (length == 0 || length > kLargestSize / size) return std::nullopt;
    size *= length;
  }
  return size;
}

std::string to_string(std::span<const std::size_t> shape) {
  std::string text = "[";
  for (const std::size_t length : shape)
    text += (text.size() > 1 ? ", " : "") + std::to_string(length);
  return text + "]";
}

bool SpecReader::fail(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem);
  return false;
}

bool SpecReader::expect_counts(std::size_t inputs, std::size_t ints, std::size_t floats,
                               std::size_t weights) {
  const auto counted = [this](const char* what, std::size_t expected, std::size_t count) {
    return count == expected || fail("expected " + std::to_string(expected) + " " + what +
                                     ", got " + std::to_string(count));
  };
  return counted("inputs", inputs, inputs_.size()) && counted("ints", ints, spec_.ints.size()) &&
         counted("floats", floats, spec_.floats.size()) &&
         counted("weights", weights, spec_.weights.size());
}

bool SpecReader::expect_image() {
  return input().size() == 3 ||
         fail("expected an image [height, width, channels], got " + to_string(input()));
}

bool SpecReader::expect_shape(const Shape& shape) {
  return spec_.shape == shape ||
         fail("expected the shape " + to_string(shape) + ", got " + to_string(spec_.shape));
}

bool SpecReader::expect_weights(std::size_t index, std::size_t size, bool optional) {
  const std::size_t got = spec_.weights[index].size();
  return got == size || (optional && got == 0) ||
         fail("expected " + std::to_string(size) + " numbers in weight " + std::to_string(index) +
              ", got " + std::to_string(got));
}

bool SpecReader::expect_at_least(std::size_t first, std::size_t count, std::int32_t least) {
  const auto ints = std::span(spec_.ints).subspan(first, count);
  return std::ranges::all_of(ints, [least](std::int32_t value) { return value >= least; }) ||
         fail("ints " + std::to_string(first) + " to " + std::to_string(first + count - 1) +
              " must be " + std::to_string(least) + " or more");
}

std::vector<float> SpecReader::weights(std::size_t index, std::size_t size, float absent) const {
  const auto given = spec_.weights[index];
  return given.empty() ? std::vector<float>(size, absent)
                       : std::vector<float>(given.begin(), given.end());
}

std::optional<kernels::Window> SpecReader::window() {
  if (!expect_image() || !expect_at_least(0, 6, 1) || !expect_at_least(6, 4, 0))
    return std::nullopt;
  kernels::Window w{};
  w.in_height = static_cast<std::ptrdiff_t>(input()[0]);
  w.in_width = static_cast<std::ptrdiff_t>(input()[1]);
  w.height = integer(0), w.width = integer(1);
  w.stride_y = integer(2), w.stride_x = integer(3);
  w.dilation_y = integer(4), w.dilation_x = integer(5);
  w.top = integer(6), w.left = integer(8);
  const std::ptrdiff_t room_y =
      w.in_height + w.top + integer(7) - ((w.height - 1) * w.dilation_y + 1);
  const std::ptrdiff_t room_x =
      w.in_width + w.left + integer(9) - ((w.width - 1) * w.dilation_x + 1);
  if (room_y < 0 || room_x < 0) {
    fail("the window is larger than its input " + to_string(input()) + " with its padding");
    return std::nullopt;
  }
  w.out_height = room_y / w.stride_y + 1;
  w.out_width = room_x / w.stride_x + 1;
  return w;
}

}  // namespace secateur::engine
