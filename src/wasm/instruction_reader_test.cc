#include "wasm/instruction_reader.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wasm/opcode.h"
#include "wasm/test_module_internal.h"

namespace lind::wasm {
namespace {

using testing::as_bytes;
using testing::bytes;
using ::testing::ElementsAre;

// What `text` decodes to; its spans stay valid with `reader`.
InstructionReader reader_of(const std::string& text, const Features& features = {}) {
  return InstructionReader(Reader(as_bytes(text)), features);
}

TEST(Opcode, IsFoundByItsCode) {
  for (std::size_t row = 0; row < kNumOpcodes; ++row) {
    const auto opcode = static_cast<Opcode>(row);
    EXPECT_EQ(find_opcode(row_of(opcode).prefix, row_of(opcode).code), opcode);
  }
  EXPECT_EQ(find_opcode(0, 0x16), std::nullopt);
  EXPECT_EQ(find_opcode(0xfc, 18), std::nullopt);
  EXPECT_EQ(find_opcode(0xfd, 0x9a), std::nullopt);
  EXPECT_EQ(find_opcode(0xfd, 0x114), std::nullopt);
  EXPECT_EQ(find_opcode(0xfe, 0x4f), std::nullopt);
  EXPECT_EQ(find_opcode(0xfb, 0), std::nullopt);
}

TEST(Opcode, NamesAreThoseOfTheTextFormat) {
  EXPECT_EQ(row_of(Opcode::kI64Extend32S).text, "i64.extend32_s");
  EXPECT_EQ(row_of(Opcode::kF64x2ConvertLowI32x4U).text, "f64x2.convert_low_i32x4_u");
  EXPECT_EQ(row_of(Opcode::kI64AtomicRmw32CmpxchgU).text, "i64.atomic.rmw32.cmpxchg_u");
}

TEST(InstructionReader, ReadsBlockTypes) {
  const std::string text = bytes("\x02\x40\x03\x7b\x04\x80\x01\x02\x6e");
  InstructionReader reader = reader_of(text);
  const Instruction* in = reader.next().value();
  EXPECT_EQ(in->opcode, Opcode::kBlock);
  EXPECT_FALSE(in->block_type.type || in->block_type.result);
  in = reader.next().value();
  EXPECT_EQ(in->opcode, Opcode::kLoop);
  EXPECT_EQ(in->block_type.result, ValueType::kV128);
  in = reader.next().value();
  EXPECT_EQ(in->opcode, Opcode::kIf);
  EXPECT_EQ(in->block_type.type, 128U);
  EXPECT_EQ(reader.next().error().message(), "unknown value type 0x6e at offset 8");
}

TEST(InstructionReader, ReadsConstantsAsBits) {
  const std::string text = bytes(
      "\x41\x7f\x42\x7e\x43\1\2\3\x80\x44\1\2\3\4\5\6\7\x88"
      "\xfd\x0c\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17");
  InstructionReader reader = reader_of(text);
  EXPECT_EQ(reader.next().value()->bits, 0xffffffffU);
  EXPECT_EQ(reader.next().value()->bits, 0xfffffffffffffffeU);
  EXPECT_EQ(reader.next().value()->bits, 0x80030201U);
  EXPECT_EQ(reader.next().value()->bits, 0x8807060504030201U);
  EXPECT_THAT(reader.next().value()->bytes,
              ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  EXPECT_TRUE(reader.done());
}

TEST(InstructionReader, ReadsIndexesLabelsAndMemoryArguments) {
  const std::string text =
      bytes("\x0e\2\0\1\2\x11\5\1\x1c\1\x6f\x28\2\x80\x01\xfd\x57\3\x07\1\xfc\x08\4\0\xfc\x0c\3\2");
  InstructionReader reader = reader_of(text);
  EXPECT_THAT(reader.next().value()->labels, ElementsAre(0U, 1U, 2U));
  const Instruction* in = reader.next().value();
  EXPECT_EQ(in->index, 5U);
  EXPECT_EQ(in->index2, 1U);
  EXPECT_THAT(reader.next().value()->value_types, ElementsAre(ValueType::kExternRef));
  in = reader.next().value();
  EXPECT_EQ(in->mem.align_log2, 2U);
  EXPECT_EQ(in->mem.offset, 128U);
  EXPECT_EQ(in->offset, 11U);
  in = reader.next().value();
  EXPECT_EQ(in->opcode, Opcode::kV128Load64Lane);
  EXPECT_EQ(in->mem.offset, 7U);
  EXPECT_EQ(in->lane, 1U);
  EXPECT_EQ(reader.next().value()->index, 4U);
  in = reader.next().value();
  EXPECT_EQ(in->opcode, Opcode::kTableInit);
  EXPECT_EQ(in->index, 3U);
  EXPECT_EQ(in->index2, 2U);
  EXPECT_TRUE(reader.done());
}

TEST(InstructionReader, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(reader_of("\xff").next().error().message(),
            "unknown instruction 0xff with prefix 0x00 at offset 0");
  const std::string far = bytes("\xfd\x80\x80\4");
  EXPECT_FALSE(reader_of(far).next().ok());
  const std::string memory_one = bytes("\x3f\1");
  EXPECT_EQ(reader_of(memory_one, Features::core()).next().error().message(),
            "zero byte expected at offset 1, it is 1");
}

TEST(InstructionReader, ReadsMemoriesAndWideOffsets) {
  const std::string text = bytes("\x3f\1\x28\x42\3\x80\x80\x80\x80\x10\xfc\x0a\1\2");
  InstructionReader reader = reader_of(text);
  EXPECT_EQ(reader.next().value()->index, 1U);
  const Instruction* in = reader.next().value();
  EXPECT_EQ(in->mem.align_log2, 2U);
  EXPECT_EQ(in->mem.memory, 3U);
  EXPECT_EQ(in->mem.offset, 1ULL << 32);
  in = reader.next().value();
  EXPECT_EQ(in->index, 1U);
  EXPECT_EQ(in->index2, 2U);
  const std::string flags = bytes("\x28\x80\1\0");
  EXPECT_EQ(reader_of(flags).next().error().message(),
            "malformed flags 128 of a memory access at offset 1");
}

TEST(InstructionReader, KnowsAtomicsOnlyWithThreads) {
  const std::string fence = bytes("\xfe\x03\0");
  EXPECT_EQ(reader_of(fence).next().value()->opcode, Opcode::kAtomicFence);
  EXPECT_EQ(reader_of(fence, Features::core()).next().error().message(),
            "atomic.fence at offset 0 needs the threads feature");
}

}  // namespace
}  // namespace lind::wasm
