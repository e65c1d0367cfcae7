// Gradients of a convolution's kernel and bias.
#pragma once

#include "convolution.h"

namespace secateur::engine {

class ConvolutionGradients {
 public:
  explicit ConvolutionGradients(const Convolution& of);

  // As Layer::add_gradients(). Sums of the kernel lie as order() reads them.
  void add(const GradientStep& step, Worker& worker) const;
  void order(std::vector<double>& kernel_sums) const;

  std::size_t scratch() const;

  // Where windows and their runs begin in padded images that follow each other.
  struct Places {
    std::vector<std::uint32_t> starts;
    std::vector<std::uint32_t> runs;
    std::size_t length;  // of a run
  };

 private:
  void add_products(const GradientStep& step, Worker& worker) const;
  void add_windows(const GradientStep& step, Worker& worker) const;
  void add_filter(const GradientStep& step, const Places& places, const float* images,
                  std::size_t first, std::span<const float> signals, std::size_t filter,
                  Worker& worker) const;
  void pad(const float* image, float* padded) const;

  std::size_t padded_height() const;
  std::size_t padded_width() const;
  std::size_t padded_size() const { return padded_height() * padded_width() * of_.channels; }
  std::size_t samples_at_once() const;

  Convolution of_;
  // Whether a filter's sums are made window by window, where its signal is not 0, and lie side by
  // side: [filters, depth] instead of [depth, filters].
  bool by_filter_;
};

}  // namespace secateur::engine
