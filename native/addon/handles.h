// Native objects in JavaScript's hands: tagged, so that no handle passes for another.
#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "engine.h"
#include "errors.h"
#include "task.h"

namespace secateur::addon {

// What a handle holds is shared with running work, so the garbage collector frees it only when nobody uses it.
template <class T>
using Handle = Napi::External<std::shared_ptr<T>>;

template <class T>
inline constexpr napi_type_tag kTag{};
template <>
inline constexpr napi_type_tag kTag<const engine::Network>{0x7d1f0a3c5b8e4926, 0x9c42e6b10f5d83a7};
template <>
inline constexpr napi_type_tag kTag<Task>{0x31b8c9d47ea60f52, 0xa6035fd28c917e4b};

// `let_go` runs when JavaScript has lost the handle.
template <class T, class LetGo>
Handle<T> wrap(Napi::Env env, std::shared_ptr<T> object, LetGo let_go) {
  auto box = std::make_unique<std::shared_ptr<T>>(std::move(object));
  const auto handle = Handle<T>::New(env, box.get(), [let_go](Napi::Env finalizing, std::shared_ptr<T>* lost) {
    const std::unique_ptr<std::shared_ptr<T>> owner(lost);
    if (*owner) let_go(finalizing, **owner);
  });
  box.release();  // the finalizer owns it from here on
  handle.TypeTag(&kTag<T>);
  return handle;
}

template <class T>
std::shared_ptr<T>& unwrap(const Napi::Value& value, const char* name) {
  if (!value.IsExternal() || !value.As<Handle<T>>().CheckTypeTag(&kTag<T>)) {
    refuse(value.Env(), std::string(name) + ": expected its handle");
  }
  std::shared_ptr<T>& object = *value.As<Handle<T>>().Data();
  if (!object) refuse(value.Env(), std::string(name) + ": it was released");
  return object;
}

}  // namespace secateur::addon
