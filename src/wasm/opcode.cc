#include "wasm/opcode.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace lind::wasm {
namespace {

constexpr std::uint16_t kNoOpcode = 0xffff;
constexpr std::size_t kNumCodes = 0x114;  // behind the last one that has a prefix
using OpcodesByCode = std::array<std::uint16_t, kNumCodes>;

constexpr OpcodesByCode opcodes_of(std::uint8_t prefix) {
  OpcodesByCode result{};
  result.fill(kNoOpcode);
  for (std::size_t row = 0; row < kNumOpcodes; ++row) {
    const OpcodeRow& opcode = internal::kOpcodeRows[row];
    if (opcode.prefix == prefix) result[opcode.code] = static_cast<std::uint16_t>(row);
  }
  return result;
}

constexpr OpcodesByCode kPlain = opcodes_of(0);
constexpr OpcodesByCode kMisc = opcodes_of(0xfc);
constexpr OpcodesByCode kSimd = opcodes_of(0xfd);
constexpr OpcodesByCode kAtomic = opcodes_of(0xfe);

constexpr const OpcodesByCode* table_of(std::uint8_t prefix) noexcept {
  if (prefix == 0) return &kPlain;
  if (prefix == 0xfc) return &kMisc;
  if (prefix == 0xfd) return &kSimd;
  if (prefix == 0xfe) return &kAtomic;
  return nullptr;
}

}  // namespace

std::optional<Opcode> find_opcode(std::uint8_t prefix, std::uint32_t code) noexcept {
  const OpcodesByCode* table = table_of(prefix);
  if (table == nullptr || code >= table->size() || (*table)[code] == kNoOpcode) return std::nullopt;
  return static_cast<Opcode>((*table)[code]);
}

}  // namespace lind::wasm
