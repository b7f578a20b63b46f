#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <lind/instance.h>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_modules.h"

namespace lind::embed {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// --- calls --------------------------------------------------------------------------------------

constexpr std::string_view kCalls = R"(
  (module
    (func (export "mix") (param i32 f64) (result i32)
      (i32.add (local.get 0) (i32.trunc_f64_s (local.get 1))))
    (func (export "half") (param f32) (result f32) (f32.mul (local.get 0) (f32.const 0.5)))
    (func (export "swap") (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
    (func (export "both") (param v128 v128) (result v128) (v128.xor (local.get 0) (local.get 1)))
    (func (export "same") (param externref) (result externref) (local.get 0))
    (func (export "many") (param i64 i64 i64 i64 i64 i64 i64 i64) (result i64)
      (i64.sub (local.get 7) (local.get 6)))
    (func (export "nothing")))
)";

TEST(CallTest, TypesOfCxxStandForThoseOfWebAssembly) {
  Instance instance = Instance::create(compile(kCalls)).value();
  EXPECT_EQ(instance.function<std::int32_t(std::int32_t, double)>("mix").value()(-40, -2.7).value(),
            -42);
  EXPECT_EQ(instance.function<std::uint32_t(std::uint32_t, double)>("mix").value()(1, 2.0).value(),
            3U);
  EXPECT_EQ(instance.function<float(float)>("half").value()(3.0F).value(), 1.5F);
  using Pair = std::tuple<std::int64_t, std::int32_t>;
  EXPECT_EQ((instance.function<Pair(std::int32_t, std::int64_t)>("swap").value()(-1, -2).value()),
            Pair(-2, -1));
  EXPECT_EQ((instance.function<V128(V128, V128)>("both").value()({1, 2}, {3, 6}).value()),
            (V128{2, 4}));
  EXPECT_EQ(instance.function<ExternRef(ExternRef)>("same").value()({77}).value(), ExternRef{77});
  using I = std::int64_t;
  EXPECT_EQ((instance.function<I(I, I, I, I, I, I, I, I)>("many")
                 .value()(0, 0, 0, 0, 0, 0, 5, 9)
                 .value()),
            4);
  EXPECT_TRUE(instance.function<void()>("nothing").value()().ok());
}

TEST(CallTest, ValuesDoTheSame) {
  Instance instance = Instance::create(compile(kCalls)).value();
  const std::vector<Value> swapped =
      instance.call("swap", std::vector<Value>{std::int32_t{-1}, std::int64_t{-2}}).value();
  EXPECT_THAT(swapped, ElementsAre(Value(std::int64_t{-2}), Value(std::int32_t{-1})));
  EXPECT_TRUE(instance.call("nothing").value().empty());
  const Result<std::vector<Value>> wrong = instance.call("swap", std::vector<Value>{1.0});
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().kind(), ErrorKind::kExport);
}

TEST(CallTest, AMissingExportIsNamed) {
  Instance instance = Instance::create(compile(kCalls)).value();
  const auto found = instance.function<void()>("nowhere");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind(), ErrorKind::kExport);
  EXPECT_EQ(found.error().message(), "no function is exported as nowhere");
  EXPECT_FALSE(instance.call("nowhere").ok());
  EXPECT_FALSE(instance.memory().ok());
  EXPECT_FALSE(instance.global("g").ok());
  EXPECT_FALSE(instance.table_size("t").ok());
}

TEST(CallTest, AWrongTypeIsShown) {
  Instance instance = Instance::create(compile(kCalls)).value();
  const auto found = instance.function<void(std::int64_t)>("half");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind(), ErrorKind::kExport);
  EXPECT_EQ(found.error().message(), "half is a function (f32) -> (f32), not (i64) -> ()");
}

// --- traps --------------------------------------------------------------------------------------

constexpr std::string_view kTraps = R"(
  (module
    (memory 1)
    (func $inner (export "divide") (param i32 i32) (result i32)
      (i32.div_s (local.get 0) (local.get 1)))
    (func (export "outer") (result i32) (call $inner (i32.const 1) (i32.const 0)))
    (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
    (func $deep (export "deep") (call $deep) (call $deep))
    (func (export "stop") unreachable)))";

