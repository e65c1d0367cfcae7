// A convolution of 3 x 3 taps through the algorithms of kernels/fast_conv.h: tiles of the image are
// transformed, multiplied with transformed taps, one matrix product a slab, and transformed back.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "kernels.h"
#include "layer.h"

namespace secateur::engine {

class FastConv2d {
 public:
  // The row of kernels::kFastAxes that costs least, or nullopt if taking every tap costs less or
  // the window is of another form. Follows from the shapes alone.
  static std::optional<std::size_t> choose(const kernels::Window& window, std::size_t channels,
                                           std::size_t filters);

  FastConv2d(std::size_t choice, const kernels::Window& window, std::size_t channels,
             std::size_t filters, std::span<const float> kernel);

  // As Layer::forward(), of the images [height, width, channels].
  void forward(RowList images, std::size_t count, const float* bias, float* out,
               Worker& worker) const;

  double macs() const;
  std::size_t weight_bytes() const;
  std::size_t scratch() const;

 private:
  void transform_images(RowList images, std::size_t first, std::size_t rows, float* slabs) const;
  void multiply(std::size_t block, std::size_t rows, const float* slabs, float* products) const;
  void transform_products(std::size_t block, std::size_t first, std::size_t rows,
                          const float* products, const float* bias, float* out) const;

  std::size_t tiles() const { return tiles_y_ * tiles_x_; }
  std::size_t slabs() const { return axis_.products * axis_.products; }
  std::size_t depth_blocks() const;
  std::size_t column_blocks() const;
  std::size_t columns(std::size_t block) const;
  std::size_t input_slab() const;
  std::size_t output_slab() const;

  const kernels::FastAxis& axis_;
  const kernels::FastTransforms& transforms_;
  kernels::Window window_;
  std::size_t channels_;
  std::size_t filters_;
  std::size_t tiles_y_;
  std::size_t tiles_x_;
  std::size_t rows_at_once_;
  std::vector<float> zeros_;
  std::vector<std::uint32_t> weight_rows_;
  std::vector<kernels::PackedMatrix> weights_;  // [column block][slab]
};

}  // namespace secateur::engine
