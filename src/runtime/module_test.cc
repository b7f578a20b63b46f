// Real modules, compiled by lindc at test time: what the hand-written guest of thread_test.cc
// cannot show.

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/thread_pool.h"
#include "runtime/thread.h"

namespace lind::runtime {
namespace {

using vmabi::TrapCode;

class ModuleSupervisor : public Supervisor {
 public:
  std::int64_t syscall(Thread& thread, std::int32_t number, const SyscallArgs& args) override {
    return on_syscall(thread, number, args);
  }
  TrapCode call_import(Thread&, std::uint32_t) override { return TrapCode::k_bad_import; }
  void faulted(Thread& thread, const Fault& fault) override {
    last_fault = fault;
    thread.leave();
  }
  bool take_signal(Thread& thread, SignalDelivery* out) override {
    thread.clear_pending();
    if (!storm.exchange(false)) return false;
    *out = {.handler = handler, .signo = 10};
    ++delivered;
    return true;
  }
  void signal_returned(Thread&, std::uint64_t) override {}

  std::function<std::int64_t(Thread&, std::int32_t, const SyscallArgs&)> on_syscall =
      [](Thread&, std::int32_t, const SyscallArgs&) { return 0; };
  Fault last_fault;
  std::atomic<bool> storm{false};
  std::uint32_t handler = 0;
  std::uint32_t delivered = 0;
};

enum class Mode : std::uint8_t { kLind, kExact };

class ModuleTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(initialize_runtime().ok()); }

