/// \file
/// The types of WebAssembly.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace lind::wasm {

/// Numbers are those of the binary format.
enum class ValueType : std::uint8_t {
  kI32 = 0x7f,
  kI64 = 0x7e,
  kF32 = 0x7d,
  kF64 = 0x7c,
  kV128 = 0x7b,
  kFuncRef = 0x70,
  kExternRef = 0x6f,
  kExnRef = 0x69,
};

constexpr bool is_reference(ValueType type) noexcept {
  return type == ValueType::kFuncRef || type == ValueType::kExternRef || type == ValueType::kExnRef;
}

/// "i32", "funcref", ...
std::string_view to_string(ValueType type) noexcept;

/// A signature.  Two signatures are the same type when they are equal.
struct FuncType {
  std::vector<ValueType> params;
  std::vector<ValueType> results;

  friend bool operator==(const FuncType&, const FuncType&) = default;
};

/// Of a memory in wasm pages, of a table in entries.
struct Limits {
  std::uint64_t min = 0;
  std::optional<std::uint64_t> max;
};

struct TableType {
  ValueType element = ValueType::kFuncRef;
  Limits limits;
  ValueType address = ValueType::kI32;  ///< of an index: kI32 or kI64
};

struct MemoryType {
  Limits limits;
  bool is_shared = false;
  ValueType address = ValueType::kI32;  ///< kI32 or kI64
};

struct GlobalType {
  ValueType value = ValueType::kI32;
  bool is_mutable = false;
};

}  // namespace lind::wasm
