/// \file
/// Values as the scripts of the specification write them.

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "wasm/types.h"

namespace lind::spec {

/// A value as the host passes it: `low` alone, and for v128 its upper half in `high`.
struct Words {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

/// Words that a value takes in an argument or result list.
constexpr std::size_t num_words(wasm::ValueType type) {
  return type == wasm::ValueType::kV128 ? 2 : 1;
}

/// One lane of a vector, or a number.
struct Lane {
  enum class Kind : std::uint8_t {
    kBits,
    kCanonicalNan,   ///< either sign
    kArithmeticNan,  ///< any NaN whose highest payload bit is set
    kAnyReference,   ///< any but null
  };
  Kind kind = Kind::kBits;
  std::uint64_t bits = 0;
};

/// A value, or a pattern of values.
struct Value {
  wasm::ValueType type = wasm::ValueType::kI32;
  unsigned lane_bits = 32;  ///< 8, 16, 32 or 64
  std::vector<Lane> lanes;

  /// Requires: every lane is kBits.
  Words words() const;
  bool matches(Words words) const;
};

/// Reads {"type": ..., "lane_type": ..., "value": ...} of wast2json.
Value parse_value(const nlohmann::json& json);

/// "i32:0x7", for messages.
std::string to_string(wasm::ValueType type, Words words);
std::string to_string(const Value& value);

}  // namespace lind::spec
