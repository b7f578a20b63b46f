/// \file
/// Reads the primitive items of the binary format from bytes that nobody has checked.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.h"
#include "wasm/types.h"

namespace lind::wasm {

/// A position in the bytes of a module.
/// Errors: every read_ method says what it wanted and where the bytes end or are wrong; the
///   position is then unspecified.
class Reader {
 public:
  /// \param offset  Of `bytes` in the module, for messages.
  explicit Reader(std::span<const std::byte> bytes, std::uint32_t offset = 0) noexcept
      : bytes_(bytes), start_offset_(offset) {}

  bool done() const noexcept { return position_ == bytes_.size(); }
  std::size_t remaining() const noexcept { return bytes_.size() - position_; }
  /// In the module.
  std::uint32_t offset() const noexcept {
    return start_offset_ + static_cast<std::uint32_t>(position_);
  }

  ErrorOr<std::uint8_t> read_u8();
  /// The next byte, which stays where it is.
  ErrorOr<std::uint8_t> peek_u8() const;
  /// Little endian.
  ErrorOr<std::uint32_t> read_fixed_u32();
  ErrorOr<std::uint64_t> read_fixed_u64();

  /// LEB128 numbers of 32, 33 and 64 bits, in at most as many bytes as those bits need.
  ErrorOr<std::uint32_t> read_u32();
  ErrorOr<std::uint64_t> read_u64();
  ErrorOr<std::int32_t> read_s32();
  ErrorOr<std::int64_t> read_s33();
  ErrorOr<std::int64_t> read_s64();

  ErrorOr<std::span<const std::byte>> read_bytes(std::size_t num_bytes);
  /// The next `num_bytes` bytes as a Reader of their own.
  ErrorOr<Reader> read_part(std::size_t num_bytes);
  /// A length and that many bytes of UTF-8.
  ErrorOr<std::string_view> read_name();

  ErrorOr<ValueType> read_value_type();
  ErrorOr<ValueType> read_reference_type();

  /// The number of items that follow.
  /// Errors: also if it is above `limit`, or if fewer bytes than items are left.
  ErrorOr<std::uint32_t> read_count(std::string_view what, std::uint32_t limit);

 private:
  template <typename T, int Bits>
  ErrorOr<T> read_leb();

  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
  std::uint32_t start_offset_;
};

}  // namespace lind::wasm
