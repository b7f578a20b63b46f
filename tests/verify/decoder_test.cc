// What the verifier's decoder says of an instruction is at least what Zydis says of it: the same
// bytes, the same memory, every register that changes.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "verify/decode_internal.h"
#include "zydis.h"

namespace lind::verify {
namespace {

namespace testing = lind::testing;
using testing::Decoded;

constexpr unsigned kNumTries = 3'000'000;

std::string in_hex(std::span<const std::byte> bytes) {
  std::ostringstream text;
  for (const std::byte byte : bytes)
    text << std::hex << std::to_integer<int>(byte) << ' ';
  return text.str();
}

std::uint8_t number_of(ZydisRegister reg) {
  if (reg == ZYDIS_REGISTER_NONE) return kNoRegister;
  if (reg == ZYDIS_REGISTER_RIP || reg == ZYDIS_REGISTER_EIP) return kRip;
  return static_cast<std::uint8_t>(testing::general_register(reg).value_or(99));
}

enum class Traps : bool { kNo, kYes };  ///< an encoding that hardware refuses has no size of memory

/// What is wrong with our reading; "" if nothing.
std::string disagreement(const Instruction& ours, const Decoded& theirs, Traps traps) {
  if (theirs.instruction.length != ours.size) return "size";
  unsigned num_memory = 0;
  for (const ZydisDecodedOperand& operand : theirs.all()) {
    const bool is_implicit = operand.visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN;
    if (operand.type == ZYDIS_OPERAND_TYPE_REGISTER && testing::is_written(operand)) {
      const auto number = testing::general_register(operand.reg.value);
      const bool moves_stack = ours.kind == Kind::kPush || ours.kind == Kind::kPop ||
                               ours.kind == Kind::kCall || ours.kind == Kind::kCallIndirect ||
                               ours.kind == Kind::kReturn;
      if (number == kRsp && is_implicit && moves_stack) continue;
      if (ours.kind == Kind::kPop && number == ours.reg) continue;
      if (number && ((ours.writes >> *number) & 1) == 0) return "a register that is written";
    }
    if (!testing::touches_memory(theirs, operand)) continue;
    if (is_implicit) {  // the stack
      const bool moves_stack = ours.kind == Kind::kPush || ours.kind == Kind::kPop ||
                               ours.kind == Kind::kCall || ours.kind == Kind::kCallIndirect ||
                               ours.kind == Kind::kReturn;
      if (!moves_stack || operand.mem.base != ZYDIS_REGISTER_RSP) return "memory nobody names";
      continue;
    }
    ++num_memory;
    if (!ours.has_memory) return "a memory operand";
    if (number_of(operand.mem.base) != ours.base) return "base";
    if (number_of(operand.mem.index) != ours.index) return "index";
    if (ours.index != kNoRegister && operand.mem.scale != ours.scale) return "scale";
    if (operand.mem.disp.value != ours.displacement) return "displacement";
    if (traps == Traps::kNo && operand.size / 8 > ours.memory_bytes) return "bytes of memory";
    if (testing::is_written(operand) && !ours.is_store) return "a store";
    const bool is_fs = operand.mem.segment == ZYDIS_REGISTER_FS;
    const bool is_gs = operand.mem.segment == ZYDIS_REGISTER_GS;
    if (is_fs != (ours.segment == Segment::kFs) || is_gs != (ours.segment == Segment::kGs)) {
      return "segment";
    }
    if ((theirs.instruction.address_width == 32) != ours.has_address_prefix) return "address size";
  }
  return num_memory <= 1 ? "" : "two memory operands";
}

/// `bytes` with other values in the fields of a VEX prefix that some instructions must not set
/// (hardware raises an exception then), until Zydis knows it.
std::optional<Decoded> ask_about_variants(std::array<std::byte, 16> bytes) {
  const auto vex = std::ranges::find_if(
      bytes, [](std::byte byte) { return byte == std::byte{0xc4} || byte == std::byte{0xc5}; });
  if (bytes.end() - vex < 4) return std::nullopt;
  const bool is_long = *vex == std::byte{0xc4};
  std::byte& last = is_long ? vex[2] : vex[1];
  const std::byte original = last;
  for (const std::byte vvvv : {original & std::byte{0x78}, std::byte{0x78}}) {
    for (const std::byte wl :
         {std::byte{0x00}, std::byte{0x04}, std::byte{0x80}, std::byte{0x84}}) {
      if (!is_long && (wl & std::byte{0x80}) != std::byte{0}) continue;
      last = (original & (is_long ? std::byte{0x03} : std::byte{0x83})) | vvvv | wl;
      if (const auto known = testing::decode_with_zydis(bytes)) return known;
    }
  }
  return std::nullopt;
}

// Prefixes, escapes and VEX more often than chance would bring them.
void make_bytes(std::mt19937& random, std::array<std::byte, 16>& bytes) {
  for (std::byte& byte : bytes)
    byte = static_cast<std::byte>(random());
  constexpr auto kStarts = std::to_array<std::uint8_t>(
      {0x65, 0x67, 0x64, 0x66, 0xf2, 0xf3, 0xf0, 0x48, 0x41, 0x4c, 0x0f, 0xc4, 0xc5});
  std::size_t at = 0;
  while (at < 5 && random() % 3 != 0) {
    const std::uint8_t start = kStarts[random() % kStarts.size()];
    bytes[at++] = static_cast<std::byte>(start);
    if (start == 0x0f && random() % 2 == 0) {
      bytes[at++] = static_cast<std::byte>(random() % 2 == 0 ? 0x38 : 0x3a);
    }
    if (start == 0xc4) bytes[at] = static_cast<std::byte>((random() & 0xe0) | (1 + random() % 3));
    if (start == 0x0f || start >= 0xc4) break;
  }
}

TEST(DecoderTest, AgreesWithZydis) {
  std::mt19937 random(1);
  unsigned num_accepted = 0;
  std::array<std::byte, 16> bytes{};
  for (unsigned i = 0; i < kNumTries; ++i) {
    make_bytes(random, bytes);
    Instruction ours{};
    if (!decode(bytes, 0, ours)) continue;
    ++num_accepted;
    std::optional<Decoded> theirs = testing::decode_with_zydis(bytes);
    const Traps traps = theirs.has_value() ? Traps::kNo : Traps::kYes;
    if (traps == Traps::kYes) theirs = ask_about_variants(bytes);
    ASSERT_TRUE(theirs.has_value()) << in_hex(std::span(bytes).first(ours.size));
    EXPECT_EQ(disagreement(ours, *theirs, traps), "") << in_hex(std::span(bytes).first(ours.size));
    if (HasFailure()) return;
  }
  EXPECT_GT(num_accepted, kNumTries / 10);
}

}  // namespace
}  // namespace lind::verify
