// The new encoding of exceptions (try_table, throw_ref, exnref) and what both have in common,
// through compiler and runtime.  Debian's wabt cannot write it, so that modules are put together
// here.

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "loaded.h"
#include "script_host.h"

namespace lind::spec {
namespace {

using vmabi::TrapCode;

// --- the binary format ---------------------------------------------------------------------------

constexpr char kI32 = 0x7f;
constexpr char kI64 = 0x7e;
constexpr char kF64 = 0x7c;
constexpr char kV128 = 0x7b;
constexpr char kExn = 0x69;

std::string leb(std::uint64_t value) {
  std::string result;
  for (; value >= 0x80; value >>= 7)
    result += static_cast<char>(value | 0x80);
  return result + static_cast<char>(value);
}

std::string signed_leb(std::int64_t value) {
  std::string result;
  for (; value < -64 || value >= 64; value >>= 7)
    result += static_cast<char>((value & 0x7f) | 0x80);
  return result + static_cast<char>(value & 0x7f);
}

std::string sized(const std::string& content) {
  return leb(content.size()) + content;
}

std::string list(const std::vector<std::string>& items) {
  std::string result = leb(items.size());
  for (const std::string& item : items)
    result += item;
  return result;
}

std::string code(std::initializer_list<int> bytes) {
  std::string result;
  for (const int byte : bytes)
    result += static_cast<char>(byte);
  return result;
}

std::string i32_const(std::int32_t value) {
  return code({0x41}) + signed_leb(value);
}
std::string i64_const(std::int64_t value) {
  return code({0x42}) + signed_leb(value);
}
std::string call(std::uint32_t function) {
  return code({0x10}) + leb(function);
}
std::string throw_(std::uint32_t tag) {
  return code({0x08}) + leb(tag);
}
std::string local_get(std::uint32_t index) {
  return code({0x20}) + leb(index);
}
std::string local_set(std::uint32_t index) {
  return code({0x21}) + leb(index);
}
std::string block(char type, const std::string& body) {
  return code({0x02}) + type + body + code({0x0b});
}
/// A block with a signature of the type section.
std::string block_of(std::uint32_t type, const std::string& body) {
  return code({0x02}) + signed_leb(type) + body + code({0x0b});
}
/// The type of the block is no parameter, and one result or none.
std::string try_table(char type, const std::vector<std::string>& clauses, const std::string& body) {
  return code({0x1f}) + type + list(clauses) + body + code({0x0b});
}
std::string catch_(std::uint32_t tag, std::uint32_t label) {
  return code({0}) + leb(tag) + leb(label);
}
std::string catch_ref(std::uint32_t tag, std::uint32_t label) {
  return code({1}) + leb(tag) + leb(label);
}
std::string catch_all(std::uint32_t label) {
  return code({2}) + leb(label);
}
std::string catch_all_ref(std::uint32_t label) {
  return code({3}) + leb(label);
}

constexpr char kNothing = 0x40;
const std::string kThrowRef = code({0x0a});     // NOLINT(cert-err58-cpp): a test
const std::string kReturn = code({0x0f});       // NOLINT(cert-err58-cpp): a test
const std::string kUnreachable = code({0x00});  // NOLINT(cert-err58-cpp): a test
const std::string kAdd = code({0x6a});          // NOLINT(cert-err58-cpp): a test
const std::string kDrop = code({0x1a});         // NOLINT(cert-err58-cpp): a test

/// A module whose functions are exported under their names and whose tags under "t<index>".
class ModuleText {
 public:
  std::uint32_t type(const std::string& params, const std::string& results) {
    types_.push_back(code({0x60}) + sized(params) + sized(results));
    return static_cast<std::uint32_t>(types_.size() - 1);
  }
  std::uint32_t import_function(const std::string& name, std::uint32_t type) {
    imports_.push_back(sized("m") + sized(name) + code({0}) + leb(type));
    return num_functions_++;
  }
  std::uint32_t import_tag(const std::string& name, std::uint32_t type) {
    imports_.push_back(sized("m") + sized(name) + code({4, 0}) + leb(type));
    return num_tags_++;
  }
  std::uint32_t tag(const std::string& params) {
    tags_.push_back(code({0}) + leb(type(params, "")));
    exports_.push_back(sized("t" + std::to_string(num_tags_)) + code({4}) + leb(num_tags_));
    return num_tags_++;
  }
  /// A table of exnref, empty and as large as it likes.
  void table() { tables_.push_back(code({kExn, 0, 0})); }
  /// A mutable global of exnref, null.
  void global() { globals_.push_back(code({kExn, 1, 0xd0, kExn, 0x0b})); }
  std::uint32_t function(const std::string& name, const std::string& params,
                         const std::string& results, const std::string& body,
                         const std::string& locals = "") {
    functions_.push_back(leb(type(params, results)));
    std::vector<std::string> runs;
    for (const char local : locals)
      runs.push_back(code({1, local}));
    bodies_.push_back(sized(list(runs) + body + code({0x0b})));
    exports_.push_back(sized(name) + code({0}) + leb(num_functions_));
    return num_functions_++;
  }
  std::string text() const {
    const auto section = [](int id, const std::vector<std::string>& items) {
      return items.empty() ? std::string() : static_cast<char>(id) + sized(list(items));
    };
    return std::string("\0asm\1\0\0\0", 8) + section(1, types_) + section(2, imports_) +
           section(3, functions_) + section(4, tables_) + section(13, tags_) +
           section(6, globals_) + section(7, exports_) + section(10, bodies_);
  }

