{
  "variables": {
    "name": "secateur",
    "core_sources": ["native/core/parallel.cc"],
    "simd_sources": ["native/simd/isa.cc"],
    "kernels_sources": ["native/kernels/kernels.cc"],
    "engine_sources": ["native/engine/engine.cc"],
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
