// Every layer kind that the engine knows.
#pragma once

#include <memory>
#include <string_view>

#include "spec.h"

namespace secateur::engine {

// Makes the layer that `spec` describes, or notes a problem there and gives null.
using MakeLayer = std::unique_ptr<Layer> (*)(SpecReader& spec);

// The row of a kind, which is what stands before a colon in LayerSpec::kind; null if there is none.
MakeLayer find_layer(std::string_view kind);

std::unique_ptr<Layer> make_input(SpecReader& spec);
std::unique_ptr<Layer> make_dense(SpecReader& spec);
std::unique_ptr<Layer> make_conv2d(SpecReader& spec);
std::unique_ptr<Layer> make_depthwise_conv2d(SpecReader& spec);
std::unique_ptr<Layer> make_batch_norm(SpecReader& spec);
std::unique_ptr<Layer> make_activation(SpecReader& spec);
std::unique_ptr<Layer> make_max_pool2d(SpecReader& spec);
std::unique_ptr<Layer> make_avg_pool2d(SpecReader& spec);
std::unique_ptr<Layer> make_global_avg_pool2d(SpecReader& spec);
std::unique_ptr<Layer> make_reshape(SpecReader& spec);
std::unique_ptr<Layer> make_add(SpecReader& spec);
std::unique_ptr<Layer> make_multiply(SpecReader& spec);
std::unique_ptr<Layer> make_concat(SpecReader& spec);
std::unique_ptr<Layer> make_zero_pad2d(SpecReader& spec);

}  // namespace secateur::engine