 private:
  std::vector<std::string> types_, imports_, functions_, tables_, tags_, globals_, exports_,
      bodies_;
  std::uint32_t num_functions_ = 0;
  std::uint32_t num_tags_ = 0;
};

class TryTable : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(runtime::initialize_runtime().ok()); }

  std::shared_ptr<Loaded> make(const ModuleText& module) {
    const std::string text = module.text();
    const auto bytes = std::as_bytes(std::span(text));
    auto loaded = load({bytes.begin(), bytes.end()}, wasm::Features{}, registry_, host_);
    EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    if (!loaded.ok()) return nullptr;
    return loaded.value();
  }
  Outcome run(Loaded& loaded, std::string_view name, const std::vector<Words>& arguments = {}) {
    const wasm::Export* found = loaded.find_export(name, wasm::ExternKind::kFunction);
    EXPECT_NE(found, nullptr) << name;
    return host_.invoke(loaded, FuncIndex{found->index}, arguments);
  }
  /// The one result, or a message.
  std::string value(Loaded& loaded, std::string_view name, std::uint64_t argument) {
    return describe(run(loaded, name, {{.low = argument}}));
  }
  std::string value(Loaded& loaded, std::string_view name) { return describe(run(loaded, name)); }
  static std::string describe(const Outcome& outcome) {
    if (outcome.trap) return std::string(vmabi::trap_message(*outcome.trap));
    std::string text;
    for (const Words& words : outcome.results)
      text += (text.empty() ? "" : " ") + std::to_string(words.low);
    return text;
  }

  ScriptHost host_;
  Registry registry_;
};

TEST_F(TryTable, CatchesByTag) {
  ModuleText module;
  const std::uint32_t empty = module.tag("");
  const std::uint32_t number = module.tag({kI32});
  module.function("plain", "", {kI32},
                  block(kNothing, try_table(kNothing, {catch_(empty, 0)}, throw_(empty)) +
                                      i32_const(1) + kReturn) +
                      i32_const(2));
  module.function(
      "payload", {kI32}, {kI32},
      block(kI32, try_table(kI32, {catch_(number, 0)}, local_get(0) + throw_(number)) + kReturn) +
          i32_const(100) + kAdd);
  module.function(
      "other", "", {kI32},
      block(kNothing, try_table(kNothing, {catch_(empty, 0)}, i32_const(5) + throw_(number))) +
          i32_const(2));
  module.function(
      "order", {kI32}, {kI32},
      block(kNothing,
            block(kI32, try_table(kNothing, {catch_(number, 0), catch_(number, 0), catch_all(1)},
                                  local_get(0) + throw_(number)) +
                            kUnreachable) +
                kReturn) +
          i32_const(-1));
  module.function(
      "nothing thrown", "", {kI32},
      block(kNothing, try_table(kNothing, {catch_all(0)}, "") + i32_const(1) + kReturn) +
          i32_const(2));
  const auto loaded = make(module);
  ASSERT_NE(loaded, nullptr);
  EXPECT_EQ(value(*loaded, "plain"), "2");
  EXPECT_EQ(value(*loaded, "payload", 7), "107");
  EXPECT_EQ(value(*loaded, "other"), "uncaught exception");
  EXPECT_EQ(value(*loaded, "order", 9), "9");
  EXPECT_EQ(value(*loaded, "nothing thrown"), "1");
}

TEST_F(TryTable, CarriesEveryTypeInOrder) {
  ModuleText module;
  const std::string types = {kI64, kF64, kV128, kI32, kI64};
  const std::uint32_t tag = module.tag(types);
  const std::uint32_t signature = module.type("", types);
  const std::uint32_t thrower = module.function(
      "thrower", types, "",
      local_get(0) + local_get(1) + local_get(2) + local_get(3) + local_get(4) + throw_(tag));
  module.function("all", types, types,
                  block_of(signature, try_table(kNothing, {catch_(tag, 0)},
                                                local_get(0) + local_get(1) + local_get(2) +
                                                    local_get(3) + local_get(4) + call(thrower)) +
                                          kUnreachable));
  const auto loaded = make(module);
  ASSERT_NE(loaded, nullptr);
  const std::vector<Words> values = {{.low = 1ULL << 40},
                                     {.low = 0x7ff4000000000001},
                                     {.low = 3, .high = 4},
                                     {.low = 5},
                                     {.low = ~0ULL}};
  const Outcome outcome = run(*loaded, "all", values);
  ASSERT_FALSE(outcome.trap) << describe(outcome);
  ASSERT_EQ(outcome.results.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(outcome.results[i].low, values[i].low) << i;
    EXPECT_EQ(outcome.results[i].high, values[i].high) << i;
  }
}

