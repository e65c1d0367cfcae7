// Errors as JavaScript sees them: an Error with a stable `code`.
#pragma once

#include <napi.h>

#include <string>

#include "engine.h"

namespace secateur::addon {

inline Napi::Error make_error(Napi::Env env, const char* code, const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

// For a call that does not fit the signatures of addon.cc.
[[noreturn]] inline void refuse(Napi::Env env, const std::string& message) {
  throw make_error(env, "ERR_ARGUMENT", message);
}

Napi::Error make_error(Napi::Env env, const engine::Status& status);

}  // namespace secateur::addon