TEST(TrapTest, TrapsAreValues) {
  Instance instance = Instance::create(compile(kTraps)).value();
  const auto divide = instance.function<std::int32_t(std::int32_t, std::int32_t)>("divide").value();
  const Error zero = divide(1, 0).error();
  EXPECT_EQ(zero.kind(), ErrorKind::kTrap);
  EXPECT_EQ(zero.trap(), TrapCode::kIntegerDivideByZero);
  EXPECT_EQ(zero.message(), "integer divide by zero");
  EXPECT_EQ(divide(std::numeric_limits<std::int32_t>::min(), -1).error().trap(),
            TrapCode::kIntegerOverflow);
  const auto load = instance.function<std::int32_t(std::int32_t)>("load").value();
  EXPECT_EQ(load(65533).error().trap(), TrapCode::kOutOfBoundsMemory);
  EXPECT_EQ(load(-1).error().trap(), TrapCode::kOutOfBoundsMemory);
  EXPECT_EQ(instance.function<void()>("deep").value()().error().trap(), TrapCode::kStackExhausted);
  EXPECT_EQ(instance.function<void()>("stop").value()().error().trap(), TrapCode::kUnreachable);
  // It goes on.
  EXPECT_EQ(divide(6, 3).value(), 2);
}

TEST(TrapTest, TheBacktraceNamesFunctions) {
  Instance instance = Instance::create(compile(kTraps)).value();
  const Error error = instance.function<std::int32_t()>("outer").value()().error();
  ASSERT_FALSE(error.backtrace().empty());
  EXPECT_THAT(error.backtrace().back(), HasSubstr("outer"));
}

TEST(TrapTest, ATrapInTheStartFunctionIsTheResultOfCreate) {
  const Result<Instance> instance =
      Instance::create(compile("(module (func $f unreachable) (start $f))"));
  ASSERT_FALSE(instance.ok());
  EXPECT_EQ(instance.error().trap(), TrapCode::kUnreachable);
}

TEST(TrapTest, SoIsASegmentOutOfBounds) {
  const Result<Instance> instance =
      Instance::create(compile(R"((module (memory 1) (data (i32.const 65535) "ab")))"));
  ASSERT_FALSE(instance.ok());
  EXPECT_EQ(instance.error().kind(), ErrorKind::kTrap);
  EXPECT_EQ(instance.error().message(), "out of bounds memory access");
}

// --- imports ------------------------------------------------------------------------------------

constexpr std::string_view kImports = R"(
  (module
    (import "env" "add" (func $add (param i32 i32) (result i32)))
    (import "env" "note" (func $note (param i64)))
    (import "env" "base" (global $base i32))
    (memory (export "memory") 1)
    (func (export "run") (param i32) (result i32)
      (call $note (i64.const 7))
      (i32.add (global.get $base) (call $add (local.get 0) (i32.const 1))))))";

Imports good_imports(std::int64_t& noted) {
  Imports imports;
  imports.function("env", "add", [](std::int32_t a, std::int32_t b) { return a + b; })
      .function("env", "note", [&noted](std::int64_t value) { noted = value; })
      .global("env", "base", std::int32_t{100});
  return imports;
}

TEST(ImportTest, HostFunctionsAndGlobals) {
  std::int64_t noted = 0;
  Instance instance = Instance::create(compile(kImports), good_imports(noted)).value();
  EXPECT_EQ(instance.function<std::int32_t(std::int32_t)>("run").value()(5).value(), 106);
  EXPECT_EQ(noted, 7);
}

TEST(ImportTest, WhatIsMissingIsNamed) {
  const Result<Instance> instance = Instance::create(compile(kImports));
  ASSERT_FALSE(instance.ok());
  EXPECT_EQ(instance.error().kind(), ErrorKind::kImport);
  EXPECT_EQ(instance.error().message(), "import env.add: no function of that name is given");
}

