#include "errors.h"

#include <utility>

namespace secateur::addon {
namespace {

using Code = engine::Status::Code;

constexpr std::pair<Code, const char*> kCodes[] = {
    {Code::cancelled, "ERR_ABORTED"},
    {Code::invalid, "ERR_NATIVE"},
    {Code::out_of_memory, "ERR_LIMIT"},
};

}  // namespace

Napi::Error make_error(Napi::Env env, const engine::Status& status) {
  const char* name = "ERR_NATIVE";
  for (const auto& [code, text] : kCodes) {
    if (code == status.code) name = text;
  }
  return make_error(env, name, status.message);
}

}  // namespace secateur::addon
