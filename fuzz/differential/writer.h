/// \file
/// The binary format, written.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "wasm/opcode.h"
#include "wasm/types.h"

namespace lind::fuzz {

/// Bytes in the making.
class Writer {
 public:
  void byte(std::uint8_t value) { bytes_.push_back(static_cast<std::byte>(value)); }
  void type(wasm::ValueType type) { byte(static_cast<std::uint8_t>(type)); }
  void number(std::uint64_t value);        ///< LEB128
  void signed_number(std::int64_t value);  ///< LEB128
  void fixed(std::uint64_t value, int num_bytes);
  void op(wasm::Opcode opcode);
  void text(std::string_view text);
  void append(const Writer& other);
  /// `content` with its size in front.
  void sized(const Writer& content);
  void section(std::uint8_t id, const Writer& content);

  std::vector<std::byte>& bytes() noexcept { return bytes_; }
  std::size_t size() const noexcept { return bytes_.size(); }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace lind::fuzz
