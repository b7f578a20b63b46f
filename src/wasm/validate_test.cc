#include "wasm/validate.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wasm/decode.h"
#include "wasm/limits.h"
#include "wasm/test_module_internal.h"

namespace lind::wasm {
namespace {

using testing::as_bytes;
using testing::bytes;
using ::testing::HasSubstr;
using testing::header;
using testing::leb;
using testing::module_with;
using testing::section;
using testing::sized;

std::string verdict(const std::string& text, const Features& features = {}) {
  const ErrorOr<Module> module = decode_module(as_bytes(text), features);
  if (!module.ok()) return module.error().message();
  const ErrorOr<void> result = validate(module.value());
  return result.ok() ? "valid" : result.error().message();
}

// The verdict on a function [] -> [i32] of a module with a memory, a table and a mutable global.
std::string verdict_on(const std::string& instructions) {
  const std::string before = section(4, bytes("\1\x70\0\1")) + section(5, bytes("\1\0\1")) +
                             section(6, bytes("\2\x7f\1\x41\0\x0b\x7f\0\x41\0\x0b"));
  return verdict(module_with(bytes("\0\1\x7f"), bytes("\0") + instructions + "\x0b", before));
}

struct Case {
  std::string instructions;
  std::string verdict;
};

void expect_verdicts(const std::vector<Case>& cases) {
  for (const Case& test : cases) {
    EXPECT_THAT(verdict_on(test.instructions), HasSubstr(test.verdict))
        << ::testing::PrintToString(test.instructions);
  }
}

TEST(ValidateFunction, ChecksOperands) {
  expect_verdicts({
      {bytes("\x41\1"), "valid"},
      {bytes("\x41\1\x41\1\x6a"), "valid"},
      {"", "function 0: end at offset 48: type mismatch: expected 1 operands, 0 are"},
      {bytes("\x42\1"), "expected i32, found i64"},
      {bytes("\x41\1\x42\1\x6a"), "i32.add at offset 52: type mismatch: expected i32, found i64"},
      {bytes("\x41\1\x41\1"), "1 operands are left"},
      {bytes("\x6a"), "expected an operand"},
  });
}

TEST(ValidateFunction, LetsUnreachableCodeHaveAnyOperands) {
  expect_verdicts({
      {bytes("\0"), "valid"},
      {bytes("\0\x6a"), "valid"},
      {bytes("\0\x42\1\x6a"), "expected i32, found i64"},
      {bytes("\0\x1b"), "valid"},
      {bytes("\0\xd1"), "valid"},
      {bytes("\0\x42\1\xd1"), "expected a reference, found i64"},
      {bytes("\x0f"), "expected 1 operands, 0 are on the stack"},
      {bytes("\x41\1\x0f\x1a\x1a"), "valid"},
  });
}

TEST(ValidateFunction, ChecksBlocks) {
  expect_verdicts({
      {bytes("\x02\x7f\x41\1\x0b"), "valid"},
      {bytes("\x02\x40\x41\1\x0b"), "1 operands are left"},
      {bytes("\x41\0\x04\x7f\x41\1\x05\x41\2\x0b"), "valid"},
      {bytes("\x41\0\x04\x7f\x41\1\x0b"), "an if without else must leave what it takes"},
      {bytes("\x05"), "there is no if"},
      {bytes("\x02\x09\x0b"), "unknown type 9, there are 1"},
      {bytes("\x41\1\x0b\x01"), "code behind the end of the body"},
  });
}

TEST(ValidateFunction, ChecksBranches) {
  expect_verdicts({
      {bytes("\x41\1\x0c\0"), "valid"},
      {bytes("\x41\1\x0c\1"), "unknown label 1, 1 blocks are open"},
      {bytes("\x03\x7f\x0c\0\x0b"), "valid"},
      {bytes("\x41\1\x41\0\x0d\0"), "valid"},
      {bytes("\x41\1\x41\0\x0e\1\0\0"), "valid"},
      {bytes("\x02\x40\x41\1\x41\0\x0e\1\0\1\x0b\0"), "label 0 takes 0 operands, the default 1"},
      {bytes("\x41\0\x0e\0\0"), "expected 1 operands, 0 are on the stack"},
  });
}

TEST(ValidateFunction, ChecksIndexes) {
  expect_verdicts({
      {bytes("\x20\0"), "unknown local 0"},
      {bytes("\x23\1"), "valid"},
      {bytes("\x23\2"), "unknown global 2, there are 2"},
      {bytes("\x41\0\x24\0\x41\0"), "valid"},
      {bytes("\x41\0\x24\1\x41\0"), "global 1 is immutable"},
      {bytes("\x10\0"), "valid"},
      {bytes("\x10\1"), "unknown function 1"},
      {bytes("\x41\0\x11\0\0"), "valid"},
      {bytes("\x41\0\x11\1\0"), "unknown type 1"},
      {bytes("\x41\0\x11\0\1"), "unknown table 1"},
      {bytes("\xd2\0\x1a\x41\0"), "undeclared reference to function 0"},
      {bytes("\xfc\x09\0\x41\0"), "data count section required"},
      {bytes("\xfc\x0d\0\x41\0"), "unknown element segment 0"},
  });
}

TEST(ValidateFunction, ChecksMemoryArgumentsAndLanes) {
  expect_verdicts({
      {bytes("\x41\0\x28\2\0"), "valid"},
      {bytes("\x41\0\x28\3\0"), "alignment 2^3 is larger than the natural 2^2"},
      {bytes("\x41\0\xfe\x10\2\0"), "valid"},
      {bytes("\x41\0\xfe\x10\1\0"), "alignment 2^1 of an atomic access is not the natural 2^2"},
      {bytes("\x41\0\xfd\x11\xfd\x1b\3"), "valid"},
      {bytes("\x41\0\xfd\x11\xfd\x1b\4"), "lane 4 of 4"},
  });
}

TEST(ValidateFunction, ChecksSelect) {
  expect_verdicts({
      {bytes("\x41\0\x41\0\x41\0\x1b"), "valid"},
      {bytes("\x42\0\x41\0\x41\0\x1b"), "expected i32, found i64"},
      {bytes("\xd0\x70\xd0\x70\x41\0\x1b\x1a\x41\0"), "references need a select with a type"},
      {bytes("\xd0\x70\xd0\x70\x41\0\x1c\1\x70\x1a\x41\0"), "valid"},
      {bytes("\x1c\0"), "0 result types, not 1"},
  });
}

TEST(ValidateFunction, FindsTheTypeOfEveryLocal) {
  const auto with_local = [](char local) {
    // Parameters f32; locals 2 x i32, 0 x f64, 1 x i64.
    return verdict(
        module_with(bytes("\1\x7d\0"), bytes("\3\2\x7f\0\x7c\1\x7e\x42\0\x21") + local + "\x0b"));
  };
  EXPECT_THAT(with_local(0), HasSubstr("expected f32"));
  EXPECT_THAT(with_local(1), HasSubstr("expected i32"));
  EXPECT_THAT(with_local(2), HasSubstr("expected i32"));
  EXPECT_EQ(with_local(3), "valid");
  EXPECT_THAT(with_local(4), HasSubstr("unknown local 4"));
}

TEST(ValidateFunction, WantsAMemoryForMemoryInstructions) {
  EXPECT_THAT(verdict(module_with(bytes("\0\0"), bytes("\0\x3f\0\x1a\x0b"))),
              HasSubstr("unknown memory 0, there are 0"));
}

TEST(ValidateFunction, LimitsBlocksInsideOneAnother) {
  const auto nested = [](std::uint32_t depth) {
    std::string code = bytes("\0");
    for (std::uint32_t block = 0; block < depth; ++block)
      code += "\x02\x40";
    return verdict(module_with(bytes("\0\0"), code + std::string(depth + 1, '\x0b')));
  };
  EXPECT_EQ(nested(kMaxNesting - 1), "valid");
  EXPECT_THAT(nested(kMaxNesting), HasSubstr("more than 65536 blocks inside one another"));
}

TEST(ValidateFunction, LimitsTheOperandStack) {
  // Each call of the function itself leaves 1000 operands.
  std::string code = bytes("\0");
  for (std::uint32_t call = 0; call <= kMaxOperandStack / kMaxResults; ++call)
    code += bytes("\x10\0");
  const std::string type = bytes("\0") + sized(std::string(kMaxResults, '\x7f'));
  EXPECT_THAT(verdict(module_with(type, code + "\x0b")),
              HasSubstr("more than 1000000 operands on the stack"));
}

TEST(ValidateFunction, TakesAddressesOfTheTypeThatMemoryAndTableHave) {
  const auto verdict_on_wide = [](const std::string& instructions) {
    const std::string before = section(4, bytes("\1\x70\4\1")) + section(5, bytes("\2\4\1\0\1"));
    return verdict(module_with(bytes("\0\0"), bytes("\0") + instructions + "\x0b", before));
  };
  EXPECT_EQ(verdict_on_wide(bytes("\x42\0\x28\2\0\x1a")), "valid");
  EXPECT_EQ(verdict_on_wide(bytes("\x41\0\x28\x42\1\0\x1a")), "valid");
  EXPECT_EQ(verdict_on_wide(bytes("\x42\0\x41\0\x41\0\xfc\x0a\0\1")), "valid");
  EXPECT_EQ(verdict_on_wide(bytes("\x42\0\x25\0\x1a")), "valid");
  EXPECT_EQ(verdict_on_wide(bytes("\x42\0\x11\0\0")), "valid");
  EXPECT_THAT(verdict_on_wide(bytes("\x41\0\x28\2\0\x1a")), HasSubstr("expected i64"));
  EXPECT_THAT(verdict_on_wide(bytes("\x41\0\x28\x42\1\x80\x80\x80\x80\x10\x1a")),
              HasSubstr("offset 4294967296 for a memory of 32-bit addresses"));
  EXPECT_THAT(verdict_on_wide(bytes("\x41\0\x11\0\0")), HasSubstr("expected i64"));
}

TEST(Validate, ChecksLimits) {
  const auto memory = [](const std::string& type) { return header() + section(5, "\1" + type); };
  const auto table = [](const std::string& type) { return header() + section(4, "\1\x70" + type); };
  EXPECT_EQ(verdict(memory(bytes("\1") + leb(65536) + leb(65536))), "valid");
  EXPECT_EQ(verdict(memory(bytes("\0") + leb(65537))),
            "memory 0: size 65537 or maximum 0 is above 65536");
  EXPECT_EQ(verdict(memory(bytes("\4") + leb(kMaxWidePages))), "valid");
  EXPECT_EQ(verdict(memory(bytes("\4") + leb(kMaxWidePages + 1))),
            "memory 0: size 281474976710657 or maximum 0 is above 281474976710656");
  EXPECT_EQ(verdict(table(bytes("\5\0") + leb(1ULL << 40))), "valid");
  const std::string two = header() + section(5, bytes("\2\0\1\4\1"));
  EXPECT_EQ(verdict(two), "valid");
  Features one_memory;
  one_memory.multi_memory = false;
  EXPECT_EQ(verdict(two, one_memory), "2 memories, the limit is 1");
  EXPECT_EQ(verdict(memory(bytes("\1\2\1"))), "memory 0: size 2 is above its own maximum 1");
  EXPECT_EQ(verdict(memory(bytes("\2\1"))), "memory 0: a shared memory must have a maximum");
  EXPECT_EQ(verdict(table(bytes("\1\0") + leb(0xffffffff))), "valid");
  EXPECT_EQ(verdict(table(bytes("\0") + leb(kMaxTableEntries + 1))),
            "table 0: 10000001 entries, the limit is 10000000");
}

TEST(Validate, RefusesDuplicateExports) {
  const auto exports = [](char second) {
    return header() + section(5, bytes("\1\0\1")) +
           section(7, bytes("\2\1a\2\0\1") + second + bytes("\2\0"));
  };
  EXPECT_EQ(verdict(exports('b')), "valid");
  EXPECT_EQ(verdict(exports('a')), "duplicate export name \"a\"");
}

TEST(Validate, ChecksConstantExpressions) {
  const auto global = [](const std::string& expr) {
    const std::string imports = bytes("\2\1m\1a\3\x7f\0\1m\1b\3\x7f\1");
    return verdict(header() + section(2, imports) + section(6, bytes("\1\x7f\0") + expr + "\x0b"));
  };
  EXPECT_EQ(global(bytes("\x23\0")), "valid");
  EXPECT_EQ(global(bytes("\x23\1")), "global 2: constant expression required, global 1 is mutable");
  EXPECT_EQ(global(bytes("\x23\2")), "global 2: unknown imported global 2, there are 2");
  EXPECT_THAT(global(bytes("\x42\0")), HasSubstr("expected i32, found i64"));
  EXPECT_EQ(global(bytes("\x23\0\x41\1\x6a")), "valid");
  EXPECT_THAT(global(bytes("\x23\0\x42\1\x6a")), HasSubstr("i32.add wants two i32"));
  EXPECT_THAT(global(bytes("\x41\0\x6a")), HasSubstr("i32.add wants two i32"));
  EXPECT_THAT(global(bytes("\x41\0\x41\0")), HasSubstr("2 values in a constant expression"));
  EXPECT_THAT(global(bytes("\x42\0\x42\0\x7c")), HasSubstr("expected i32, found i64"));
  EXPECT_THAT(global(bytes("\x41\0\x23\1\x6a")), HasSubstr("global 1 is mutable"));
  EXPECT_THAT(global(bytes("\xd2\0")), HasSubstr("unknown function 0, there are 0"));
}

TEST(Validate, ChecksTheStartFunction) {
  const std::string start = section(8, bytes("\0"));
  EXPECT_EQ(verdict(module_with(bytes("\0\0"), bytes("\0\x0b"), start)), "valid");
  EXPECT_EQ(verdict(module_with(bytes("\1\x7f\0"), bytes("\0\x0b"), start)),
            "start function 0 has parameters or results");
  EXPECT_EQ(verdict(header() + start), "unknown start function 0, there are 0");
}

TEST(Validate, NamesTheFunctionInItsMessages) {
  const std::string names = section(0, sized("name") + section(1, bytes("\1\0\4main")));
  EXPECT_THAT(verdict(module_with(bytes("\0\1\x7f"), bytes("\0\x0b"), "", names)),
              HasSubstr("function 0 (main): end at offset"));
}

}  // namespace
}  // namespace lind::wasm
