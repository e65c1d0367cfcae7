// Reads one LayerSpec, trusting nothing: every check notes the first thing that is wrong.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine.h"
#include "layer.h"
#include "window.h"

namespace secateur::engine {

// Numbers of a layer's value that the engine takes: sizes in bytes of 64 samples then stay far from
// overflow.
inline constexpr std::size_t kLargestSize = std::size_t{1} << 40;

// The product of a shape of positive sizes, nullopt beyond kLargestSize.
std::optional<std::size_t> product(std::span<const std::size_t> shape);

std::string to_string(std::span<const std::size_t> shape);

class SpecReader {
 public:
  SpecReader(const LayerSpec& spec, std::vector<const Layer*> inputs, std::string_view variant)
      : spec_(spec), inputs_(std::move(inputs)), variant_(variant) {}

  const std::string& problem() const { return problem_; }
  std::string_view variant() const { return variant_; }  // "relu" of the kind "activation:relu"

  // Each of these is true if all is well.
  bool fail(std::string problem);
  bool expect_counts(std::size_t inputs, std::size_t ints, std::size_t floats, std::size_t weights);
  bool expect_image();  // that the input is [height, width, channels]
  bool expect_shape(const Shape& shape);
  bool expect_weights(std::size_t index, std::size_t size, bool optional = false);
  bool expect_at_least(std::size_t first, std::size_t count, std::int32_t least);  // of ints

  std::size_t input_count() const { return inputs_.size(); }
  const Shape& input(std::size_t index = 0) const { return inputs_[index]->shape; }
  std::size_t input_size(std::size_t index = 0) const { return inputs_[index]->size; }
  const Shape& shape() const { return spec_.shape; }
  std::int32_t integer(std::size_t index) const { return spec_.ints[index]; }
  std::size_t natural(std::size_t index) const {
    return static_cast<std::size_t>(spec_.ints[index]);
  }
  double number(std::size_t index) const { return spec_.floats[index]; }

  // The weights at `index`, or `size` times `absent` where there are none.
  std::vector<float> weights(std::size_t index, std::size_t size, float absent) const;
  std::span<const float> weights(std::size_t index) const { return spec_.weights[index]; }

  // The window that the ten ints "kh kw sh sw dh dw top bottom left right" describe over the input;
  // nullopt with a problem noted if they do not fit.
  std::optional<kernels::Window> window();

 private:
  const LayerSpec& spec_;
  std::vector<const Layer*> inputs_;
  std::string_view variant_;
  std::string problem_;
};

}  // namespace secateur::engine
