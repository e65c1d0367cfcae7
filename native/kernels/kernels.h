// Every kernel for one instruction set, chosen once per process.
#pragma once

#include <array>
#include <cstddef>

#include "backward.h"
#include "delta_conv.h"
#include "fast_conv.h"
#include "gemm.h"
#include "isa.h"
#include "losses.h"
#include "outer.h"
#include "pointwise.h"
#include "sized.h"
#include "tail.h"
#include "window.h"
#include "window_back.h"

namespace secateur::kernels {

struct Kernels {
  std::size_t panel;  // for pack()
  void (*gemm)(const GemmTile&) noexcept;
  void (*sized)(const SizedTile&) noexcept;
  void (*add_scaled_rows)(const ScaledRows&) noexcept;
  FindChanged find_changed;
  void (*delta_conv)(const DeltaConv&) noexcept;
  std::array<Pointwise, kPointwiseCount> pointwise;
  ScaleBytes scale_bytes;
  Subtract subtract;
  SplitRelu split_relu;
  Softmax softmax;
  MaxPool max_pool;
  AveragePool average_pool;
  GlobalAverage global_average;
  void (*depthwise)(const Depthwise&) noexcept;
  Affine affine;
  FinishRows finish_rows;
  FastTable fast;  // a row of kFastAxes each
  LossKernel cross_entropy;
  ProductLossKernel product_cross_entropy;
  ChangedLossKernel changed_cross_entropy;
  CountKept count_kept;
  AddPicked add_picked;
  TakePart take_part;
  Weigh weigh;
  AddTimes add_times;
  Divide divide;
  SlopeTable slopes;
  AddTap add_tap;
  AddActivations add_activations;
  SumAll sum_all;
  MaxPoolBack max_pool_back;
  SquaresBackwards squares_back;
  AveragePoolBack average_pool_back;
  DepthwiseBack depthwise_back;
  DepthwiseGradient depthwise_gradient;
  AddOuter add_outer;
  AddWindows add_windows;
  WeightedSquares weighted_squares;
  Turn turn;
};

// Those of simd::chosen().
const Kernels& kernels();

// Those of one instruction set, which must be supported.
const Kernels& kernels(simd::Isa isa);

extern const Kernels kScalarKernels;
extern const Kernels kNeonKernels;
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;

}  // namespace secateur::kernels
