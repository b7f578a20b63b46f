// Tags, the legacy encoding of tries and try_table: what is decoded and what is valid.
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wasm/decode.h"
#include "wasm/instruction_reader.h"
#include "wasm/test_module_internal.h"
#include "wasm/validate.h"

namespace lind::wasm {
namespace {

using testing::as_bytes;
using testing::bytes;
using ::testing::HasSubstr;
using testing::header;
using testing::section;
using testing::sized;

// Types: 0 [] -> [], 1 [i32] -> [], 2 [] -> [i32], 3 [] -> [exnref], 4 [] -> [i32 exnref].
// Tags: 0 of type 0, 1 of type 1.  One function of type `type`.
std::string module_text(char type, const std::string& code) {
  const std::string types = bytes("\5\x60\0\0\x60\1\x7f\0\x60\0\1\x7f\x60\0\1\x69\x60\0\2\x7f\x69");
  return header() + section(1, types) + section(3, bytes("\1") + type) +
         section(13, bytes("\2\0\0\0\1")) +
         section(10, bytes("\1") + sized(bytes("\0") + code + "\x0b"));
}

std::string verdict_on_module(const std::string& text) {
  const ErrorOr<Module> module = decode_module(as_bytes(text), {});
  if (!module.ok()) return module.error().message();
  const ErrorOr<void> result = validate(module.value());
  return result.ok() ? "valid" : result.error().message();
}

struct Case {
  char type;
  std::string code;
  std::string verdict;
};

void expect_verdicts(const std::vector<Case>& cases) {
  for (const Case& test : cases) {
    EXPECT_THAT(verdict_on_module(module_text(test.type, test.code)), HasSubstr(test.verdict))
        << ::testing::PrintToString(test.code);
  }
}

TEST(Exceptions, KnowsTagsTheirImportsAndExports) {
  const std::string text = header() + section(1, bytes("\1\x60\1\x7f\0")) +
                           section(2, bytes("\1\1m\1t\4\0\0")) + section(13, bytes("\1\0\0")) +
                           section(7, bytes("\1\1x\4\1"));
  const ErrorOr<Module> module = decode_module(as_bytes(text), {});
  ASSERT_TRUE(module.ok()) << module.error().message();
  EXPECT_EQ(module.value().tags.size(), 2U);
  EXPECT_EQ(module.value().num_imported_tags, 1U);
  EXPECT_EQ(module.value().exports[0].kind, ExternKind::kTag);
  EXPECT_TRUE(validate(module.value()).ok());
  EXPECT_FALSE(decode_module(as_bytes(text), Features::core()).ok());
}

TEST(Exceptions, RefusesBadTags) {
  const std::string types = section(1, bytes("\1\x60\0\1\x7f"));
  EXPECT_THAT(verdict_on_module(header() + types + section(13, bytes("\1\0\0"))),
              HasSubstr("non-empty tag result type"));
  EXPECT_THAT(verdict_on_module(header() + types + section(13, bytes("\1\0\1"))),
              HasSubstr("unknown type 1"));
  EXPECT_THAT(verdict_on_module(header() + types + section(13, bytes("\1\1\0"))),
              HasSubstr("unknown attribute 1 of a tag"));
  EXPECT_THAT(verdict_on_module(header() + types + section(7, bytes("\1\1x\4\0"))),
              HasSubstr("unknown tag 0"));
}

TEST(Exceptions, ChecksTheLegacyEncoding) {
  expect_verdicts({
      {0, bytes("\x06\x40\x07\0\x0b"), "valid"},
      {0, bytes("\x06\x40\x07\1\x1a\x19\x0b"), "valid"},
      {2, bytes("\x06\x7f\x41\1\x07\1\x0b"), "valid"},
      {2, bytes("\x06\x7f\x41\1\x07\0\x0b"), "expected 1 operands, 0 are on the stack"},
      {0, bytes("\x06\x40\x07\2\x0b"), "unknown tag 2"},
      {0, bytes("\x07\0\x0b"), "there is no try that it belongs to"},
      {0, bytes("\x06\x40\x19\x19\x0b"), "there is no try that it belongs to"},
      {0, bytes("\x06\x40\x19\x07\0\x0b"), "there is no try that it belongs to"},
      {0, bytes("\x06\x40\x18\0"), "valid"},
      {0, bytes("\x06\x40\x18\1"), "unknown label 1"},
      {0, bytes("\x06\x40\x19\x18\0"), "there is no try that it belongs to"},
      {0, bytes("\x06\x40\x19\x09\0\x0b"), "valid"},
      {0, bytes("\x06\x40\x09\0\x19\x0b"), "invalid rethrow label 0"},
      {0, bytes("\x09\0"), "invalid rethrow label 0"},
      {0, bytes("\x41\1\x08\1"), "valid"},
      {0, bytes("\x08\1"), "expected 1 operands"},
      {0, bytes("\x08\0\x41\1\x6a\x1a"), "valid"},
  });
}

TEST(Exceptions, ChecksTryTable) {
  expect_verdicts({
      {0, bytes("\x1f\x40\0\x0b"), "valid"},
      {0, bytes("\x1f\x40\1\2\0\x0b"), "valid"},
      {0, bytes("\x1f\x40\1\0\0\0\x0b"), "valid"},
      {2, bytes("\x02\x7f\x1f\x40\1\0\1\0\x0b\x41\1\x0b"), "valid"},
      {4, bytes("\x02\4\x1f\x40\1\1\1\0\x0b\0\x0b"), "valid"},
      {3, bytes("\x02\3\x1f\x40\1\3\0\x0b\0\x0b"), "valid"},
      {0, bytes("\x1f\x40\1\0\1\0\x0b"), "label 0 takes other operands than are caught"},
      {0, bytes("\x1f\x40\1\3\0\x0b"), "label 0 takes no exnref"},
      {2, bytes("\x02\x7f\x1f\x40\1\2\0\x0b\x41\1\x0b"), "takes other operands"},
      {0, bytes("\x1f\x40\1\0\2\0\x0b"), "unknown tag 2"},
      {0, bytes("\x1f\x40\1\2\1\x0b"), "unknown label 1"},
      {0, bytes("\x1f\x40\1\4\0\x0b"), "unknown catch clause 4"},
      {0, bytes("\xd0\x69\x0a"), "valid"},
      {0, bytes("\x41\1\x0a"), "expected exnref, found i32"},
      {0, bytes("\xd0\x69\xd1\x1a"), "valid"},
  });
}

TEST(Exceptions, ReadsCatchClauses) {
  const std::string text = bytes("\x1f\x40\2\1\7\3\2\4\x0b");
  Function function;
  function.body = as_bytes(text);
  InstructionReader reader(function, Features{});
  const ErrorOr<const Instruction*> read = reader.next();
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read.value()->catches.size(), 2U);
  EXPECT_EQ(read.value()->catches[0].tag, 7U);
  EXPECT_EQ(read.value()->catches[0].label, 3U);
  EXPECT_TRUE(read.value()->catches[0].gives_reference());
  EXPECT_EQ(read.value()->catches[1].kind, CatchKind::kAll);
  EXPECT_EQ(read.value()->catches[1].label, 4U);
}

TEST(Exceptions, NeedTheFeature) {
  const std::string text = module_text(0, bytes("\x06\x40\x19\x0b"));
  EXPECT_FALSE(decode_module(as_bytes(text), Features::core()).ok());
}

}  // namespace
}  // namespace lind::wasm
