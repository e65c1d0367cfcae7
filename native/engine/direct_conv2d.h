// A convolution that reads every tap where it lies in the padded image, through
// kernels/delta_conv.h: nothing is gathered.
#pragma once

#include <vector>

#include "kernels.h"
#include "layer.h"

namespace secateur::engine {

class DirectConv2d {
 public:
  // Whether it pays: several taps, enough neighbours in a row of outputs, little padding, and
  // weights that stay in a second-level cache. Follows from the shapes alone.
  static bool fits(const kernels::Window& window, std::size_t channels, std::size_t filters);

  DirectConv2d(const kernels::Window& window, std::size_t channels, std::size_t filters);

  // As Layer::forward_tailed(), of the images [height, width, channels]; weights
  // [taps, channels][filters].
  void forward(const TailedPass& pass, const kernels::PackedMatrix& weights, const float* bias,
               Worker& worker) const;

  std::size_t scratch() const { return padded_floats() + pooled_rows(); }

 private:
  std::size_t padded_floats() const { return padded_height_ * padded_width_ * channels_; }
  std::size_t pooled_rows() const {  // numbers of two rows of outputs
    return 2 * static_cast<std::size_t>(window_.out_width) * filters_;
  }
  void pad(const float* image, float* padded) const;

  kernels::Window window_;
  std::size_t channels_;
  std::size_t filters_;
  std::size_t padded_height_;  // as far as windows see
  std::size_t padded_width_;
  std::vector<std::uint32_t> offsets_;  // of taps and channels, in the padded image
  std::vector<std::uint32_t> weight_rows_;
};

}  // namespace secateur::engine
