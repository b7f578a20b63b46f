#include "value.h"

#include <stdexcept>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace lind::spec {
namespace {

using wasm::ValueType;

// Bits of a lane, or of a number, of the type that `name` names.
unsigned width_of(const std::string& name) {
  if (name == "i8") return 8;
  if (name == "i16") return 16;
  if (name == "i32" || name == "f32") return 32;
  return 64;
}

ValueType type_of(const std::string& name) {
  for (const ValueType type :
       {ValueType::kI32, ValueType::kI64, ValueType::kF32, ValueType::kF64, ValueType::kV128,
        ValueType::kFuncRef, ValueType::kExternRef, ValueType::kExnRef}) {
    if (name == wasm::to_string(type)) return type;
  }
  throw std::runtime_error(fmt::format("unknown value type {}", name));
}

std::uint64_t mask_of(unsigned num_bits) {
  return num_bits == 64 ? ~0ULL : (1ULL << num_bits) - 1;
}

Lane parse_lane(const std::string& text, unsigned num_bits) {
  if (text == "nan:canonical") return {.kind = Lane::Kind::kCanonicalNan};
  if (text == "nan:arithmetic") return {.kind = Lane::Kind::kArithmeticNan};
  const std::uint64_t bits =
      text.starts_with('-') ? static_cast<std::uint64_t>(std::stoll(text)) : std::stoull(text);
  return {.kind = Lane::Kind::kBits, .bits = bits & mask_of(num_bits)};
}

// Zero is the null reference, so the references that scripts number from zero start at one.
Lane parse_reference(const nlohmann::json& json) {
  if (!json.contains("value")) return {.kind = Lane::Kind::kAnyReference};
  const auto text = json.at("value").get<std::string>();
  return {.kind = Lane::Kind::kBits, .bits = text == "null" ? 0 : std::stoull(text) + 1};
}

std::uint64_t lane_of(Words words, std::size_t index, unsigned num_bits) {
  const std::size_t bit = index * num_bits;
  return (bit < 64 ? words.low >> bit : words.high >> (bit - 64)) & mask_of(num_bits);
}

bool lane_matches(const Lane& lane, std::uint64_t bits, unsigned num_bits) {
  const unsigned mantissa_bits = num_bits == 32 ? 23 : 52;
  const std::uint64_t sign = 1ULL << (num_bits - 1);
  const std::uint64_t quiet_nan = mask_of(num_bits) & ~sign & ~(mask_of(mantissa_bits - 1));
  switch (lane.kind) {
    case Lane::Kind::kBits:
      return bits == lane.bits;
    case Lane::Kind::kCanonicalNan:
      return (bits & ~sign) == quiet_nan;
    case Lane::Kind::kArithmeticNan:
      return (bits & quiet_nan) == quiet_nan;
    case Lane::Kind::kAnyReference:
      return bits != 0;
  }
  return false;
}

std::string to_string(const Lane& lane) {
  switch (lane.kind) {
    case Lane::Kind::kBits:
      return fmt::format("{:#x}", lane.bits);
    case Lane::Kind::kCanonicalNan:
      return "nan:canonical";
    case Lane::Kind::kArithmeticNan:
      return "nan:arithmetic";
    case Lane::Kind::kAnyReference:
      return "any reference";
  }
  return "unknown lane";
}

}  // namespace

Words Value::words() const {
  Words result;
  for (std::size_t index = 0; index < lanes.size(); ++index) {
    const std::size_t bit = index * lane_bits;
    (bit < 64 ? result.low : result.high) |= lanes[index].bits << (bit % 64);
  }
  return result;
}

bool Value::matches(Words words) const {
  for (std::size_t index = 0; index < lanes.size(); ++index) {
    if (!lane_matches(lanes[index], lane_of(words, index, lane_bits), lane_bits)) return false;
  }
  return true;
}

Value parse_value(const nlohmann::json& json) {
  const auto type_name = json.at("type").get<std::string>();
  Value value{.type = type_of(type_name), .lane_bits = width_of(type_name), .lanes = {}};
  if (wasm::is_reference(value.type)) {
    value.lanes.push_back(parse_reference(json));
  } else if (value.type == ValueType::kV128) {
    value.lane_bits = width_of(json.at("lane_type").get<std::string>());
    for (const auto& lane : json.at("value")) {
      value.lanes.push_back(parse_lane(lane.get<std::string>(), value.lane_bits));
    }
  } else if (json.contains("value")) {
    value.lanes.push_back(parse_lane(json.at("value").get<std::string>(), value.lane_bits));
  }
  return value;
}

std::string to_string(ValueType type, Words words) {
  if (type != ValueType::kV128) return fmt::format("{}:{:#x}", wasm::to_string(type), words.low);
  return fmt::format("v128:{:#018x}{:016x}", words.high, words.low);
}

std::string to_string(const Value& value) {
  std::string result(wasm::to_string(value.type));
  for (const Lane& lane : value.lanes)
    result += ":" + to_string(lane);
  return result;
}

}  // namespace lind::spec
