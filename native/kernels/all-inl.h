// All generic bodies and the table of them, for the namespace of one instruction set.

#include "tail-inl.h"
// After tail-inl.h, with which products end.
#include "changed_losses-inl.h"
#include "fast_conv-inl.h"
#include "gemm-inl.h"
// After gemm-inl.h, whose panels it shares.
#include "delta_conv-inl.h"
#include "losses-inl.h"
#include "outer-inl.h"
// After gemm-inl.h and losses-inl.h, which it joins.
#include "pointwise-inl.h"
#include "product_losses-inl.h"
#include "sized-inl.h"
#include "window-inl.h"
// After the last two, whose functions and windows it goes back through.
#include "backward-inl.h"
#include "window_back-inl.h"

inline constexpr Kernels kTable{.panel = kPanel,
                                .gemm = &gemm,
                                .sized = &sized,
                                .add_scaled_rows = &add_scaled_rows,
                                .find_changed = &find_changed,
                                .delta_conv = &delta_conv,
                                .pointwise = kPointwise,
                                .scale_bytes = &scale_bytes,
                                .subtract = &subtract,
                                .split_relu = &split_relu,
                                .softmax = &softmax,
                                .max_pool = &max_pool,
                                .average_pool = &average_pool,
                                .global_average = &global_average,
                                .depthwise = &depthwise,
                                .affine = &affine,
                                .finish_rows = &finish_rows,
                                .fast = kFast,
                                .cross_entropy = &cross_entropy,
                                .product_cross_entropy = &product_cross_entropy,
                                .changed_cross_entropy = &changed_cross_entropy,
                                .count_kept = &count_kept,
                                .add_picked = &add_picked,
                                .take_part = &take_part,
                                .weigh = &weigh,
                                .add_times = &add_times,
                                .divide = &divide,
                                .slopes = kSlopes,
                                .add_tap = &add_tap,
                                .add_activations = &add_activations,
                                .sum_all = &sum_all,
                                .max_pool_back = &max_pool_back,
                                .squares_back = &squares_back,
                                .average_pool_back = &average_pool_back,
                                .depthwise_back = &depthwise_back,
                                .depthwise_gradient = &depthwise_gradient,
                                .add_outer = &add_outer,
                                .add_windows = &add_windows,
                                .weighted_squares = &weighted_squares,
                                .turn = &turn};
