// What comes from JavaScript, checked: nothing that passes makes the engine read or write out of
// bounds. First every property is read, then the views are taken, since a getter could take memory
// away in between.
#pragma once

#include <napi.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine.h"
#include "errors.h"

namespace secateur::addon {

// Doubles hold every integer up to here.
inline constexpr double kMaxInteger = 9007199254740991;

// All of these throw a JavaScript error that names the argument.
double read_number(const Napi::Value& value, const std::string& name);
std::uint64_t read_integer(const Napi::Value& value, const std::string& name, double min,
                           double max);
bool read_boolean(const Napi::Value& value, const std::string& name);
std::string read_string(const Napi::Value& value, const std::string& name);
Napi::Object read_object(const Napi::Value& value, const std::string& name);
Napi::Array read_list(const Napi::Value& value, const std::string& name);
Napi::Function read_function(const Napi::Value& value, const std::string& name);
Napi::TypedArray read_numbers(const Napi::Value& value, const std::string& name);

// Every element of a list through `read(value, name)`.
template <class Read>
auto read_each(const Napi::Value& value, const std::string& name, Read read) {
  const Napi::Array list = read_list(value, name);
  std::vector<decltype(read(value, name))> elements;
  const std::uint32_t length = list.Length();
  for (std::uint32_t i = 0; i < length; ++i) {
    elements.push_back(read(list.Get(i), name + "[" + std::to_string(i) + "]"));
  }
  return elements;
}

// The entry of a table of names that the text names.
template <class Choice, std::size_t kCount>
Choice read_choice(const Napi::Value& value, const std::string& name,
                   const std::pair<const char*, Choice> (&table)[kCount]) {
  const std::string text = read_string(value, name);
  std::string known;
  for (const auto& [word, choice] : table) {
    if (text == word) return choice;
    known += (known.empty() ? "" : ", ") + std::string(word);
  }
  refuse(value.Env(), name + ": expected one of " + known);
}

engine::Options read_options(const Napi::Value& value);
std::uint32_t read_layer(const Napi::Value& value, const std::string& name,
                         const engine::Network& network);

struct SamplesArgument {
  Napi::TypedArray x;
  std::uint64_t count;
  float scale;
};
SamplesArgument read_samples(const Napi::Value& value);

struct LabelledArgument {
  SamplesArgument samples;
  Napi::TypedArray targets;
  engine::Head head;
};
LabelledArgument read_labelled(const Napi::Value& samples, const Napi::Value& targets,
                               const Napi::Value& head, const engine::Network& network);

struct SweepArgument {
  std::uint32_t site;
  Napi::TypedArray nodes;
  Napi::TypedArray values;
  std::optional<Napi::TypedArray> before;
};
std::vector<SweepArgument> read_sweeps(const Napi::Value& value, const engine::Network& network);

struct CutsArgument {
  Napi::TypedArray sites;
  Napi::TypedArray nodes;
  Napi::TypedArray values;
};
CutsArgument read_cuts(const Napi::Value& value);

struct SetsArgument {
  Napi::TypedArray members;
  Napi::TypedArray ends;
  Napi::TypedArray grows;
  std::optional<Napi::TypedArray> before;
};
SetsArgument read_sets(const Napi::Value& value);

// The layers with views of their weights, valid until JavaScript runs again.
std::vector<engine::LayerSpec> read_layers(const Napi::Value& value);

template <class T>
inline constexpr napi_typedarray_type kArrayType = napi_uint8_array;
template <>
inline constexpr napi_typedarray_type kArrayType<float> = napi_float32_array;
template <>
inline constexpr napi_typedarray_type kArrayType<double> = napi_float64_array;
template <>
inline constexpr napi_typedarray_type kArrayType<std::int32_t> = napi_int32_array;
template <>
inline constexpr napi_typedarray_type kArrayType<std::uint32_t> = napi_uint32_array;

// The array's memory, valid while the array is pinned and its buffer is not transferred away.
template <class T>
std::span<T> view(const Napi::TypedArray& array, const std::string& name) {
  if (array.TypedArrayType() != kArrayType<T>)
    refuse(array.Env(), name + ": a typed array of the wrong type");
  auto exact = array.As<Napi::TypedArrayOf<T>>();
  return {exact.Data(), exact.ElementLength()};
}

// The same, `count` times `size` numbers long.
template <class T>
std::span<T> view(const Napi::TypedArray& array, const std::string& name, std::uint64_t count,
                  std::uint64_t size) {
  const std::span<T> numbers = view<T>(array, name);
  const bool overflows = size != 0 && count > UINT64_MAX / size;
  if (overflows || numbers.size() != count * size) {
    refuse(array.Env(), name + ": expected " + std::to_string(count) + " x " +
                            std::to_string(size) + " numbers but it has " +
                            std::to_string(numbers.size()));
  }
  return numbers;
}

engine::Samples view_samples(const SamplesArgument& argument, const engine::Network& network);
engine::Targets view_targets(const LabelledArgument& argument, const engine::Network& network);
engine::Sweep copy_sweep(const SweepArgument& argument, const engine::Network& network);

// What the engine checks itself: which layers, nodes and sets there are.
std::vector<engine::Cut> copy_cuts(const CutsArgument& argument);
engine::CutSets copy_sets(const SetsArgument& argument);

}  // namespace secateur::addon
