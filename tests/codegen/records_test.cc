// What objects say about modules.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiled.h"
#include "vmabi/layout.h"
#include "vmabi/type_id.h"

namespace lind::testing {
namespace {

using codegen::CompileOptions;
using codegen::Mode;
using codegen::Tier;

CompileOptions light(Mode mode = Mode::kLindProgram) {
  CompileOptions options;
  options.mode = mode;
  options.tier = Tier::kLight;
  return options;
}

/// Enough code for several chunks; each function calls one of another chunk.
std::string large_module() {
  constexpr int kNumFunctions = 100;
  constexpr int kNumTerms = 300;
  std::string text = "(module (memory 1) (func $f0 (param i32) (result i32) (local.get 0))";
  for (int i = 1; i < kNumFunctions; ++i) {
    text += "(func $f" + std::to_string(i) + " (param i32) (result i32) (call $f" +
            std::to_string(i / 2) + " (local.get 0))";
    for (int term = 0; term < kNumTerms; ++term) {
      text += "(i32.add (i32.load (i32.const " + std::to_string(i * term) + ")))";
    }
    text += ")";
  }
  return text + "(export \"last\" (func $f99)))";
}

TEST(Records, DescribeTheModule) {
  CompileOptions options = light();
  options.key[0] = std::byte{7};
  options.key[31] = std::byte{9};
  const Compiled compiled = compile_ok(read_wat("scalar.wat"), options);
  const object::Object& object = compiled.object;
  EXPECT_EQ(object.header().flags, vmabi::kFlagLindProgram);
  EXPECT_EQ(object.header().num_imported_functions, 4U);
  EXPECT_EQ(object.header().stack_pointer_word, 0U);
  EXPECT_EQ(object.header().tls_base_word, vmabi::kNoIndex);
  EXPECT_EQ(object.header().num_global_words, 2U);
  EXPECT_EQ(object.globals()[2].first_word, vmabi::kNoIndex);
  EXPECT_EQ(object.globals()[2].init.low, 42U);
  EXPECT_EQ(object.imports().size(), 4U);
  EXPECT_EQ(object.text(object.imports()[3].name), "log");
  EXPECT_EQ(object.memories()[0].initial, 2U);
  EXPECT_EQ(object.key()[0], std::byte{7});
  EXPECT_EQ(object.key()[31], std::byte{9});
  EXPECT_EQ(object.text(compiled.function("add").name), "add");
}

TEST(Records, GiveExportedFunctionsAndTheStartFunctionAnAdapter) {
  const Compiled compiled = compile_ok(
      R"((module (func $a) (func $b (export "b")) (func $c) (start $c)))", light(Mode::kExact));
  EXPECT_EQ(compiled.object.functions()[0].entry_offset, vmabi::kNoIndex);
  EXPECT_NE(compiled.object.functions()[1].entry_offset, vmabi::kNoIndex);
  EXPECT_NE(compiled.object.functions()[2].entry_offset, vmabi::kNoIndex);
  EXPECT_EQ(compiled.object.header().start_function, 2U);
  EXPECT_EQ(compiled.object.header().flags, 0U);
}

TEST(Records, PlaceTablesInTheirWindows) {
  const Compiled compiled =
      compile_ok(R"((module (table 10 funcref) (table 3 7 funcref) (table 5 externref)))", light());
  const auto tables = compiled.object.tables();
  EXPECT_EQ(tables[0].capacity, 65536U);
  EXPECT_EQ(tables[1].capacity, 7U);
  EXPECT_EQ(tables[2].capacity, 0U);
  EXPECT_EQ(tables[0].window_offset, vmabi::kTableWindowsEnd - 65536 * 8);
  EXPECT_EQ(tables[1].window_offset, tables[0].window_offset - 4096);
}

TEST(Records, LeaveRoomInTheTableOfALindProgram) {
  const std::string module = "(module (table 70000 70000 funcref))";
  EXPECT_EQ(compile_ok(module, light()).object.tables()[0].capacity, 86384U);
  EXPECT_EQ(compile_ok(module, light(Mode::kExact)).object.tables()[0].capacity, 70000U);
}

TEST(Records, NameTypesByTheirSignature) {
  const Compiled compiled =
      compile_ok(R"((module (type (func (param i32 f64) (result i64)))))", light());
  const std::vector<std::uint8_t> params = {0x7f, 0x7c};
  const std::vector<std::uint8_t> results = {0x7e};
  EXPECT_EQ(compiled.object.types()[0].id, vmabi::type_id(params, results));
}

class Bytes : public ::testing::TestWithParam<Tier> {};
INSTANTIATE_TEST_SUITE_P(All, Bytes, ::testing::Values(Tier::kInstant, Tier::kQuick, Tier::kLight));

TEST_P(Bytes, AreTheSameForAnyNumberOfThreads) {
  const std::string module = large_module();
  CompileOptions options = light();
  options.tier = GetParam();
  options.num_threads = 1;
  const Compiled one = compile_ok(module, options);
  options.num_threads = 2;
  const Compiled two = compile_ok(module, options);
  EXPECT_GT(one.bytes.size(), 100'000U);
  EXPECT_EQ(one.bytes, two.bytes);
}

TEST(Records, PutWhatRunsAtTheStartFirst) {
  std::vector<std::byte> bytes = assemble(
      "(module (func $a (export \"a\") (result i32) (call $b)) (func $b (export \"b\") (result i32)"
      " (i32.const 1)) (func $c (export \"c\") (result i32) (call $a)))");
  const auto offsets = [&bytes] {
    auto object = compile_binary(bytes, light());
    EXPECT_TRUE(object.ok());
    const auto parsed = object::Object::parse(object.value());
    EXPECT_TRUE(parsed.ok());
    std::vector<std::uint32_t> found;
    for (const vmabi::FunctionRecord& function : parsed.value().functions())
      found.push_back(function.code_offset);
    return found;
  };
  const std::vector<std::uint32_t> before = offsets();
  EXPECT_LT(before[0], before[1]);
  EXPECT_LT(before[1], before[2]);
  // The section "lind.startup", with names that mean nothing.
  for (const char character : std::string("\x00\x18\x0clind.startup\nc\n\nc\nx\nb\n", 26))
    bytes.push_back(static_cast<std::byte>(character));
  const std::vector<std::uint32_t> after = offsets();
  EXPECT_EQ(after[2], 0U);
  EXPECT_LT(after[2], after[1]);
  EXPECT_LT(after[1], after[0]);
}

}  // namespace
}  // namespace lind::testing