TEST(ImportTest, WrongTypesAreShown) {
  std::int64_t noted = 0;
  Imports imports = good_imports(noted);
  imports.function("env", "note", [](std::int32_t) {});
  Result<Instance> instance = Instance::create(compile(kImports), imports);
  ASSERT_FALSE(instance.ok());
  EXPECT_EQ(instance.error().message(),
            "import env.note: a function of type (i32) -> (), the module wants (i64) -> ()");
  imports = good_imports(noted);
  imports.global("env", "base", 1.0);
  instance = Instance::create(compile(kImports), imports);
  ASSERT_FALSE(instance.ok());
  EXPECT_EQ(instance.error().message(),
            "import env.base: a global of type f64, the module wants i32");
}

TEST(ImportTest, AMemoryAndATableOfItsOwn) {
  const Module module = compile(R"(
    (module (import "env" "memory" (memory 2)) (import "env" "table" (table 3 funcref))
            (export "m" (memory 0)) (export "t" (table 0))))");
  Result<Instance> refused = Instance::create(module);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("no memory of that name"));
  Imports imports;
  imports.own_memory("env", "memory").own_table("env", "table");
  Instance instance = Instance::create(module, imports).value();
  EXPECT_EQ(instance.memory("m").value().pages(), 2U);
  EXPECT_EQ(instance.table_size("t").value(), 3U);
}

TEST(ImportTest, AMutableGlobalCannotBeImported) {
  Imports imports;
  imports.global("env", "g", std::int32_t{1});
  const Result<Instance> instance =
      Instance::create(compile(R"((module (import "env" "g" (global (mut i32)))))"), imports);
  ASSERT_FALSE(instance.ok());
  EXPECT_EQ(instance.error().kind(), ErrorKind::kImport);
}

std::int32_t twice(std::int32_t value) {
  return 2 * value;
}

TEST(ImportTest, AnythingCallable) {
  const Module module = compile(R"(
    (module (import "env" "f" (func $f (param i32) (result i32)))
            (func (export "run") (param i32) (result i32) (call $f (local.get 0)))))");
  const auto run = [&module](const Imports& imports) {
    Instance instance = Instance::create(module, imports).value();
    return instance.function<std::int32_t(std::int32_t)>("run").value()(21).value();
  };
  EXPECT_EQ(run(Imports().function("env", "f", &twice)), 42);
  EXPECT_EQ(run(Imports().function("env", "f", std::function<std::int32_t(std::int32_t)>(&twice))),
            42);
  int calls = 0;
  EXPECT_EQ(run(Imports().function(
                "env", "f", [calls](std::int32_t value) mutable { return value + ++calls; })),
            22);
  EXPECT_EQ(run(Imports().dynamic_function(
                "env", "f", {{ValueType::kI32}, {ValueType::kI32}},
                [](Caller&, std::span<const Value> arguments, std::span<Value> results) {
                  results[0] = arguments[0].as<std::int32_t>() + 1;
                  return Result<void>();
                })),
            22);
}

TEST(ImportTest, SeveralResultsAndManyArguments) {
  using I = std::int64_t;
  Imports imports;
  imports.function("env", "two", [](I a, V128 v) { return std::tuple<V128, I>(v, -a); })
      .function("env", "ten", [](I, I, I, I, I, I, I g, float h, double i, I j) {
        return static_cast<double>(g + j) + static_cast<double>(h) + i;
      });
  Instance instance = Instance::create(compile(R"(
    (module
      (import "env" "two" (func $two (param i64 v128) (result v128 i64)))
      (import "env" "ten"
        (func $ten (param i64 i64 i64 i64 i64 i64 i64 f32 f64 i64) (result f64)))
      (func (export "two") (result v128 i64)
        (call $two (i64.const 5) (v128.const i64x2 1 2)))
      (func (export "ten") (result f64)
        (call $ten (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1)
          (i64.const 1) (i64.const 100) (f32.const 20) (f64.const 3) (i64.const 1000)))))"),
                                       imports)
                          .value();
  EXPECT_EQ(instance.function<double()>("ten").value()().value(), 1123.0);
  using Pair = std::tuple<V128, I>;
  EXPECT_EQ(instance.function<Pair()>("two").value()().value(), Pair(V128{1, 2}, -5));
}

