#include <atomic>
#include <lind/pool.h>
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

// Everything that an instance may leave behind.
constexpr std::string_view kStateful = R"(
  (module
    (import "env" "f" (func $f (result i32)))
    (memory (export "memory") 2 40)
    (data (i32.const 100) "image")
    (data $passive "passive")
    (table (export "table") 4 20 funcref)
    (elem (i32.const 1) $one)
    (elem $more func $two)
    (global $g (export "g") (mut i64) (i64.const 5))
    (type $t (func (result i32)))
    (func $one (result i32) (i32.const 1))
    (func $two (result i32) (i32.const 2))
    (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
    (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "pages") (result i32) (memory.size))
    (func (export "use_segments")
      (memory.init $passive (i32.const 0) (i32.const 0) (i32.const 7)) (data.drop $passive)
      (table.init $more (i32.const 1) (i32.const 0) (i32.const 1)) (elem.drop $more)
      (drop (table.grow 0 (ref.null func) (i32.const 3))))
    (func (export "indirect") (param i32) (result i32) (call_indirect (type $t) (local.get 0)))
    (func (export "spin") (loop (br 0)))
    (func (export "call") (result i32) (call $f))
    (func (export "set") (global.set $g (i64.const 6)))))";

using Load = std::int32_t(std::int32_t);

Imports imports_with(std::function<std::int32_t()> f) {
  return Imports().function("env", "f", std::move(f));
}

InstancePool make_pool(const InstancePool::Options& options = {}) {
  return InstancePool::create(compile(kStateful), imports_with([] { return 0; }), options).value();
}

void expect_fresh(Instance& instance) {
  const auto load = instance.function<Load>("load").value();
  EXPECT_EQ(load(100).value(), 'i');
  EXPECT_EQ(load(0).value(), 0);
  EXPECT_EQ(load(70000).value(), 0);
  EXPECT_EQ(load(131072).error().trap(), TrapCode::kOutOfBoundsMemory);
  EXPECT_EQ(instance.function<std::int32_t()>("pages").value()().value(), 2);
  EXPECT_EQ(instance.memory().value().pages(), 2U);
  EXPECT_EQ(instance.global("g").value(), Value(std::int64_t{5}));
  EXPECT_EQ(instance.table_size("table").value(), 4U);
  const auto indirect = instance.function<Load>("indirect").value();
  EXPECT_EQ(indirect(1).value(), 1);
  EXPECT_EQ(indirect(0).error().trap(), TrapCode::kUninitializedElement);
  EXPECT_EQ(indirect(5).error().trap(), TrapCode::kUndefinedElement);
}

void spoil(Instance& instance) {
  const auto store = instance.function<void(std::int32_t, std::int32_t)>("store").value();
  ASSERT_TRUE(store(100, 'x').ok());
  ASSERT_TRUE(store(70000, 'x').ok());
  EXPECT_EQ(instance.function<Load>("grow").value()(3).value(), 2);
  ASSERT_TRUE(store(131072, 'x').ok());
  ASSERT_TRUE(instance.function<void()>("use_segments").value()().ok());
  EXPECT_EQ(instance.function<Load>("load").value()(0).value(), 'p');
  EXPECT_EQ(instance.function<Load>("indirect").value()(1).value(), 2);
  EXPECT_EQ(instance.table_size("table").value(), 7U);
  ASSERT_TRUE(instance.function<void()>("set").value()().ok());
}

TEST(PoolTest, NobodySeesWhatTheLastOneHasDone) {
  const InstancePool pool = make_pool();
  for (int i = 0; i < 5; ++i) {
    Instance instance = pool.take().value();
    expect_fresh(instance);
    spoil(instance);
    EXPECT_EQ(pool.num_alive(), 1U);
    EXPECT_EQ(pool.num_idle(), 0U);
  }
  EXPECT_EQ(pool.num_alive(), 0U);
  EXPECT_EQ(pool.num_idle(), 1U);
}

TEST(PoolTest, NorAfterManyPages) {
  const InstancePool pool = make_pool();
  for (int i = 0; i < 3; ++i) {
    Instance instance = pool.take().value();
    expect_fresh(instance);
    ASSERT_EQ(instance.function<Load>("grow").value()(38).value(), 2);
    for (std::byte& byte : instance.memory().value().bytes())
      byte = std::byte{0xff};
  }
}

