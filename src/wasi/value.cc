#include <bit>
#include <charconv>
#include <limits>

#include <fmt/core.h>

#include "wasi/value_internal.h"

namespace lind::wasi {
namespace {

using vmabi::ValueKind;

Error no_value(ValueKind kind, const std::string& text) {
  return Error(fmt::format("{} is no {}", text, kind_name(kind)));
}

// The magnitude of an integer with an optional sign.
bool parse_integer(std::string_view text, bool* is_negative, std::uint64_t* magnitude) {
  *is_negative = text.starts_with('-');
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, *magnitude, base);
  return error == std::errc() && stop == end;
}

template <typename Unsigned>
ErrorOr<std::uint64_t> parse_integer_of(ValueKind kind, const std::string& text) {
  bool is_negative = false;
  std::uint64_t magnitude = 0;
  constexpr auto kLowest = std::uint64_t{std::numeric_limits<Unsigned>::max() / 2} + 1;
  if (!parse_integer(text, &is_negative, &magnitude) ||
      magnitude > (is_negative ? kLowest : std::uint64_t{std::numeric_limits<Unsigned>::max()})) {
    return no_value(kind, text);
  }
  return std::uint64_t{static_cast<Unsigned>(is_negative ? 0 - magnitude : magnitude)};
}

template <typename Float>
ErrorOr<Float> parse_float(ValueKind kind, const std::string& text) {
  Float value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return no_value(kind, text);
  return value;
}

}  // namespace

std::string_view kind_name(ValueKind kind) noexcept {
  switch (kind) {
    case ValueKind::kI32:
      return "i32";
    case ValueKind::kI64:
      return "i64";
    case ValueKind::kF32:
      return "f32";
    case ValueKind::kF64:
      return "f64";
    case ValueKind::kV128:
      return "v128";
    case ValueKind::kFuncRef:
      return "funcref";
    case ValueKind::kExternRef:
      return "externref";
    case ValueKind::kExnRef:
      return "exnref";
  }
  return "?";
}

ErrorOr<std::uint64_t> parse_value(ValueKind kind, const std::string& text) {
  switch (kind) {
    case ValueKind::kI32:
      return parse_integer_of<std::uint32_t>(kind, text);
    case ValueKind::kI64:
      return parse_integer_of<std::uint64_t>(kind, text);
    case ValueKind::kF32:
      return std::uint64_t{std::bit_cast<std::uint32_t>(LIND_TRY(parse_float<float>(kind, text)))};
    case ValueKind::kF64:
      return std::bit_cast<std::uint64_t>(LIND_TRY(parse_float<double>(kind, text)));
    case ValueKind::kV128:
    case ValueKind::kFuncRef:
    case ValueKind::kExternRef:
    case ValueKind::kExnRef:
      break;
  }
  return Error(fmt::format("a {} cannot be given", kind_name(kind)));
}

std::string format_values(std::span<const ValueKind> kinds, std::span<const std::uint64_t> words) {
  std::string text;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const std::uint64_t word = words[i];
    const auto low = static_cast<std::uint32_t>(word);
    switch (kinds[i]) {
      case ValueKind::kI32:
        text += fmt::format("{}\n", static_cast<std::int32_t>(low));
        break;
      case ValueKind::kI64:
        text += fmt::format("{}\n", static_cast<std::int64_t>(word));
        break;
      case ValueKind::kF32:
        text += fmt::format("{}\n", std::bit_cast<float>(low));
        break;
      case ValueKind::kF64:
        text += fmt::format("{}\n", std::bit_cast<double>(word));
        break;
      case ValueKind::kV128:
      case ValueKind::kFuncRef:
      case ValueKind::kExternRef:
      case ValueKind::kExnRef:
        text += fmt::format("{}\n", kind_name(kinds[i]));
        break;
    }
  }
  return text;
}

}  // namespace lind::wasi