TEST(ImportTest, AHostFunctionReachesItsCaller) {
  const Module module = compile(R"(
    (module (import "env" "f" (func $f (param i32)))
            (memory (export "memory") 1)
            (func (export "back") (param i32) (i32.store (i32.const 8) (local.get 0)))
            (func (export "run") (result i32)
              (i32.store (i32.const 4) (i32.const 40)) (call $f (i32.const 4))
              (i32.load (i32.const 8)))))");
  int data = 2;
  Imports imports;
  imports.function("env", "f", [](Caller& caller, std::int32_t address) -> Result<void> {
    const auto at = static_cast<std::uint32_t>(address);
    const Result<std::int32_t> value = caller.memory().read<std::int32_t>(at);
    if (!value.ok()) return value.error();
    const auto back = caller.function<void(std::int32_t)>("back");
    if (!back.ok()) return back.error();
    return (*back)(*value + *static_cast<const int*>(caller.user_data()));
  });
  Instance instance = Instance::create(module, imports).value();
  instance.set_user_data(&data);
  EXPECT_EQ(instance.function<std::int32_t()>("run").value()().value(), 42);
}

// --- errors in host functions -------------------------------------------------------------------

constexpr std::string_view kCallsHost = R"(
  (module (import "env" "f" (func $f (result i32)))
          (memory (export "memory") 1)
          (global (export "after") (mut i32) (i32.const 0))
          (func (export "trap") unreachable)
          (func (export "spin") (loop (br 0)))
          (func $middle (result i32) (call $f))
          (func (export "run") (result i32) (call $middle) (global.set 0 (i32.const 1)))))";

TEST(HostErrorTest, ATrapOfAHostFunctionEndsTheCall) {
  Imports imports;
  imports.function("env", "f", []() -> Result<std::int32_t> { return Error::trap("enough"); });
  Instance instance = Instance::create(compile(kCallsHost), imports).value();
  const Error error = instance.function<std::int32_t()>("run").value()().error();
  EXPECT_EQ(error.kind(), ErrorKind::kTrap);
  EXPECT_EQ(error.message(), "enough");
  EXPECT_FALSE(error.backtrace().empty());
  EXPECT_EQ(instance.global("after").value(), Value(std::int32_t{0}));
}

TEST(HostErrorTest, AnErrorOfItsOwnComesBackAsItIs) {
  Imports imports;
  imports.function("env", "f",
                   []() -> Result<std::int32_t> { return Error(ErrorKind::kUser, "code 17"); });
  Instance instance = Instance::create(compile(kCallsHost), imports).value();
  const Error error = instance.function<std::int32_t()>("run").value()().error();
  EXPECT_EQ(error.kind(), ErrorKind::kUser);
  EXPECT_EQ(error.message(), "code 17");
}

TEST(HostErrorTest, AHostFunctionSurvivesATrapOfWhatItCalls) {
  Imports imports;
  TrapCode seen = TrapCode::kNone;
  imports.function("env", "f", [&seen](Caller& caller) {
    seen = caller.function<void()>("trap").value()().error().trap();
    return 5;
  });
  Instance instance = Instance::create(compile(kCallsHost), imports).value();
  EXPECT_EQ(instance.function<std::int32_t()>("run").value()().value(), 5);
  EXPECT_EQ(seen, TrapCode::kUnreachable);
  EXPECT_EQ(instance.global("after").value(), Value(std::int32_t{1}));
}

TEST(HostErrorTest, OneInstanceCallsAnother) {
  Instance inner = Instance::create(compile(kCallsHost), Imports().function("env", "f", [] {
                     return 8;
                   })).value();
  Imports imports;
  imports.function("env", "f", [&inner]() -> Result<std::int32_t> {
    if (inner.function<void()>("trap").value()().ok()) return Error(ErrorKind::kUser, "no trap");
    return inner.function<std::int32_t()>("run").value()();
  });
  Instance outer = Instance::create(compile(kCallsHost), imports).value();
  EXPECT_EQ(outer.function<std::int32_t()>("run").value()().value(), 8);
}

// --- interruption -------------------------------------------------------------------------------

/// Calls interrupt() until it finds a call, from another thread.
class Later {
 public:
  explicit Later(Interrupter interrupter)
      : thread_([interrupter = std::move(interrupter)] {
          while (!interrupter.interrupt())
            std::this_thread::yield();
        }) {}
  ~Later() { thread_.join(); }
  Later(const Later&) = delete;
  Later& operator=(const Later&) = delete;

