#include "wasm/instruction_reader.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <fmt/core.h>

#include "base/error.h"
#include "base/result.h"
#include "wasm/limits.h"
#include "wasm/opcode.h"

namespace lind::wasm {
namespace {

constexpr std::uint8_t kFirstPrefix = 0xfc;
constexpr std::uint8_t kLastPrefix = 0xfe;
constexpr std::uint8_t kEmptyBlockType = 0x40;

// What the binary format keeps free for a number: the memory of an instruction, the order of a
// fence.
ErrorOr<void> read_zero_byte(Reader& reader) {
  const std::uint32_t start = reader.offset();
  const std::uint8_t byte = LIND_TRY(reader.read_u8());
  if (byte != 0)
    return Error(fmt::format("zero byte expected at offset {}, it is {}", start, byte));
  return {};
}

// Its name, if a module with `features` may not use it; else empty.
std::string_view missing_feature(OpcodeFeature feature, const Features& features) {
  switch (feature) {
    case OpcodeFeature::kCore:
      return {};
    case OpcodeFeature::kThreads:
      return features.threads ? "" : "threads";
    case OpcodeFeature::kTailCall:
      return features.tail_call ? "" : "tail-call";
    case OpcodeFeature::kRelaxedSimd:
      return features.relaxed_simd ? "" : "relaxed-simd";
    case OpcodeFeature::kExceptions:
      return features.exceptions ? "" : "exception-handling";
  }
  return {};
}

}  // namespace

ErrorOr<const Instruction*> InstructionReader::next() {
  instruction_ = Instruction{};
  instruction_.offset = reader_.offset();
  instruction_.opcode = LIND_TRY(read_opcode());
  LIND_TRY(read_immediates(row_of(instruction_.opcode).immediates));
  return &instruction_;
}

ErrorOr<Opcode> InstructionReader::read_opcode() {
  const std::uint32_t start = reader_.offset();
  std::uint32_t code = LIND_TRY(reader_.read_u8());
  std::uint8_t prefix = 0;
  if (kFirstPrefix <= code && code <= kLastPrefix) {
    prefix = static_cast<std::uint8_t>(code);
    code = LIND_TRY(reader_.read_u32());
  }
  const std::optional<Opcode> opcode = find_opcode(prefix, code);
  if (!opcode) {
    return Error(fmt::format("unknown instruction {:#04x} with prefix {:#04x} at offset {}", code,
                             prefix, start));
  }
  if (const std::string_view missing = missing_feature(row_of(*opcode).feature, features_);
      !missing.empty()) {
    return Error(
        fmt::format("{} at offset {} needs the {} feature", row_of(*opcode).text, start, missing));
  }
  return *opcode;
}

ErrorOr<void> InstructionReader::read_immediates(Immediates immediates) {
  Instruction& in = instruction_;
  switch (immediates) {
    case Immediates::kNone:
      return {};
    case Immediates::kBlock:
      return read_block_type();
    case Immediates::kTryTable:
      LIND_TRY(read_block_type());
      return read_catches();
    case Immediates::kLabels:
      return read_labels();
    case Immediates::kValueTypes:
      return read_value_types();
    case Immediates::kLabel:
    case Immediates::kFunction:
    case Immediates::kLocal:
    case Immediates::kGlobal:
    case Immediates::kTag:
    case Immediates::kTable:
    case Immediates::kElement:
    case Immediates::kData:
      in.index = LIND_TRY(reader_.read_u32());
      return {};
    case Immediates::kTypeTable:
    case Immediates::kTableTable:
    case Immediates::kElementTable:
      in.index = LIND_TRY(reader_.read_u32());
      in.index2 = LIND_TRY(reader_.read_u32());
      return {};
    case Immediates::kZeroByte:
      return read_zero_byte(reader_);
    case Immediates::kMemory:
      in.index = LIND_TRY(read_memory());
      return {};
    case Immediates::kMemoryMemory:
      in.index = LIND_TRY(read_memory());
      in.index2 = LIND_TRY(read_memory());
      return {};
    case Immediates::kDataMemory:
      in.index = LIND_TRY(reader_.read_u32());
      in.index2 = LIND_TRY(read_memory());
      return {};
    case Immediates::kMemArg:
      return read_mem_arg();
    case Immediates::kMemArgLane:
      LIND_TRY(read_mem_arg());
      in.lane = LIND_TRY(reader_.read_u8());
      return {};
    case Immediates::kLane:
      in.lane = LIND_TRY(reader_.read_u8());
      return {};
    case Immediates::kI32:
      in.bits = static_cast<std::uint32_t>(LIND_TRY(reader_.read_s32()));
      return {};
    case Immediates::kI64:
      in.bits = static_cast<std::uint64_t>(LIND_TRY(reader_.read_s64()));
      return {};
    case Immediates::kF32:
      in.bits = LIND_TRY(reader_.read_fixed_u32());
      return {};
    case Immediates::kF64:
      in.bits = LIND_TRY(reader_.read_fixed_u64());
      return {};
    case Immediates::kV128:
    case Immediates::kShuffle:
      return read_sixteen_bytes();
    case Immediates::kRefType:
      in.value_type = LIND_TRY(reader_.read_reference_type());
      return {};
  }
  return {};
}

// A block type is 0x40, a value type, or the index of a signature as a positive 33-bit number.
ErrorOr<void> InstructionReader::read_block_type() {
  const std::uint8_t first = LIND_TRY(reader_.peek_u8());
  if (first == kEmptyBlockType) {
    (void)reader_.read_u8();  // the byte just seen
    return {};
  }
  const bool is_one_byte_negative = (first & 0xc0U) == 0x40U;
  if (is_one_byte_negative) {
    instruction_.block_type.result = LIND_TRY(reader_.read_value_type());
    return {};
  }
  const std::uint32_t start = reader_.offset();
  const std::int64_t type = LIND_TRY(reader_.read_s33());
  if (type < 0) return Error(fmt::format("malformed block type at offset {}", start));
  instruction_.block_type.type = static_cast<std::uint32_t>(type);
  return {};
}

ErrorOr<void> InstructionReader::read_catches() {
  const std::uint32_t count = LIND_TRY(reader_.read_count("catch clauses", kMaxCatches));
  catches_.clear();
  for (std::uint32_t index = 0; index < count; ++index) {
    const std::uint32_t start = reader_.offset();
    const std::uint8_t kind = LIND_TRY(reader_.read_u8());
    if (kind > static_cast<std::uint8_t>(CatchKind::kAllRef)) {
      return Error(fmt::format("unknown catch clause {} at offset {}", kind, start));
    }
    Catch clause{.kind = static_cast<CatchKind>(kind)};
    if (clause.names_tag()) clause.tag = LIND_TRY(reader_.read_u32());
    clause.label = LIND_TRY(reader_.read_u32());
    catches_.push_back(clause);
  }
  instruction_.catches = catches_;
  return {};
}

ErrorOr<void> InstructionReader::read_labels() {
  const std::uint32_t count = LIND_TRY(reader_.read_count("branch targets", kMaxBranchTargets));
  labels_.clear();
  for (std::uint32_t index = 0; index <= count; ++index) {
    labels_.push_back(LIND_TRY(reader_.read_u32()));
  }
  instruction_.labels = labels_;
  return {};
}

ErrorOr<void> InstructionReader::read_value_types() {
  const std::uint32_t count = LIND_TRY(reader_.read_count("types of select", kMaxResults));
  value_types_.clear();
  for (std::uint32_t index = 0; index < count; ++index) {
    value_types_.push_back(LIND_TRY(reader_.read_value_type()));
  }
  instruction_.value_types = value_types_;
  return {};
}

ErrorOr<std::uint32_t> InstructionReader::read_memory() {
  if (features_.multi_memory) return reader_.read_u32();
  LIND_TRY(read_zero_byte(reader_));
  return std::uint32_t{0};
}

// One bit of the alignment says that the index of a memory follows.
ErrorOr<void> InstructionReader::read_mem_arg() {
  constexpr std::uint32_t kHasMemory = 1U << 6;
  constexpr std::uint32_t kLargestFlags = 2 * kHasMemory - 1;
  MemArg& mem = instruction_.mem;
  const std::uint32_t start = reader_.offset();
  mem.align_log2 = LIND_TRY(reader_.read_u32());
  if (features_.multi_memory && mem.align_log2 > kLargestFlags) {
    return Error(
        fmt::format("malformed flags {} of a memory access at offset {}", mem.align_log2, start));
  }
  if (features_.multi_memory && (mem.align_log2 & kHasMemory) != 0) {
    mem.align_log2 -= kHasMemory;
    mem.memory = LIND_TRY(reader_.read_u32());
  }
  if (features_.memory64) {
    mem.offset = LIND_TRY(reader_.read_u64());
  } else {
    mem.offset = LIND_TRY(reader_.read_u32());
  }
  return {};
}

ErrorOr<void> InstructionReader::read_sixteen_bytes() {
  const std::span<const std::byte> bytes = LIND_TRY(reader_.read_bytes(instruction_.bytes.size()));
  for (std::size_t index = 0; index < bytes.size(); ++index) {
    instruction_.bytes[index] = std::to_integer<std::uint8_t>(bytes[index]);
  }
  return {};
}

}  // namespace lind::wasm
