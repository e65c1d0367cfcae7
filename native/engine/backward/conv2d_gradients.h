// Gradients of a convolution's kernel and bias.
#pragma once

#include "convolution.h"

namespace secateur::engine {

class ConvolutionGradients {
 public:
  explicit ConvolutionGradients(const Convolution& of);

  // As Layer::add_gradients(). Sums of the kernel lie as collect() reads them.
  void add(const GradientStep& step, Worker& worker) const;
  void collect(const float* kernel_sums, std::vector<double>& to) const;

  std::size_t scratch() const;

 private:
  void add_products(const GradientStep& step, Worker& worker) const;
  void add_windows(const GradientStep& step, Worker& worker) const;
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
