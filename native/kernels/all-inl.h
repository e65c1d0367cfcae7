// All generic bodies and the table of them, for the namespace of one instruction set.

#include "tail-inl.h"
// After tail-inl.h, with which products end.
#include "changed_losses-inl.h"
#include "fast_conv-inl.h"
#include "gemm-inl.h"
// After gemm-inl.h, whose panels it shares.
#include "delta_conv-inl.h"
#include "losses-inl.h"
#include "pointwise-inl.h"
#include "window-inl.h"

inline constexpr Kernels kTable{.panel = kPanel,
                                .gemm = &gemm,
                                .add_scaled_rows = &add_scaled_rows,
                                .find_changed = &find_changed,
                                .delta_conv = &delta_conv,
                                .pointwise = kPointwise,
                                .scale_bytes = &scale_bytes,
                                .softmax = &softmax,
                                .max_pool = &max_pool,
                                .average_pool = &average_pool,
                                .global_average = &global_average,
                                .depthwise = &depthwise,
                                .affine = &affine,
                                .finish_rows = &finish_rows,
                                .fast = kFast,
                                .cross_entropy = &cross_entropy,
                                .changed_cross_entropy = &changed_cross_entropy};
