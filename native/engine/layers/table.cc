#include "table.h"

#include <array>
#include <utility>

namespace secateur::engine {

MakeLayer find_layer(std::string_view kind) {
  static constexpr std::array<std::pair<std::string_view, MakeLayer>, 14> kLayers{{
      {"input", &make_input},
      {"dense", &make_dense},
      {"conv2d", &make_conv2d},
      {"depthwiseConv2d", &make_depthwise_conv2d},
      {"batchNorm", &make_batch_norm},
      {"activation", &make_activation},
      {"maxPool2d", &make_max_pool2d},
      {"avgPool2d", &make_avg_pool2d},
      {"globalAvgPool2d", &make_global_avg_pool2d},
      {"reshape", &make_reshape},
      {"add", &make_add},
      {"multiply", &make_multiply},
      {"concat", &make_concat},
      {"zeroPad2d", &make_zero_pad2d},
  }};
  for (const auto& [name, make] : kLayers) {
    if (name == kind) return make;
  }
  return nullptr;
}

}  // namespace secateur::engine
