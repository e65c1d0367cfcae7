// Numbers on their way to JavaScript.
#pragma once

#include <napi.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace secateur::addon {

inline Napi::Float64Array to_array(Napi::Env env, const std::vector<double>& numbers) {
  auto array = Napi::Float64Array::New(env, numbers.size());
  std::copy(numbers.begin(), numbers.end(), array.Data());
  return array;
}

// A list with make(element) of each element.
template <class Element, class Make>
Napi::Array to_list(Napi::Env env, const std::vector<Element>& elements, Make make) {
  auto list = Napi::Array::New(env, elements.size());
  for (std::uint32_t i = 0; i < elements.size(); ++i) list[i] = make(elements[i]);
  return list;
}

}  // namespace secateur::addon
