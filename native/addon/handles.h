// Native objects in JavaScript's hands: tagged, so that no handle passes for another. They are
// wrapped in plain objects, since what Node allocates for an External is lost when a thread is
// terminated.
#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <utility>

#include "engine.h"
#include "errors.h"
#include "task.h"

namespace secateur::addon {

template <class T>
inline constexpr napi_type_tag kTag{};
template <>
inline constexpr napi_type_tag kTag<const engine::Network>{0x7d1f0a3c5b8e4926, 0x9c42e6b10f5d83a7};
template <>
inline constexpr napi_type_tag kTag<Task>{0x31b8c9d47ea60f52, 0xa6035fd28c917e4b};

// A handle that shares `object` with running work, so that it is freed when nobody uses it.
// `on_lost` runs when the garbage collector has taken the handle.
template <auto on_lost, class T>
Napi::Object wrap(Napi::Env env, std::shared_ptr<T> object) {
  auto box = std::make_unique<std::shared_ptr<T>>(std::move(object));
  const auto finalize = [](napi_env finalizing, void* data, void*) {
    const std::unique_ptr<std::shared_ptr<T>> lost(static_cast<std::shared_ptr<T>*>(data));
    if (*lost) on_lost(Napi::Env(finalizing), **lost);
  };
  const Napi::Object handle = Napi::Object::New(env);
  if (napi_wrap(env, handle, box.get(), finalize, nullptr, nullptr) != napi_ok)
    throw Napi::Error::New(env);
  box.release();  // the finalizer owns it from here on
  handle.TypeTag(&kTag<T>);
  return handle;
}

template <class T>
std::shared_ptr<T>& unwrap(const Napi::Value& value, const char* name) {
  void* box = nullptr;
  const bool tagged = value.IsObject() && value.As<Napi::Object>().CheckTypeTag(&kTag<T>);
  if (!tagged || napi_unwrap(value.Env(), value, &box) != napi_ok) {
    refuse(value.Env(), std::string(name) + ": expected its handle");
  }
  std::shared_ptr<T>& object = *static_cast<std::shared_ptr<T>*>(box);
  if (!object) refuse(value.Env(), std::string(name) + ": it was released");
  return object;
}

}  // namespace secateur::addon
