{
  "targets": [{
    "target_name": "<(name)",
    "sources": ["<@(core_sources)", "<@(simd_sources)", "<@(kernels_sources)", "<@(engine_sources)", "<@(addon_sources)"],
    "include_dirs": [
      "native/core", "native/simd", "native/kernels", "native/engine", "native/addon",
      "<!(node -p \"require('node-addon-api').include_dir\")"
    ],
    "defines": ["<@(addon_defines)"],
    "cflags": ["<@(cflags_unix)"],
    "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
    "cflags_cc": ["-std=c++20", "-fexceptions"],
    "xcode_settings": {
      "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
      "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
      "MACOSX_DEPLOYMENT_TARGET": "11.0",
      "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
      "OTHER_CFLAGS": ["<@(cflags_unix)"]
    },
    "conditions": [["OS=='linux'", {
      "libraries": ["-lpthread"],
      "ldflags": ["<@(ldflags_linux)", "-Wl,--version-script=<(module_root_dir)/native/exports.map"]
    }]]
  }]
}
