{
  "variables": {
    "name": "secateur",
    "core_sources": ["native/core/parallel.cc"],
    "simd_sources": ["native/simd/isa.cc"],
    "kernels_sources": [
      "native/kernels/gemm.cc",
      "native/kernels/kernels.cc",
      "native/kernels/kernels_avx2.cc",
      "native/kernels/kernels_avx512.cc",
      "native/kernels/kernels_neon.cc",
      "native/kernels/kernels_scalar.cc",
      "native/kernels/losses.cc",
      "native/kernels/pointwise.cc"
    ],
    "engine_sources": [
      "native/engine/ablate.cc",
      "native/engine/checks.cc",
      "native/engine/head.cc",
      "native/engine/instruction_sets.cc",
      "native/engine/intact_cache.cc",
      "native/engine/intact_pass.cc",
      "native/engine/layer.cc",
      "native/engine/layers/activation.cc",
      "native/engine/layers/batch_norm.cc",
      "native/engine/layers/combine.cc",
      "native/engine/layers/concat.cc",
      "native/engine/layers/conv2d.cc",
      "native/engine/layers/dense.cc",
      "native/engine/layers/depthwise_conv2d.cc",
      "native/engine/layers/global_avg_pool2d.cc",
      "native/engine/layers/input.cc",
      "native/engine/layers/pool2d.cc",
      "native/engine/layers/reshape.cc",
      "native/engine/layers/table.cc",
      "native/engine/layers/zero_pad2d.cc",
      "native/engine/matmul.cc",
      "native/engine/measure.cc",
      "native/engine/packed_network.cc",
      "native/engine/spec.cc",
      "native/engine/sweep_plan.cc",
      "native/engine/sweep_sums.cc",
      "native/engine/tile.cc"
    ],
    "addon_sources": [
      "native/addon/ablation.cc",
      "native/addon/addon.cc",
      "native/addon/arguments.cc",
      "native/addon/errors.cc",
      "native/addon/event_queue.cc",
      "native/addon/queries.cc",
      "native/addon/task.cc"
    ],
    "addon_defines": ["NAPI_VERSION=9", "NAPI_CPP_EXCEPTIONS", "NODE_ADDON_API_CPP_EXCEPTIONS_ALL", "NODE_ADDON_API_DISABLE_DEPRECATED", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
    "cflags_unix": ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fvisibility=hidden", "-ffunction-sections", "-Wall", "-Wextra"],
    "ldflags_linux": ["-static-libstdc++", "-static-libgcc", "-Wl,--exclude-libs,ALL", "-Wl,-z,relro,-z,now", "-Wl,--gc-sections"]
  }
}
