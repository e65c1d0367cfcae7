// Gradients of a convolution's kernel and bias.
#pragma once

#include <memory>

#include "convolution.h"
#include "weighted_squares.h"

namespace secateur::engine {

// Where windows and their runs begin in padded images that follow each other.
struct WindowPlaces {
  std::vector<std::uint32_t> starts;
  std::vector<std::uint32_t> runs;
  std::size_t length;  // of a run
};

class ConvolutionGradients {
 public:
  explicit ConvolutionGradients(const Convolution& of);

  // As Layer::add_gradients(). Sums of the kernel lie as order() reads them.
  void add(const GradientStep& step, Worker& worker) const;
  void order(std::vector<double>& kernel_sums) const;

  // As Layer::weighted_squares().
  std::unique_ptr<WeightedSquares> squares(std::span<const float> kernel) const;

  std::size_t scratch() const;

 private:
  class Squares;
  ConvolutionGradients(const Convolution& of, bool by_filter) : of_(of), by_filter_(by_filter) {}

  void add_products(const GradientStep& step, Worker& worker) const;
  void add_windows(const GradientStep& step, Worker& worker) const;

  // Samples whose windows are summed up at once: one after the other, or as many as are there.
  enum class Together : std::uint8_t { one, all };
  // Calls body(filter, windows) for all filters and samples whose signal is not 0.
  template <class Body>
  void each_filter(const float* inputs, const float* signals, std::size_t count, Together together,
                   Worker& worker, Body body) const;

  void pad(const float* image, float* padded) const;
  WindowPlaces places(std::size_t images) const;

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