 private:
  std::thread thread_;
};

Imports no_function() {
  return Imports().function("env", "f", [] { return 0; });
}

TEST(InterruptTest, ATightLoopEnds) {
  Instance instance = Instance::create(compile(kCallsHost), no_function()).value();
  const auto spin = instance.function<void()>("spin").value();
  for (int i = 0; i < 20; ++i) {
    const Later later(instance.interrupter());
    EXPECT_EQ(spin().error().kind(), ErrorKind::kInterrupted);
  }
  EXPECT_EQ(instance.function<std::int32_t()>("run").value()().value(), 0);
}

TEST(InterruptTest, AHostFunctionSeesItAndTheCallEndsBehindIt) {
  Imports imports;
  imports.function("env", "f", [](Caller& caller) {
    while (!caller.interrupted())
      std::this_thread::yield();
    return 1;
  });
  Instance instance = Instance::create(compile(kCallsHost), imports).value();
  const Later later(instance.interrupter());
  EXPECT_EQ(instance.function<std::int32_t()>("run").value()().error().kind(),
            ErrorKind::kInterrupted);
  EXPECT_EQ(instance.global("after").value(), Value(std::int32_t{0}));
}

TEST(InterruptTest, EndsTheInnerCallAndTheOuterOne) {
  Imports imports;
  std::optional<ErrorKind> inner;
  imports.function("env", "f", [&inner](Caller& caller) {
    inner = caller.function<void()>("spin").value()().error().kind();
    return 1;
  });
  Instance instance = Instance::create(compile(kCallsHost), imports).value();
  const Later later(instance.interrupter());
  EXPECT_EQ(instance.function<std::int32_t()>("run").value()().error().kind(),
            ErrorKind::kInterrupted);
  EXPECT_EQ(inner, ErrorKind::kInterrupted);
  EXPECT_EQ(instance.global("after").value(), Value(std::int32_t{0}));
}

TEST(InterruptTest, EndsWhatItCallsInOtherInstances) {
  Instance inner = Instance::create(compile(kCallsHost), no_function()).value();
  Imports imports;
  imports.function("env", "f", [&inner]() -> Result<std::int32_t> {
    return inner.function<void()>("spin").value()().error();
  });
  Instance outer = Instance::create(compile(kCallsHost), imports).value();
  {
    const Later later(outer.interrupter());
    EXPECT_EQ(outer.function<std::int32_t()>("run").value()().error().kind(),
              ErrorKind::kInterrupted);
  }
  EXPECT_EQ(inner.function<std::int32_t()>("run").value()().value(), 0);
}

