#include <algorithm>
#include <lind/engine.h>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "object/cache.h"
#include "object/object.h"
#include "test_modules.h"

namespace lind::embed {
namespace {

using testing::HasSubstr;

constexpr std::string_view kAdd = R"(
  (module (import "env" "log" (func (param i32)))
          (import "env" "base" (global i64))
          (memory (export "memory") 1)
          (global (export "count") (mut f32) (f32.const 0))
          (func (export "add") (param i32 i32) (result i32)
            (i32.add (local.get 0) (local.get 1)))))";

TEST(EngineTest, SaysWhatAModuleImportsAndExports) {
  const Module module = compile(kAdd);
  const std::vector<Import> imports = module.imports();
  ASSERT_EQ(imports.size(), 2U);
  EXPECT_EQ(imports[0].module, "env");
  EXPECT_EQ(imports[0].name, "log");
  EXPECT_EQ(to_string(imports[0].function), "(i32) -> ()");
  EXPECT_EQ(imports[1].kind, ExternKind::kGlobal);
  EXPECT_EQ(imports[1].global, ValueType::kI64);
  const std::vector<Export> exports = module.exports();
  ASSERT_EQ(exports.size(), 3U);
  EXPECT_EQ(exports[0].kind, ExternKind::kMemory);
  EXPECT_TRUE(exports[1].is_mutable);
  EXPECT_EQ(to_string(*module.function_type("add")), "(i32, i32) -> (i32)");
  EXPECT_FALSE(module.function_type("memory"));
  EXPECT_FALSE(module.is_posix_program());
}

TEST(EngineTest, RefusesBytesThatAreNoModule) {
  const std::string text = "not a module";
  const Result<Module> module = test_engine().compile(std::as_bytes(std::span(text)));
  ASSERT_FALSE(module.ok());
  EXPECT_EQ(module.error().kind(), ErrorKind::kModule);
  EXPECT_THAT(module.error().message(), HasSubstr("not a WebAssembly module"));
}

TEST(EngineTest, RefusesALargeModule) {
  const Engine engine =
      Engine::create({.compiler = test_compiler(), .max_module_bytes = 8}).value();
  const Result<Module> module = engine.compile(assemble(kAdd));
  ASSERT_FALSE(module.ok());
  EXPECT_EQ(module.error().kind(), ErrorKind::kLimit);
}

TEST(EngineTest, NamesACompilerThatIsMissing) {
  const Engine engine =
      Engine::create({.compiler = "/nowhere/lindc", .cache = Engine::Cache::kNone}).value();
  const Result<Module> module = engine.compile(assemble(kAdd));
  ASSERT_FALSE(module.ok());
  EXPECT_EQ(module.error().kind(), ErrorKind::kHost);
  EXPECT_THAT(module.error().message(), HasSubstr("/nowhere/lindc"));
}

TEST(EngineTest, LoadsWhatItHasCompiled) {
  const std::vector<std::byte> object = test_engine().compile_to_object(assemble(kAdd)).value();
  const Engine engine =
      Engine::create({.compiler = "/nowhere/lindc", .cache = Engine::Cache::kNone}).value();
  EXPECT_TRUE(engine.load(object).value().function_type("add"));
}

/// Puts a system call where `add` adds.
std::vector<std::byte> hostile_object() {
  std::vector<std::byte> object = test_engine().compile_to_object(assemble(kAdd)).value();
  // lea eax, [rdi+rsi]: what the addition is in every tier.
  const std::vector<std::byte> lea{std::byte{0x8d}, std::byte{0x04}, std::byte{0x37}};
  const auto found = std::ranges::search(object, lea);
  EXPECT_FALSE(found.empty());
  std::ranges::copy(std::vector{std::byte{0x0f}, std::byte{0x05}, std::byte{0x90}}, found.begin());
  return object;
}

// Whoever can write to the cache can make an entry that looks sound.
TEST(EngineTest, CompilesAgainWhatTheCacheHasSpoiled) {
  const std::vector<std::byte> wasm = assemble(kAdd);
  const std::vector<std::byte> object = test_engine().compile_to_object(wasm).value();
  const object::Object records = object::Object::parse(object).value();
  object::Key key{};
  std::ranges::copy(records.key(), key.begin());
  const object::Cache cache = object::Cache::open(test_cache()).value();
  for (const std::vector<std::byte>& bad : {hostile_object(), std::vector<std::byte>(100)}) {
    ASSERT_TRUE(cache.store(key, bad).ok());
    EXPECT_TRUE(test_engine().compile(wasm).ok());
    EXPECT_EQ(test_engine().compile_to_object(wasm).value(), object);
  }
}

TEST(EngineTest, RefusesWhatIsNoObject) {
  std::vector<std::byte> object = test_engine().compile_to_object(assemble(kAdd)).value();
  object.resize(object.size() / 2);
  for (const std::vector<std::byte>& bytes : {std::vector<std::byte>{}, assemble(kAdd), object}) {
    const Result<Module> module = test_engine().load(bytes);
    ASSERT_FALSE(module.ok());
    EXPECT_EQ(module.error().kind(), ErrorKind::kObject);
    EXPECT_FALSE(module.error().message().empty());
  }
}

TEST(EngineTest, RefusesCodeThatLeavesItsCage) {
  const Result<Module> module = test_engine().load(hostile_object());
  ASSERT_FALSE(module.ok());
  EXPECT_EQ(module.error().kind(), ErrorKind::kObject);
}

TEST(EngineTest, StopsSuchCodeAtItsFirstUse) {
  const Engine engine =
      Engine::create({.cache = Engine::Cache::kNone, .verify = Engine::Verify::kAtFirstUse})
          .value();
  const Module module = engine.load(hostile_object()).value();
  Imports imports;
  imports.function("env", "log", [](std::int32_t) {}).global("env", "base", std::int64_t{1});
  Instance instance = Instance::create(module, imports).value();
  const auto add = instance.function<std::int32_t(std::int32_t, std::int32_t)>("add").value();
  const Result<std::int32_t> sum = add(1, 2);
  ASSERT_FALSE(sum.ok());
  EXPECT_EQ(sum.error().trap(), TrapCode::kUnreachable);
}

}  // namespace
}  // namespace lind::embed
