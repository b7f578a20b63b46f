#include "writer.h"

namespace lind::fuzz {

void Writer::number(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    byte(static_cast<std::uint8_t>(value | 0x80));
  byte(static_cast<std::uint8_t>(value));
}

void Writer::signed_number(std::int64_t value) {
  while (value < -64 || value >= 64) {
    byte(static_cast<std::uint8_t>((value & 0x7f) | 0x80));
    value >>= 7;
  }
  byte(static_cast<std::uint8_t>(value & 0x7f));
}

void Writer::fixed(std::uint64_t value, int num_bytes) {
  for (int i = 0; i < num_bytes; ++i)
    byte(static_cast<std::uint8_t>(value >> (8 * i)));
}

void Writer::op(wasm::Opcode opcode) {
  const wasm::OpcodeRow& row = wasm::row_of(opcode);
  if (row.prefix == 0) {
    byte(static_cast<std::uint8_t>(row.code));
  } else {
    byte(row.prefix);
    number(row.code);
  }
}

void Writer::text(std::string_view text) {
  number(text.size());
  for (const char letter : text)
    byte(static_cast<std::uint8_t>(letter));
}

void Writer::append(const Writer& other) {
  bytes_.insert(bytes_.end(), other.bytes_.begin(), other.bytes_.end());
}

void Writer::sized(const Writer& content) {
  number(content.size());
  append(content);
}

void Writer::section(std::uint8_t id, const Writer& content) {
  byte(id);
  sized(content);
}

}  // namespace lind::fuzz