  void SetUp() override {
    const char* const compiler = std::getenv("LINDC");
    ASSERT_NE(compiler, nullptr) << "LINDC names the compiler; ctest sets it";
    compiler_ = compiler;
    std::string pattern = testing::TempDir() + "lind-module-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { (void)std::system(("rm -rf " + folder_).c_str()); }

  // `name` is a file in testdata.
  std::vector<char> compile(const std::string& name, Mode mode) {
    const std::string make = "cd " + folder_ + " && wat2wasm --enable-threads -o m.wasm " +
                             LIND_TESTDATA "/" + name + ".wat && " + compiler_ +
                             (mode == Mode::kExact ? " --exact" : " --lind") + " -o m.obj m.wasm";
    if (std::system(make.c_str()) != 0) {
      ADD_FAILURE() << make;
      return {};
    }
    std::ifstream file(folder_ + "/m.obj", std::ios::binary);
    return std::vector<char>(std::istreambuf_iterator<char>(file), {});
  }
  std::shared_ptr<Instance> load(const std::string& name, Mode mode) {
    return load(compile(name, mode));
  }
  std::shared_ptr<Instance> load(const std::vector<char>& bytes) {
    auto program = Program::load(std::as_bytes(std::span(bytes)));
    if (!program.ok()) {
      ADD_FAILURE() << program.error().message();
      return nullptr;
    }
    auto instance = Instance::create(std::move(program).value(), {});
    if (!instance.ok()) {
      ADD_FAILURE() << instance.error().message();
      return nullptr;
    }
    return std::move(instance).value();
  }
  std::int64_t call(Thread& thread, std::string_view name, std::vector<std::uint64_t> words = {}) {
    supervisor_.last_fault = {};
    const FuncIndex function = thread.instance().find_function(name).value();
    if (thread.run(function, words) != Left::kReturned) return -1;
    return thread.results().empty() ? 0 : static_cast<std::int32_t>(thread.results()[0]);
  }
  TrapCode trap_of(Thread& thread, std::string_view name, std::vector<std::uint64_t> words = {}) {
    EXPECT_EQ(call(thread, name, std::move(words)), -1);
    return supervisor_.last_fault.code;
  }
  std::unique_ptr<Thread> start(const std::string& name, Mode mode) {
    std::shared_ptr<Instance> instance = load(name, mode);
    if (instance == nullptr) return nullptr;
    return Thread::create(supervisor_, std::move(instance)).value();
  }

  std::string compiler_;
  std::string folder_;
  ModuleSupervisor supervisor_;
};

/// Where the code of an exported function is in the file.
std::size_t file_offset_of(std::span<const std::byte> bytes, std::string_view name) {
  const object::Object object = object::Object::parse(bytes).value();
  for (const vmabi::ExportRecord& item : object.exports()) {
    if (object.text(item.name) != name) continue;
    return object.text_range().offset + object.functions()[item.index].code_offset;
  }
  return 0;
}

TEST_F(ModuleTest, CodeThatTheVerifierRefusesNeverRuns) {
  for (const std::string_view code : {"\x0f\x05", "\xc9\xc3", "\x48\x89\xe0"}) {
    std::vector<char> bytes = compile("traps", Mode::kExact);
    const std::size_t at = file_offset_of(std::as_bytes(std::span(bytes)), "div");
    ASSERT_NE(at, 0U);
    std::ranges::copy(code, bytes.begin() + static_cast<std::ptrdiff_t>(at));
    const std::shared_ptr<Instance> instance = load(bytes);
    ASSERT_NE(instance, nullptr);
    const auto thread = Thread::create(supervisor_, instance).value();
    EXPECT_EQ(call(*thread, "div", {84, 2}), -1);
    EXPECT_EQ(supervisor_.last_fault.kind, Fault::Kind::kTrap);
    EXPECT_EQ(supervisor_.last_fault.code, TrapCode::k_unreachable);
  }
}

TEST_F(ModuleTest, ExactModeTrapsAsTheSpecificationSays) {
  const auto thread = start("traps", Mode::kExact);
  ASSERT_NE(thread, nullptr);
  Thread& t = *thread;
  EXPECT_EQ(call(t, "div", {84, 2}), 42);
  EXPECT_EQ(trap_of(t, "div", {1, 0}), TrapCode::k_integer_divide_by_zero);
  EXPECT_EQ(trap_of(t, "div", {0x80000000, 0xffffffff}), TrapCode::k_integer_overflow);
  EXPECT_EQ(call(t, "load", {65532}), 0);
  EXPECT_EQ(trap_of(t, "load", {65533}), TrapCode::k_out_of_bounds_memory);
  EXPECT_EQ(trap_of(t, "load", {0xffffffff}), TrapCode::k_out_of_bounds_memory);
  EXPECT_EQ(trap_of(t, "far", {65536}), TrapCode::k_out_of_bounds_memory);
  EXPECT_EQ(call(t, "call", {0}), 1);
  EXPECT_EQ(trap_of(t, "call", {1}), TrapCode::k_indirect_call_type);
  EXPECT_EQ(trap_of(t, "call", {2}), TrapCode::k_uninitialized_element);
  EXPECT_EQ(trap_of(t, "call", {4}), TrapCode::k_undefined_element);
  EXPECT_EQ(trap_of(t, "deep", {0}), TrapCode::k_stack_exhausted);
  EXPECT_EQ(trap_of(t, "unreachable"), TrapCode::k_unreachable);
  EXPECT_EQ(trap_of(t, "trunc", {0x7ff8000000000000}), TrapCode::k_invalid_conversion);
  EXPECT_EQ(call(t, "multi", {1, 2, 3}), 1);
  EXPECT_THAT(t.results(), testing::ElementsAre(1, 2, 3));
}

TEST_F(ModuleTest, BulkAndTableOperations) {
  const auto thread = start("traps", Mode::kExact);
  ASSERT_NE(thread, nullptr);
  Thread& t = *thread;
  EXPECT_EQ(call(t, "init", {100, 0, 4}), 0);
  EXPECT_EQ(call(t, "load", {100}), 0x64636261);
  EXPECT_EQ(trap_of(t, "init", {100, 1, 4}), TrapCode::k_out_of_bounds_memory);
  EXPECT_EQ(call(t, "copy", {101, 100, 4}), 0);
  EXPECT_EQ(call(t, "load", {101}), 0x64636261);
  EXPECT_EQ(call(t, "drop"), 0);
  EXPECT_EQ(call(t, "init", {100, 0, 0}), 0);
  EXPECT_EQ(trap_of(t, "init", {100, 0, 1}), TrapCode::k_out_of_bounds_memory);
  EXPECT_EQ(call(t, "fill", {65532, 0xff, 4}), 0);
  EXPECT_EQ(trap_of(t, "fill", {65532, 0, 5}), TrapCode::k_out_of_bounds_memory);
  EXPECT_EQ(call(t, "load", {65532}), -1) << "nothing was written";
  EXPECT_EQ(call(t, "grow", {2}), -1);
  EXPECT_EQ(call(t, "grow", {1}), 1);
  EXPECT_EQ(call(t, "size"), 2);
  EXPECT_EQ(call(t, "load", {131068}), 0);

  EXPECT_EQ(call(t, "tset", {2}), 0);
  EXPECT_EQ(call(t, "call", {2}), 1);
  EXPECT_EQ(trap_of(t, "tset", {4}), TrapCode::k_out_of_bounds_table);
  EXPECT_EQ(call(t, "tgrow", {3}), 4);
  EXPECT_EQ(call(t, "call", {6}), 1);
  EXPECT_EQ(call(t, "tinit", {1, 0, 1}), 0);
  EXPECT_EQ(call(t, "call", {1}), 1);
  EXPECT_EQ(trap_of(t, "tinit", {7, 0, 1}), TrapCode::k_out_of_bounds_table);
  EXPECT_EQ(trap_of(t, "tinit", {0, 1, 1}), TrapCode::k_out_of_bounds_table);
  EXPECT_EQ(call(t, "tcopy", {3, 0, 2}), 0);
  EXPECT_EQ(call(t, "call", {3}), 1);
  EXPECT_EQ(trap_of(t, "tcopy", {6, 0, 2}), TrapCode::k_out_of_bounds_table);
  EXPECT_EQ(call(t, "edrop"), 0);
  EXPECT_EQ(trap_of(t, "tinit", {0, 0, 1}), TrapCode::k_out_of_bounds_table);
}

TEST_F(ModuleTest, LindProgramsCallTheHost) {
  const auto thread = start("program", Mode::kLind);
  ASSERT_NE(thread, nullptr);
  supervisor_.on_syscall = [](Thread&, std::int32_t number, const SyscallArgs& args) {
    EXPECT_THAT(args, testing::ElementsAre(1, 2, 3, 4, 5, 6));
    return std::int64_t{number} * 2;
  };
  EXPECT_EQ(call(*thread, "call", {39}), 78);
}

TEST_F(ModuleTest, IndirectCallsTolerateWhatTheMachineDoes) {
  const auto thread = start("program", Mode::kLind);
  ASSERT_NE(thread, nullptr);
  EXPECT_EQ(call(*thread, "indirect", {1}), 33) << "a parameter more";
  EXPECT_EQ(trap_of(*thread, "indirect", {2}), TrapCode::k_indirect_call_type);
  EXPECT_EQ(call(*thread, "indirect", {3}), 0) << "a result that the callee does not have";
  EXPECT_EQ(call(*thread, "ignore", {1}), 0) << "an ignored result";
  EXPECT_EQ(call(*thread, "ignore", {2}), 0);
  EXPECT_EQ(trap_of(*thread, "indirect", {0}), TrapCode::k_uninitialized_element);
  EXPECT_EQ(trap_of(*thread, "indirect", {8}), TrapCode::k_undefined_element);
}

TEST_F(ModuleTest, ForksDeepInARecursionFinishOnBothSides) {
  const auto thread = start("program", Mode::kLind);
  ASSERT_NE(thread, nullptr);
  for (const std::uint32_t depth : {0U, 5U, 3000U}) {
    std::unique_ptr<ThreadImage> image;
    std::shared_ptr<Instance> instance;
    supervisor_.on_syscall = [&](Thread& parent, std::int32_t, const SyscallArgs&) {
      image = parent.capture().value();
      EXPECT_EQ(image->num_absolute_words(), 0U);
      instance = parent.instance().fork(OtherWriters::kPossible).value();
      return 1;
    };
    const std::uint32_t sum = 3 * depth * (depth + 1) / 2;
    EXPECT_EQ(call(*thread, "store_recurse", {depth}), 0);
    const auto child = Thread::create(supervisor_, instance).value();
    EXPECT_EQ(child->resume(std::move(image), 100), Left::kReturned);
    EXPECT_EQ(thread->instance().memory().load_word(GuestAddr{0x10400}).value(), sum + 1);
    EXPECT_EQ(instance->memory().load_word(GuestAddr{0x10400}).value(), sum + 100);
  }
}

TEST_F(ModuleTest, SetjmpAndLongjmp) {
  const auto thread = start("program", Mode::kLind);
  ASSERT_NE(thread, nullptr);
  EXPECT_EQ(call(*thread, "jump", {1000}), 7000);
  EXPECT_EQ(trap_of(*thread, "late"), TrapCode::k_dead_jump_buffer);
}

TEST_F(ModuleTest, SignalStormIntoComputingCode) {
  const auto thread = start("program", Mode::kLind);
  ASSERT_NE(thread, nullptr);
  constexpr std::uint32_t kRounds = 100'000'000;
  const std::int64_t expected = call(*thread, "spin", {kRounds});
  std::atomic<bool> stop{false};
  std::thread sender([&] {
    while (!stop) {
      supervisor_.storm = true;
      thread->kick();
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  });
  EXPECT_EQ(call(*thread, "spin", {kRounds}), expected);
  stop = true;
  sender.join();
  EXPECT_GT(supervisor_.delivered, 0U);
  EXPECT_EQ(thread->instance().memory().load_word(GuestAddr{0x10100}).value(),
            supervisor_.delivered);
}

TEST_F(ModuleTest, WaitAndNotify) {
  const auto thread = start("program", Mode::kLind);
  ASSERT_NE(thread, nullptr);
  EXPECT_EQ(call(*thread, "wait", {0x10500, 1, ~std::uint64_t{0}}), 1) << "not equal";
  EXPECT_EQ(call(*thread, "wait", {0x10500, 0, 1'000'000}), 2) << "timed out";
  EXPECT_EQ(trap_of(*thread, "wait", {0x10501, 0, 0}), TrapCode::k_unaligned_atomic);
  EXPECT_EQ(call(*thread, "notify", {0x10500, 1}), 0);
  const auto other = Thread::create(supervisor_, thread->shared_instance()).value();
  std::thread waiter([&] { EXPECT_EQ(call(*other, "wait", {0x10500, 0, ~std::uint64_t{0}}), 0); });
  while (call(*thread, "notify", {0x10500, 5}) == 0)
    std::this_thread::yield();
  waiter.join();
}

TEST_F(ModuleTest, BulkOperationsOfLindProgramsFaultPageByPage) {
  const auto thread = start("program", Mode::kLind);
  ASSERT_NE(thread, nullptr);
  EXPECT_EQ(call(*thread, "fill", {0x10000, 0x30000}), 0);
  EXPECT_EQ(trap_of(*thread, "fill", {0xff00, 0x200}), TrapCode::k_out_of_bounds_memory);
  EXPECT_EQ(supervisor_.last_fault.kind, Fault::Kind::kMemory);
  EXPECT_EQ(supervisor_.last_fault.address, 0xff00U);
}

}  // namespace
}  // namespace lind::runtime
