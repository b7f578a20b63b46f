#include "wasm/types.h"

#include <string_view>

namespace lind::wasm {

std::string_view to_string(ValueType type) noexcept {
  switch (type) {
    case ValueType::kI32:
      return "i32";
    case ValueType::kI64:
      return "i64";
    case ValueType::kF32:
      return "f32";
    case ValueType::kF64:
      return "f64";
    case ValueType::kV128:
      return "v128";
    case ValueType::kFuncRef:
      return "funcref";
    case ValueType::kExternRef:
      return "externref";
    case ValueType::kExnRef:
      return "exnref";
  }
  return "unknown type";
}

}  // namespace lind::wasm