TEST_F(TryTable, ThrowsReferencesAgain) {
  ModuleText module;
  const std::uint32_t tag = module.tag({kI32});
  const std::uint32_t both = module.type("", {kI32, kExn});
  module.global();
  const std::uint32_t again = module.function(
      "again", {kI32}, "",
      block_of(both, try_table(kNothing, {catch_ref(tag, 0)}, local_get(0) + throw_(tag)) +
                         kUnreachable) +
          kThrowRef);
  module.function("caught again", {kI32}, {kI32},
                  block(kI32, try_table(kNothing, {catch_(tag, 0)}, local_get(0) + call(again)) +
                                  kUnreachable));
  module.function("keep", {kI32}, "",
                  block(kExn, try_table(kNothing, {catch_all_ref(0)}, local_get(0) + throw_(tag)) +
                                  kUnreachable) +
                      code({0x24, 0}));
  module.function("kept", "", {kI32},
                  block(kI32, try_table(kNothing, {catch_(tag, 0)}, code({0x23, 0}) + kThrowRef) +
                                  kUnreachable));
  module.function("null", "", "", code({0xd0, kExn}) + kThrowRef);
  module.function(
      "null inside", "", "",
      block(kNothing, try_table(kNothing, {catch_all(0)}, code({0xd0, kExn}) + kThrowRef)));
  module.function("is null", "", {kI32}, code({0x23, 0, 0xd1}));
  const auto loaded = make(module);
  ASSERT_NE(loaded, nullptr);
  EXPECT_EQ(value(*loaded, "caught again", 3), "3");
  EXPECT_EQ(value(*loaded, "again", 3), "uncaught exception");
  EXPECT_EQ(value(*loaded, "is null"), "1");
  EXPECT_EQ(value(*loaded, "kept"), "null exception reference");
  EXPECT_EQ(value(*loaded, "keep", 8), "");
  EXPECT_EQ(value(*loaded, "is null"), "0");
  EXPECT_EQ(value(*loaded, "kept"), "8");
  EXPECT_EQ(value(*loaded, "kept"), "8");
  EXPECT_EQ(value(*loaded, "null"), "null exception reference");
  EXPECT_EQ(value(*loaded, "null inside"), "null exception reference");
}

TEST_F(TryTable, DoesNotCatchTraps) {
  ModuleText module;
  module.tag("");
  const std::uint32_t divide =
      module.function("divide", {kI32}, {kI32}, i32_const(1) + local_get(0) + code({0x6d}));
  module.function(
      "divide inside", {kI32}, {kI32},
      block(kNothing, try_table(kI32, {catch_all(0)}, local_get(0) + call(divide)) + kReturn) +
          i32_const(99));
  const auto loaded = make(module);
  ASSERT_NE(loaded, nullptr);
  EXPECT_EQ(value(*loaded, "divide inside", 1), "1");
  EXPECT_EQ(value(*loaded, "divide inside", 0), "integer divide by zero");
}

// What is alive over a call that throws may be in registers that inner frames have pushed.
TEST_F(TryTable, KeepsLocalsOverDeepThrows) {
  ModuleText module;
  const std::uint32_t tag = module.tag({kI32});
  // deep(n): throws n0 where n reaches 0, with ten values alive over each call.
  const std::uint32_t deep_index = 0;
  std::string sum;
  std::string spread;
  const std::string locals(10, kI32);
  for (std::uint32_t i = 1; i <= 10; ++i) {
    spread +=
        local_get(0) + i32_const(static_cast<std::int32_t>(i * 1000)) + code({0x73}) + local_set(i);
    sum += local_get(i) + kAdd;
  }
  module.function("deep", {kI32}, {kI32},
                  spread + local_get(0) + code({0x45, 0x04, kNothing}) + i32_const(77) +
                      throw_(tag) + code({0x0b}) + local_get(0) + i32_const(1) + code({0x6b}) +
                      call(deep_index) + sum,
                  locals);
  const auto outer = [&](const std::string& inner) {
    return spread + block(kI32, try_table(kI32, {catch_(tag, 0)}, inner)) + sum;
  };
  module.function("outer", {kI32}, {kI32}, outer(local_get(0) + call(deep_index)), locals);
  module.function("none", {kI32}, {kI32}, outer(i32_const(77)), locals);
  const auto loaded = make(module);
  ASSERT_NE(loaded, nullptr);
  for (const std::uint64_t depth : {0ULL, 1ULL, 2ULL, 17ULL, 3000ULL}) {
    EXPECT_EQ(value(*loaded, "outer", depth), value(*loaded, "none", depth)) << depth;
  }
}

