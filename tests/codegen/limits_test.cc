// Modules that are valid but that we cannot compile.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiled.h"

namespace lind::testing {
namespace {

using codegen::CompileOptions;
using codegen::Mode;
using codegen::Tier;

std::string error_of(const std::string& module, const CompileOptions& options = {}) {
  const ErrorOr<std::vector<std::byte>> result = compile(module, options);
  return result.ok() ? "" : result.error().message();
}

std::string repeat(const std::string& text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i)
    result += text;
  return result;
}

TEST(Limits, ParametersMustFitInTheSlots) {
  EXPECT_EQ(error_of("(module (func (param " + repeat("v128 ", 128) + ")))"), "");
  EXPECT_EQ(error_of("(module (func (param i32 " + repeat("v128 ", 128) + ")))"),
            "type 0: parameters take 257 words, at most 256 can be passed");
}

TEST(Limits, GlobalsMustFitInTheThreadBlock) {
  const std::string global = "(global (mut i32) (i32.const 0))";
  EXPECT_EQ(error_of("(module " + repeat(global, 512) + ")"), "");
  EXPECT_EQ(error_of("(module " + repeat(global, 513) + ")"),
            "globals take 513 words, at most 512 fit");
  EXPECT_EQ(error_of("(module " + repeat("(global i32 (i32.const 0))", 513) + ")"), "");
}

TEST(Limits, TablesMustFitInTheirWindows) {
  EXPECT_EQ(error_of("(module (table 8000000 funcref))"), "");
  EXPECT_EQ(error_of("(module (table 9000000 funcref))"),
            "table 0 with 9016384 entries does not fit in the 128 MiB for tables");
  EXPECT_EQ(error_of("(module " + repeat("(table 1 funcref)", 65) + ")"),
            "module has 65 tables, at most 64 are supported");
}

TEST(Limits, FramesMustFitInTheGuardOfTheStack) {
  constexpr int kNumValues = 4000;  // of 16 bytes, all live at once
  CompileOptions options;
  options.tier = Tier::kQuick;
  options.mode = Mode::kExact;  // loads stay where they are
  const std::string body = "(module (memory 1) (func (export \"big\") (result v128)" +
                           repeat("(v128.load (i32.const 0))", kNumValues) +
                           repeat("(f32x4.div)", kNumValues - 1) + "))";
  EXPECT_THAT(error_of(body, options), ::testing::HasSubstr("function 0 needs a frame of"));
}

TEST(Limits, ImportsFromLindMustHaveTheirType) {
  EXPECT_EQ(error_of(R"((module (import "lind" "setjmp" (func (param i64) (result i32)))))"),
            "import lind.setjmp has type (i64) -> (i32)");
}

TEST(Limits, CpuMustBeKnown) {
  CompileOptions options;
  options.cpu = "x86-64-v9";
  EXPECT_EQ(error_of("(module)", options),
            "unknown cpu x86-64-v9, known are x86-64-v2, x86-64-v3 and host");
}

TEST(Mismatch, StubWithTheNameOfAFunctionCallsItInLindProgramsOnly) {
  const std::string module = R"((module
    (func $callee (export "callee") (param i32) (result i32) (local.get 0))
    (func $signature_mismatch:callee (export "stub") (param i32 i32 f64) (result i64)
      (unreachable))))";
  CompileOptions options;
  EXPECT_EQ(compile_ok(module, options).object.traps().size(), 0U);
  options.mode = Mode::kExact;
  EXPECT_EQ(compile_ok(module, options).object.traps().size(), 1U);
}

}  // namespace
}  // namespace lind::testing