TEST(PoolTest, NorIfTheyAreMoreThanAreKept) {
  const InstancePool pool = InstancePool::create(compile(R"(
    (module (memory (export "memory") 16) (data (i32.const 1000000) "image")))"))
                                .value();
  for (int i = 0; i < 3; ++i) {
    Instance instance = pool.take().value();
    const Memory memory = instance.memory().value();
    EXPECT_EQ(memory.read_string(1'000'000, 5).value(), "image");
    EXPECT_EQ(memory.read<std::uint64_t>(500'000).value(), 0U);
    for (std::byte& byte : memory.bytes())
      byte = std::byte{0xff};
  }
}

TEST(PoolTest, SeveralAtOnceAreApart) {
  const InstancePool pool = make_pool();
  std::vector<Instance> instances;
  for (int i = 0; i < 20; ++i)
    instances.push_back(pool.take().value());
  for (Instance& instance : instances) {
    expect_fresh(instance);
    spoil(instance);
  }
  instances.clear();
  EXPECT_EQ(pool.num_idle(), 20U);
}

TEST(PoolTest, HasItsLimits) {
  const InstancePool pool = make_pool(
      {.limits = {.max_memory_bytes = 3 * kPageBytes}, .max_instances = 3, .max_idle = 1});
  std::vector<Instance> instances;
  for (int i = 0; i < 3; ++i)
    instances.push_back(pool.take().value());
  EXPECT_EQ(pool.take().error().kind(), ErrorKind::kLimit);
  EXPECT_EQ(instances[0].function<Load>("grow").value()(2).value(), -1);
  instances.clear();
  EXPECT_EQ(pool.num_idle(), 1U);
  EXPECT_TRUE(pool.take().ok());
}

TEST(PoolTest, WhatRefersToADestroyedInstanceDoesNotReachTheNext) {
  const InstancePool pool = make_pool();
  std::optional<Instance> first = pool.take().value();
  const auto set = first->function<void()>("set").value();
  const Memory memory = first->memory().value();
  const Interrupter interrupter = first->interrupter();
  first.reset();
  Instance second = pool.take().value();
  EXPECT_EQ(set().error().kind(), ErrorKind::kState);
  EXPECT_EQ(memory.size(), 0U);
  EXPECT_TRUE(memory.bytes().empty());
  EXPECT_EQ(memory.write(0, 1).error().kind(), ErrorKind::kState);
  EXPECT_EQ(memory.grow(1).error().kind(), ErrorKind::kState);
  EXPECT_FALSE(interrupter.interrupt());
  expect_fresh(second);
}

TEST(PoolTest, AnInterruptedOneComesBackWhole) {
  const InstancePool pool = make_pool();
  for (int i = 0; i < 5; ++i) {
    Instance instance = pool.take().value();
    std::thread other([interrupter = instance.interrupter()] {
      while (!interrupter.interrupt())
        std::this_thread::yield();
    });
    EXPECT_EQ(instance.function<void()>("spin").value()().error().kind(), ErrorKind::kInterrupted);
    other.join();
  }
  Instance instance = pool.take().value();
  expect_fresh(instance);
}

TEST(PoolTest, AnInstanceMayBeDestroyedByWhatItCalls) {
  std::optional<Instance> instance;
  const InstancePool pool = InstancePool::create(compile(kStateful), imports_with([&instance] {
                                                   instance.reset();
                                                   return 1;
                                                 }))
                                .value();
  instance = pool.take().value();
  const auto call = instance->function<std::int32_t()>("call").value();
  EXPECT_EQ(call().error().kind(), ErrorKind::kState);
  EXPECT_EQ(pool.num_idle(), 1U);
  instance = pool.take().value();
  EXPECT_EQ(call().error().kind(), ErrorKind::kState);
  expect_fresh(*instance);
}

TEST(PoolTest, InstancesOutliveIt) {
  std::optional<InstancePool> pool = make_pool();
  Instance instance = pool->take().value();
  pool.reset();
  expect_fresh(instance);
}

TEST(PoolTest, TheStartFunctionRunsInEachInstance) {
  int starts = 0;
  Imports imports;
  imports.function("env", "f", [&starts]() -> Result<void> {
    if (++starts == 3) return Error(ErrorKind::kUser, "the third");
    return {};
  });
  const InstancePool pool =
      InstancePool::create(compile(R"((module (import "env" "f" (func $f)) (start $f)))"), imports)
          .value();
  EXPECT_EQ(starts, 0);
  EXPECT_TRUE(pool.take().ok());
  EXPECT_TRUE(pool.take().ok());
  EXPECT_EQ(pool.take().error().message(), "the third");
  EXPECT_EQ(pool.num_alive(), 0U);
  EXPECT_TRUE(pool.take().ok());
}

TEST(PoolTest, RefusesWhatItCannotCopy) {
  const Result<InstancePool> memories =
      InstancePool::create(compile("(module (memory 1) (memory 1))"));
  ASSERT_FALSE(memories.ok());
  EXPECT_EQ(memories.error().kind(), ErrorKind::kState);
  const Result<InstancePool> unlinked = InstancePool::create(compile(kStateful));
  ASSERT_FALSE(unlinked.ok());
  EXPECT_EQ(unlinked.error().kind(), ErrorKind::kImport);
  const Result<InstancePool> trap =
      InstancePool::create(compile(R"((module (memory 1) (data (i32.const 65536) "a")))"));
  ASSERT_FALSE(trap.ok());
  EXPECT_EQ(trap.error().trap(), TrapCode::kOutOfBoundsMemory);
}

TEST(PoolTest, ThreadsShareIt) {
  const InstancePool pool = make_pool();
  const auto work = [&pool] {
    for (int i = 0; i < 300; ++i) {
      Instance instance = pool.take().value();
      const auto load = instance.function<Load>("load").value();
      ASSERT_EQ(load(100).value(), 'i');
      ASSERT_TRUE(
          instance.function<void(std::int32_t, std::int32_t)>("store").value()(100, 'x').ok());
    }
  };
  std::thread first(work);
  std::thread second(work);
  first.join();
  second.join();
  EXPECT_EQ(pool.num_alive(), 0U);
}

}  // namespace
}  // namespace lind::embed
