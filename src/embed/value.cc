#include <lind/value.h>

#include "vmabi/object_format.h"

namespace lind::embed {
namespace {

#define LIND_SAME(name) \
  static_assert(static_cast<int>(ValueType::k##name) == static_cast<int>(vmabi::ValueKind::k##name))
LIND_SAME(I32);
LIND_SAME(I64);
LIND_SAME(F32);
LIND_SAME(F64);
LIND_SAME(V128);
LIND_SAME(FuncRef);
LIND_SAME(ExternRef);
LIND_SAME(ExnRef);
#undef LIND_SAME

std::string to_string(const std::vector<ValueType>& types) {
  std::string text = "(";
  for (const ValueType type : types) {
    if (text.size() > 1) text += ", ";
    text += embed::to_string(type);
  }
  return text + ")";
}

}  // namespace

std::string to_string(ValueType type) {
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

std::string to_string(const FunctionType& type) {
  return to_string(type.params) + " -> " + to_string(type.results);
}

}  // namespace lind::embed
