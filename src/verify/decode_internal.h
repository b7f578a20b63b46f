/// \file
/// Decodes the x86-64 instructions that verified code may consist of, and no other.  TCB.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace lind::verify {

inline constexpr std::uint8_t kNoRegister = 0xff;
inline constexpr std::uint8_t kRsp = 4;
inline constexpr std::uint8_t kRip = 16;

enum class Segment : std::uint8_t { kNone, kFs, kGs };

/// What an instruction means to the rules; everything else is kPlain.
enum class Kind : std::uint8_t {
  kPlain,
  kMov,  ///< between registers and memory, 32 or 64 bits
  kMovImmediate,
  kMovZeroExtend,
  kMovSignExtend,  ///< movslq
  kLea,
  kArithmetic,  ///< 32 bits of result make the upper half zero
  kClear,       ///< of a register: xor with itself
  kAdd,
  kAnd,
  kSub,
  kShiftLeft,   ///< by a constant
  kShiftRight,  ///< by a constant, zeros come in
  kSetByte,     ///< of a register's lowest byte, to 0 or 1
  kCompare,
  kPush,
  kPop,
  kCall,  ///< rel32
  kCallIndirect,
  kJump,  ///< rel
  kJumpIndirect,
  kBranch,  ///< conditional
  kReturn,
  kTrap,  ///< ud1
  kNop,
  kBreak,  ///< int3
};

struct Instruction {
  std::uint32_t offset;       ///< of its first byte
  std::int32_t displacement;  ///< of the memory operand
  std::int64_t immediate;     ///< or distance of a branch
  std::uint16_t writes;       ///< bit r: general register r is written
  std::uint8_t size;          ///< bytes
  Kind kind;
  std::uint8_t width;  ///< of a general operand: 1, 2, 4 or 8 bytes
  std::uint8_t reg;    ///< ModRM.reg as general register, or kNoRegister
  std::uint8_t rm;     ///< ModRM.rm as general register, or kNoRegister
  bool reg_is_destination;
  bool has_immediate;
  bool extends_byte;       ///< kMovZeroExtend of 8 bits, not 16
  bool reads_lowest_byte;  ///< and not of the second byte of a register
  bool has_memory;
  bool is_store;            ///< the memory operand is written
  bool has_address_prefix;  ///< 0x67
  bool has_lock;
  Segment segment;
  std::uint8_t base;             ///< general register, kRip or kNoRegister
  std::uint8_t index;            ///< general register or kNoRegister
  std::uint8_t scale;            ///< 1, 2, 4, 8
  std::uint8_t memory_bytes;     ///< that the memory operand covers
  std::uint8_t displacement_at;  ///< of its 4 bytes from the first byte; 0: it has not 4 bytes
  std::uint8_t condition;        ///< of a branch
};

/// The instruction at `text[offset]`; false if it is none of the allowed ones or ends outside.
bool decode(std::span<const std::byte> text, std::uint32_t offset, Instruction& out) noexcept;

}  // namespace lind::verify