TEST_F(TryTable, LeavesTailCallsAlone) {
  ModuleText module;
  const std::uint32_t tag = module.tag("");
  const std::uint32_t thrower = module.function("thrower", "", "", throw_(tag));
  const std::uint32_t tail = module.function(
      "tail", "", "",
      block(kNothing, try_table(kNothing, {catch_all(0)}, code({0x12}) + leb(thrower))));
  module.function(
      "outer", "", {kI32},
      block(kNothing, try_table(kNothing, {catch_all(0)}, call(tail)) + i32_const(1) + kReturn) +
          i32_const(2));
  const auto loaded = make(module);
  ASSERT_NE(loaded, nullptr);
  EXPECT_EQ(value(*loaded, "tail"), "uncaught exception");
  EXPECT_EQ(value(*loaded, "outer"), "2");
}

// Tags are told apart by instance, exceptions cross between modules.
TEST_F(TryTable, CrossesModules) {
  ModuleText exporter;
  const std::uint32_t exported = exporter.tag({kI32});
  exporter.function("thrower", {kI32}, "", local_get(0) + throw_(exported));
  const auto owner = make(exporter);
  ASSERT_NE(owner, nullptr);
  registry_["m"] = owner;

  ModuleText importer;
  const std::uint32_t thrower = importer.import_function("thrower", importer.type({kI32}, ""));
  const std::uint32_t payload = importer.type({kI32}, "");
  const std::uint32_t first = importer.import_tag("t0", payload);
  const std::uint32_t second = importer.import_tag("t0", payload);
  const std::uint32_t own = importer.tag({kI32});
  const auto catching = [&](std::uint32_t tag) {
    return block(
        kI32, try_table(kNothing, {catch_(tag, 0)}, local_get(0) + call(thrower)) + kUnreachable);
  };
  importer.function("first", {kI32}, {kI32}, catching(first));
  importer.function("second", {kI32}, {kI32}, catching(second));
  importer.function("own", {kI32}, {kI32}, catching(own));
  importer.function("all", {kI32}, {kI32},
                    block(kNothing, try_table(kNothing, {catch_(own, 1), catch_all(0)},
                                              local_get(0) + call(thrower))) +
                        i32_const(2));
  const auto loaded = make(importer);
  ASSERT_NE(loaded, nullptr);
  EXPECT_EQ(value(*loaded, "first", 4), "4");
  EXPECT_EQ(value(*loaded, "second", 5), "5");
  EXPECT_EQ(value(*loaded, "own", 6), "uncaught exception");
  EXPECT_EQ(value(*loaded, "all", 7), "2");
  EXPECT_EQ(value(*owner, "thrower", 7), "uncaught exception");
}

// One that nobody holds any more costs nothing; what is held has a limit.
TEST_F(TryTable, BoundsWhatIsAlive) {
  ModuleText module;
  const std::uint32_t tag = module.tag({kI64});
  module.table();
  const std::uint32_t one = module.function(
      "one", "", {kExn},
      block(kExn,
            try_table(kNothing, {catch_all_ref(0)}, i64_const(1) + throw_(tag)) + kUnreachable));
  // loop: local0 -= 1; br_if
  const auto repeat = [&](const std::string& body) {
    return code({0x03, kNothing}) + body + local_get(0) + i32_const(1) + code({0x6b, 0x22, 0}) +
           code({0x0d, 0, 0x0b});
  };
  module.function("drop", {kI32}, "", repeat(call(one) + kDrop));
  module.function("hold", {kI32}, "",
                  repeat(call(one) + i32_const(1) + code({0xfc, 0x0f, 0}) + kDrop));
  module.function(
      "forget", "", "",
      i32_const(0) + code({0xd0, kExn}) + code({0xfc, 0x10, 0}) + code({0xfc, 0x11, 0}));
  const auto loaded = make(module);
  ASSERT_NE(loaded, nullptr);
  EXPECT_EQ(value(*loaded, "drop", 300'000), "");
  EXPECT_EQ(value(*loaded, "hold", 1000), "");
  EXPECT_EQ(value(*loaded, "hold", 300'000), "too many exceptions are alive");
  EXPECT_EQ(value(*loaded, "drop", 1), "too many exceptions are alive");
  EXPECT_EQ(value(*loaded, "forget"), "");
  EXPECT_EQ(value(*loaded, "drop", 1000), "");
}

}  // namespace
}  // namespace lind::spec
