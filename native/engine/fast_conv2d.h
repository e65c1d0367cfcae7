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
  // the window is of another form. Follows from the shapes alone. With `pools`, of the outputs
  // that a pooling tail reads.
  static std::optional<std::size_t> choose(const kernels::Window& window, std::size_t channels,
                                           std::size_t filters, bool pools);

  FastConv2d(std::size_t choice, const kernels::Window& window, std::size_t channels,
             std::size_t filters, std::span<const float> kernel);

  // As Layer::forward_tailed(), of the images [height, width, channels].
  void forward(const TailedPass& pass, const float* bias, Worker& worker) const;

  bool can_pool() const { return axis_.out % 2 == 0; }

  double macs() const;
  std::size_t weight_bytes() const;
  std::size_t scratch() const;

 private:
  // Where the pixels of the tiles of an image lie: first numbers, or kOutside.
  static constexpr std::ptrdiff_t kOutside = -1;
  struct Tiles {
    std::size_t count = 0;
    std::vector<std::ptrdiff_t> reads;   // [tile][in x in]
    std::vector<std::ptrdiff_t> writes;  // [tile][out x out], or a quarter of them if it pools
  };
  Tiles lay_out(bool pools) const;
  static std::size_t tile_count(const kernels::FastAxis& axis, const kernels::Window& window,
                                bool pools);
  static double cost(const kernels::FastAxis& axis, std::size_t tiles, double channels,
                     double filters);

  void transform_images(RowList images, const Tiles& tiles, std::size_t first, std::size_t rows,
                        float* slabs) const;
  void multiply(std::size_t block, std::size_t rows, const float* slabs, float* products) const;
  void transform_products(const TailedPass& pass, const Tiles& tiles, std::size_t block,
                          std::size_t first, std::size_t rows, const float* products,
                          const float* bias) const;

  std::size_t slabs() const { return axis_.products * axis_.products; }
  std::size_t depth_blocks() const;
  std::size_t input_floats() const;
  std::size_t column_blocks() const;
  std::size_t columns(std::size_t block) const;
  std::size_t input_slab() const;
  std::size_t output_slab() const;

  const kernels::FastAxis& axis_;
  const kernels::FastTransforms& transforms_;
  kernels::Window window_;
  std::size_t channels_;
  std::size_t filters_;
  std::size_t slabs_side_by_side_;        // in a row of a tile of gemm.h
  std::vector<std::size_t> slab_starts_;  // by slab, in a depth block of the transformed images
  std::size_t rows_at_once_;
  std::vector<float> zeros_;
  std::vector<std::uint32_t> weight_rows_;
  std::vector<kernels::PackedMatrix> weights_;  // [column block][slab]
  Tiles tiles_;
  Tiles pooled_tiles_;  // if it can pool
};

}  // namespace secateur::engine