TEST(InterruptTest, AnAtomicWaitEnds) {
  Instance instance = Instance::create(compile(R"(
    (module (memory 1 1 shared)
            (func (export "wait") (result i32)
              (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))))"))
                          .value();
  const Later later(instance.interrupter());
  EXPECT_EQ(instance.function<std::int32_t()>("wait").value()().error().kind(),
            ErrorKind::kInterrupted);
}

TEST(InterruptTest, NothingIsRememberedWithoutACall) {
  std::optional<Instance> instance = Instance::create(compile(kCallsHost), no_function()).value();
  const Interrupter interrupter = instance->interrupter();
  EXPECT_FALSE(interrupter.interrupt());
  EXPECT_EQ(instance->function<std::int32_t()>("run").value()().value(), 0);
  instance.reset();
  EXPECT_FALSE(interrupter.interrupt());
}

TEST(InterruptTest, RacesWithTheEndOfACall) {
  Instance instance = Instance::create(compile(kCallsHost), no_function()).value();
  const auto run = instance.function<std::int32_t()>("run").value();
  std::atomic<bool> done = false;
  std::thread other([&done, interrupter = instance.interrupter()] {
    while (!done) {
      (void)interrupter.interrupt();
      std::this_thread::yield();
    }
  });
  for (int i = 0; i < 20000; ++i) {
    const Result<std::int32_t> result = run();
    if (!result.ok()) EXPECT_EQ(result.error().kind(), ErrorKind::kInterrupted);
  }
  done = true;
  other.join();
  EXPECT_TRUE(run().ok());
}

// --- life ---------------------------------------------------------------------------------------

TEST(LifeTest, AnInstanceMayBeDestroyedByWhatItCalls) {
  std::optional<Instance> instance;
  Imports imports;
  imports.function("env", "f", [&instance] {
    instance.reset();
    return 1;
  });
  instance.emplace(Instance::create(compile(kCallsHost), imports).value());
  Memory memory = instance->memory().value();
  const auto run = instance->function<std::int32_t()>("run").value();
  EXPECT_EQ(run().error().kind(), ErrorKind::kState);
  EXPECT_EQ(run().error().kind(), ErrorKind::kState);
  EXPECT_EQ(memory.size(), 0U);
  EXPECT_EQ(memory.read<std::uint8_t>(0).error().kind(), ErrorKind::kState);
}

TEST(LifeTest, SoMayTheFunctionThatRuns) {
  struct Program {
    Instance instance;
    Function<std::int32_t()> run;
  };
  std::unique_ptr<Program> program;
  Imports imports;
  imports.function("env", "f", [&program] {
    program.reset();
    return 1;
  });
  Instance made = Instance::create(compile(kCallsHost), imports).value();
  auto run = made.function<std::int32_t()>("run").value();
  program = std::make_unique<Program>(Program{std::move(made), std::move(run)});
  EXPECT_EQ(program->run().error().kind(), ErrorKind::kState);
  EXPECT_EQ(program, nullptr);
}

TEST(LifeTest, FunctionsOfAnInstanceThatIsGoneSaySo) {
  std::optional<Instance> instance = Instance::create(compile(kCalls)).value();
  const auto nothing = instance->function<void()>("nothing").value();
  instance.reset();
  EXPECT_EQ(nothing().error().kind(), ErrorKind::kState);
}

TEST(LifeTest, ASecondThreadIsToldToWait) {
  std::atomic<bool> inside = false;
  std::atomic<bool> go_on = false;
  Imports imports;
  imports.function("env", "f", [&inside, &go_on] {
    inside = true;
    while (!go_on)
      std::this_thread::yield();
    return 3;
  });
  Instance instance = Instance::create(compile(kCallsHost), imports).value();
  const auto run = instance.function<std::int32_t()>("run").value();
  std::thread other([&run] { EXPECT_EQ(run().value(), 3); });
  while (!inside)
    std::this_thread::yield();
  EXPECT_EQ(run().error().kind(), ErrorKind::kState);
  go_on = true;
  other.join();
}

TEST(LifeTest, TwoThreadsUseTwoInstancesOfAModule) {
  const Module module = compile(kTraps);
  const auto work = [&module] {
    Instance instance = Instance::create(module).value();
    const auto divide =
        instance.function<std::int32_t(std::int32_t, std::int32_t)>("divide").value();
    for (int i = 0; i < 2000; ++i) {
      ASSERT_EQ(divide(i * 7, 7).value(), i);
      ASSERT_EQ(divide(i, 0).error().trap(), TrapCode::kIntegerDivideByZero);
    }
  };
  std::thread first(work);
  std::thread second(work);
  first.join();
  second.join();
}

TEST(LifeTest, AnInstanceMovesBetweenThreads) {
  Instance instance = Instance::create(compile(kCallsHost), no_function()).value();
  std::thread([&instance] { EXPECT_TRUE(instance.call("run").ok()); }).join();
  Instance moved = std::move(instance);
  EXPECT_TRUE(moved.call("run").ok());
}

// --- memories, globals, limits ------------------------------------------------------------------

TEST(MemoryTest, ReadsAndWritesWithinItsBounds) {
  Instance instance = Instance::create(compile(kCallsHost), no_function()).value();
  const Memory memory = instance.memory().value();
  EXPECT_EQ(memory.size(), kPageBytes);
  ASSERT_TRUE(memory.write(65532, std::uint32_t{0x64636261}).ok());
  EXPECT_EQ(memory.read<std::uint32_t>(65532).value(), 0x64636261U);
  EXPECT_EQ(memory.read_string(65532, 4).value(), "abcd");
  EXPECT_EQ(memory.bytes()[65533], std::byte{'b'});
  EXPECT_EQ(memory.read<std::uint32_t>(65533).error().kind(), ErrorKind::kBounds);
  EXPECT_EQ(memory.read<std::uint32_t>(~std::uint64_t{0}).error().kind(), ErrorKind::kBounds);
  EXPECT_EQ(memory.write(65533, std::uint32_t{1}).error().kind(), ErrorKind::kBounds);
  EXPECT_EQ(memory.read_string(1, ~std::uint64_t{0}).error().kind(), ErrorKind::kBounds);
  EXPECT_EQ(memory.read_string(65536, 0).value(), "");
}

TEST(MemoryTest, Grows) {
  Instance instance =
      Instance::create(compile(kCallsHost), no_function(), {.max_memory_bytes = 3 * kPageBytes})
          .value();
  const Memory memory = instance.memory().value();
  const std::byte* const start = memory.bytes().data();
  EXPECT_EQ(memory.grow(2).value(), 1U);
  EXPECT_EQ(memory.pages(), 3U);
  EXPECT_EQ(memory.bytes().data(), start);
  EXPECT_TRUE(memory.write(3 * kPageBytes - 1, std::uint8_t{1}).ok());
  EXPECT_EQ(memory.grow(1).error().kind(), ErrorKind::kLimit);
  EXPECT_EQ(memory.grow(~std::uint64_t{0}).error().kind(), ErrorKind::kLimit);
}

TEST(LimitTest, AModuleThatWantsMoreIsRefused) {
  const Result<Instance> memory =
      Instance::create(compile("(module (memory 3))"), {}, {.max_memory_bytes = 2 * kPageBytes});
  ASSERT_FALSE(memory.ok());
  EXPECT_EQ(memory.error().kind(), ErrorKind::kLimit);
  EXPECT_EQ(memory.error().message(), "a memory of 3 pages, the limit is 2");
  const Result<Instance> table =
      Instance::create(compile("(module (table 20 funcref))"), {}, {.max_table_entries = 19});
  ASSERT_FALSE(table.ok());
  EXPECT_EQ(table.error().kind(), ErrorKind::kLimit);
}

TEST(LimitTest, GrowingBeyondFails) {
  Instance instance =
      Instance::create(compile(R"(
    (module (memory 1) (table 1 funcref)
            (func (export "memory") (param i32) (result i32) (memory.grow (local.get 0)))
            (func (export "table") (param i32) (result i32)
              (table.grow 0 (ref.null func) (local.get 0)))))"),
                       {}, {.max_memory_bytes = 4 * kPageBytes, .max_table_entries = 5})
          .value();
  const auto grow = [&instance](std::string_view name, std::int32_t by) {
    return instance.function<std::int32_t(std::int32_t)>(name).value()(by).value();
  };
  EXPECT_EQ(grow("memory", 4), -1);
  EXPECT_EQ(grow("memory", 3), 1);
  EXPECT_EQ(grow("table", 5), -1);
  EXPECT_EQ(grow("table", 4), 1);
}

TEST(GlobalTest, ReadsAndWrites) {
  Instance instance = Instance::create(compile(R"(
    (module (global (export "a") (mut i64) (i64.const -5))
            (global (export "b") f64 (f64.const 0.5))
            (global (export "c") (mut v128) (v128.const i64x2 1 2))
            (func (export "a_now") (result i64) (global.get 0))))"))
                          .value();
  EXPECT_EQ(instance.global("a").value(), Value(std::int64_t{-5}));
  EXPECT_EQ(instance.global("b").value(), Value(0.5));
  EXPECT_EQ(instance.global("c").value(), Value(V128{1, 2}));
  ASSERT_TRUE(instance.set_global("a", std::int64_t{9}).ok());
  EXPECT_EQ(instance.function<std::int64_t()>("a_now").value()().value(), 9);
  ASSERT_TRUE(instance.set_global("c", V128{3, 4}).ok());
  EXPECT_EQ(instance.global("c").value(), Value(V128{3, 4}));
  EXPECT_EQ(instance.set_global("a", std::int32_t{1}).error().kind(), ErrorKind::kExport);
  EXPECT_EQ(instance.set_global("b", 1.0).error().kind(), ErrorKind::kExport);
}

}  // namespace
}  // namespace lind::embed
