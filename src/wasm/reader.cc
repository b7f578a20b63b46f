#include "wasm/reader.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include <fmt/core.h>

#include "base/error.h"
#include "base/result.h"
#include "base/utf8.h"
#include "wasm/types.h"

namespace lind::wasm {
namespace {

std::optional<ValueType> find_value_type(std::uint8_t byte) noexcept {
  const auto type = static_cast<ValueType>(byte);
  switch (type) {
    case ValueType::kI32:
    case ValueType::kI64:
    case ValueType::kF32:
    case ValueType::kF64:
    case ValueType::kV128:
    case ValueType::kFuncRef:
    case ValueType::kExternRef:
    case ValueType::kExnRef:
      return type;
  }
  return std::nullopt;
}

}  // namespace

ErrorOr<std::uint8_t> Reader::peek_u8() const {
  if (done()) return Error(fmt::format("unexpected end at offset {}", offset()));
  return std::to_integer<std::uint8_t>(bytes_[position_]);
}

ErrorOr<std::uint8_t> Reader::read_u8() {
  const std::uint8_t byte = LIND_TRY(peek_u8());
  ++position_;
  return byte;
}

ErrorOr<std::uint64_t> Reader::read_fixed_u64() {
  const std::uint64_t low = LIND_TRY(read_fixed_u32());
  const std::uint64_t high = LIND_TRY(read_fixed_u32());
  return low | high << 32;
}

ErrorOr<std::uint32_t> Reader::read_fixed_u32() {
  const std::span<const std::byte> bytes = LIND_TRY(read_bytes(4));
  std::uint32_t value = 0;
  for (std::size_t index = 0; index < bytes.size(); ++index) {
    value |= std::to_integer<std::uint32_t>(bytes[index]) << (8 * index);
  }
  return value;
}

template <typename T, int Bits>
ErrorOr<T> Reader::read_leb() {
  const std::uint32_t start = offset();
  std::uint64_t value = 0;
  for (int shift = 0; shift < Bits; shift += 7) {
    const std::uint8_t byte = LIND_TRY(read_u8());
    const std::uint32_t group = byte & 0x7fU;
    value |= std::uint64_t{group} << shift;
    if ((byte & 0x80U) != 0) continue;

    // Bits of the last group that the number has no room for must repeat its sign.
    const int room = Bits - shift;
    if (std::is_signed_v<T>) {
      const bool is_negative = (group & 0x40U) != 0;
      if (room < 7 && group >> (room - 1) != (is_negative ? 0x7fU >> (room - 1) : 0U)) break;
      if (is_negative && shift + 7 < 64) value |= ~std::uint64_t{0} << (shift + 7);
    } else if (room < 7 && group >> room != 0) {
      break;
    }
    return static_cast<T>(value);
  }
  return Error(fmt::format("number at offset {} has more than {} bits", start, Bits));
}

ErrorOr<std::uint32_t> Reader::read_u32() {
  return read_leb<std::uint32_t, 32>();
}
ErrorOr<std::uint64_t> Reader::read_u64() {
  return read_leb<std::uint64_t, 64>();
}
ErrorOr<std::int32_t> Reader::read_s32() {
  return read_leb<std::int32_t, 32>();
}
ErrorOr<std::int64_t> Reader::read_s33() {
  return read_leb<std::int64_t, 33>();
}
ErrorOr<std::int64_t> Reader::read_s64() {
  return read_leb<std::int64_t, 64>();
}

ErrorOr<std::span<const std::byte>> Reader::read_bytes(std::size_t num_bytes) {
  if (num_bytes > remaining()) {
    return Error(fmt::format("unexpected end: {} bytes wanted at offset {}, {} are left", num_bytes,
                             offset(), remaining()));
  }
  const std::span<const std::byte> result = bytes_.subspan(position_, num_bytes);
  position_ += num_bytes;
  return result;
}

ErrorOr<Reader> Reader::read_part(std::size_t num_bytes) {
  const std::uint32_t start = offset();
  return Reader(LIND_TRY(read_bytes(num_bytes)), start);
}

ErrorOr<std::string_view> Reader::read_name() {
  const std::uint32_t size = LIND_TRY(read_u32());
  const std::uint32_t start = offset();
  const std::span<const std::byte> bytes = LIND_TRY(read_bytes(size));
  if (!is_utf8(bytes)) return Error(fmt::format("name at offset {} is not UTF-8", start));
  return as_text(bytes);
}

ErrorOr<ValueType> Reader::read_value_type() {
  const std::uint32_t start = offset();
  const std::uint8_t byte = LIND_TRY(read_u8());
  const std::optional<ValueType> type = find_value_type(byte);
  if (!type) return Error(fmt::format("unknown value type {:#04x} at offset {}", byte, start));
  return *type;
}

ErrorOr<ValueType> Reader::read_reference_type() {
  const std::uint32_t start = offset();
  const ValueType type = LIND_TRY(read_value_type());
  if (!is_reference(type)) {
    return Error(fmt::format("{} at offset {} is not a reference type", to_string(type), start));
  }
  return type;
}

ErrorOr<std::uint32_t> Reader::read_count(std::string_view what, std::uint32_t limit) {
  const std::uint32_t start = offset();
  const std::uint32_t count = LIND_TRY(read_u32());
  if (count > limit) {
    return Error(fmt::format("{} {} at offset {}, the limit is {}", count, what, start, limit));
  }
  if (count > remaining()) {
    return Error(fmt::format("unexpected end: {} {} at offset {} in {} bytes", count, what, start,
                             remaining()));
  }
  return count;
}

}  // namespace lind::wasm
