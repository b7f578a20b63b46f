#include "runtime/thread.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/thread_pool.h"
#include "host/time.h"
#include "runtime/test_program_internal.h"
#include "runtime/thread_state_internal.h"
#include "runtime/wait_queue.h"

namespace lind::runtime {
namespace {

using vmabi::TrapCode;

constexpr GuestAddr kCounters{0x10000};
constexpr std::uint64_t kJumpBuffer = 0x12000;

// Answers by functions that a test sets; faults are noted and end the stay unless a test says
// otherwise.
class FakeSupervisor : public Supervisor {
 public:
  std::int64_t syscall(Thread& thread, std::int32_t number, const SyscallArgs& args) override {
    return on_syscall(thread, number, args);
  }
  TrapCode call_import(Thread& thread, std::uint32_t index) override {
    return on_import(thread, index);
  }
  void faulted(Thread& thread, const Fault& fault) override {
    faults.push_back(fault);
    on_fault(thread);
  }
  bool take_signal(Thread& thread, SignalDelivery* out) override {
    thread.clear_pending();
    if (signals.empty()) return false;
    *out = signals.back();
    signals.pop_back();
    return true;
  }
  void signal_returned(Thread&, std::uint64_t mask) override { masks.push_back(mask); }

  std::function<std::int64_t(Thread&, std::int32_t, const SyscallArgs&)> on_syscall =
      [](Thread&, std::int32_t, const SyscallArgs&) { return 0; };
  std::function<TrapCode(Thread&, std::uint32_t)> on_import = [](Thread&, std::uint32_t) {
    return TrapCode::kNone;
  };
  std::function<void(Thread&)> on_fault = [](Thread& thread) { thread.leave(); };
  std::vector<Fault> faults;
  std::vector<SignalDelivery> signals;  // the last one first
  std::vector<std::uint64_t> masks;
};

// As FakeSupervisor, with a storm of the same signal from another thread.
class StormSupervisor : public FakeSupervisor {
 public:
  bool take_signal(Thread& thread, SignalDelivery* out) override {
    thread.clear_pending();
    if (sent.exchange(false) == false) return false;
    *out = {.handler = handler, .signo = 10};
    ++delivered;
    return true;
  }
  std::atomic<bool> sent{false};
  std::uint32_t handler = 0;
  int delivered = 0;
};

class ThreadTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ASSERT_TRUE(initialize_runtime().ok());
    program_ = new std::shared_ptr<const Program>(make_test_program());
  }
  static void TearDownTestSuite() { delete program_; }

  static std::shared_ptr<Instance> make_instance() {
    return Instance::create(*program_, {}).value();
  }
  std::unique_ptr<Thread> make_thread() {
    return Thread::create(supervisor_, make_instance()).value();
  }
  static FuncIndex function(Thread& thread, std::string_view name) {
    return thread.instance().find_function(name).value();
  }
  static std::int64_t call(Thread& thread, std::string_view name,
                           std::vector<std::uint64_t> words = {}) {
    if (thread.run(function(thread, name), words) != Left::kReturned) return -1;
    return thread.results().empty() ? 0 : static_cast<std::int64_t>(thread.results()[0]);
  }
  static std::uint32_t word(Thread& thread, std::uint64_t at) {
    return thread.instance().memory().load_word(GuestAddr{at}).value();
  }
  static std::uint64_t expected_spin(Thread& thread, std::uint64_t rounds) {
    return static_cast<std::uint64_t>(call(thread, "spin", {rounds}));
  }

  static std::shared_ptr<const Program>* program_;
  FakeSupervisor supervisor_;
};
std::shared_ptr<const Program>* ThreadTest::program_ = nullptr;

TEST_F(ThreadTest, RunsExports) {
  const auto thread = make_thread();
  EXPECT_EQ(call(*thread, "add", {40, 2}), 42);
  EXPECT_EQ(call(*thread, "bump", {5}), 5);
  EXPECT_EQ(call(*thread, "bump", {6}), 11);
  EXPECT_EQ(thread->global_word(1), 11U);
  thread->reset_globals();
  EXPECT_EQ(thread->global_word(1), 0U);
  EXPECT_EQ(thread->global_word(0), 0x20000U);
}

TEST_F(ThreadTest, SystemCallsGetSevenArgumentsAndLeakNothing) {
  SyscallArgs seen{};
  std::int32_t seen_number = 0;
  supervisor_.on_syscall = [&](Thread&, std::int32_t number, const SyscallArgs& args) {
    seen_number = number;
    seen = args;
    return 123;
  };
  const auto thread = make_thread();
  EXPECT_EQ(call(*thread, "registers", {39}), 123);
  EXPECT_EQ(seen_number, 39);
  EXPECT_THAT(seen, testing::ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(ThreadTest, FaultsSayWhatAndWhere) {
  const auto thread = make_thread();
  struct Case {
    const char* function;
    std::vector<std::uint64_t> words;
    Fault::Kind kind;
    TrapCode code;
    std::uint64_t address;
  };
  const Case cases[] = {
      {"unreachable", {}, Fault::Kind::kTrap, TrapCode::k_unreachable, 0},
      {"load", {0}, Fault::Kind::kMemory, TrapCode::k_out_of_bounds_memory, 0},
      {"load", {0x40000}, Fault::Kind::kMemory, TrapCode::k_out_of_bounds_memory, 0x40000},
      {"load", {0xffffffff}, Fault::Kind::kMemory, TrapCode::k_out_of_bounds_memory, 0xffffffff},
      {"store", {0x40000, 1}, Fault::Kind::kMemory, TrapCode::k_out_of_bounds_memory, 0x40000},
      {"misaligned", {1}, Fault::Kind::kMemory, TrapCode::k_out_of_bounds_memory, 0},
      {"fill",
       {0x3ff00, 1, 0x200},
       Fault::Kind::kMemory,
       TrapCode::k_out_of_bounds_memory,
       0x40000},
      {"fill", {0xfffffff0, 1, 0x20}, Fault::Kind::kTrap, TrapCode::k_out_of_bounds_memory, 0},
      {"overflow", {}, Fault::Kind::kStack, TrapCode::k_stack_exhausted, 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.function);
    supervisor_.faults.clear();
    EXPECT_EQ(thread->run(function(*thread, c.function), c.words), Left::kAsked);
    ASSERT_EQ(supervisor_.faults.size(), 1U);
    EXPECT_EQ(supervisor_.faults[0].kind, c.kind);
    EXPECT_EQ(supervisor_.faults[0].code, c.code);
    EXPECT_EQ(supervisor_.faults[0].address, c.address);
    EXPECT_EQ(call(*thread, "add", {1, 2}), 3) << "the thread is usable again";
  }
}

TEST_F(ThreadTest, AFaultThatIsRepairedRunsTheInstructionAgain) {
  const auto thread = make_thread();
  supervisor_.on_fault = [](Thread& t) { EXPECT_TRUE(t.instance().memory().grow(1).ok()); };
  EXPECT_EQ(call(*thread, "load", {0x40000}), 0);
  EXPECT_EQ(supervisor_.faults.size(), 1U);
  EXPECT_EQ(call(*thread, "fill", {0x4ff00, 1, 0x200}), 7) << "a builtin is called again too";
  EXPECT_EQ(supervisor_.faults.size(), 2U);
}

TEST_F(ThreadTest, NestedStaysKeepEachOthersState) {
  const auto outer = make_thread();
  const auto other = make_thread();
  supervisor_.on_import = [&](Thread& thread, std::uint32_t index) {
    EXPECT_EQ(index, 0U);
    const std::uint64_t a = thread.slots()[0];
    EXPECT_EQ(call(*other, "bump", {100}), 100);
    EXPECT_EQ(call(thread, "bump", {1}), 8) << "the same thread, deeper";
    EXPECT_EQ(thread.slots()[1], 2U) << "slots come back";
    thread.slots()[0] = a * 2;
    return TrapCode::kNone;
  };
  EXPECT_EQ(call(*outer, "bump", {7}), 7);
  EXPECT_EQ(call(*outer, "import", {21, 2}), 42);
  EXPECT_EQ(outer->global_word(1), 8U);
  EXPECT_EQ(other->global_word(1), 100U);
}

// A thread that was suspended in an answer has put its globals aside; the next answer must not
// begin with those, or its stack would shrink with every call.
TEST_F(ThreadTest, EveryAnswerBeginsWithTheSameGlobals) {
  const auto outer = make_thread();
  const auto middle = make_thread();
  const auto inner = make_thread();
  const auto answer = [](Thread& thread, std::string_view name, std::vector<std::uint64_t> words) {
    return thread.answer(thread.entry_of(function(thread, name)), words);
  };
  supervisor_.on_import = [&](Thread& thread, std::uint32_t) {
    if (&thread == outer.get()) {
      EXPECT_EQ(answer(*middle, "import", {3, 4}), 7U);
      thread.slots()[0] = 1;
    } else {
      EXPECT_EQ(thread.global_word(1), 0U);
      thread.set_global_word(1, 55);
      EXPECT_EQ(answer(*inner, "bump", {100}), 100U);
      EXPECT_EQ(thread.global_word(1), 55U) << "they come back";
      thread.slots()[0] = 7;
    }
    return TrapCode::kNone;
  };
  for (int round = 0; round < 3; ++round)
    EXPECT_EQ(call(*outer, "import", {1, 2}), 1);
}

TEST_F(ThreadTest, ATrapOfAnImportEndsTheStay) {
  const auto thread = make_thread();
  supervisor_.on_import = [](Thread&, std::uint32_t) { return TrapCode::k_bad_import; };
  EXPECT_EQ(thread->run(function(*thread, "import"), std::array<std::uint64_t, 2>{1, 2}),
            Left::kAsked);
  EXPECT_EQ(supervisor_.faults.at(0).code, TrapCode::k_bad_import);
}

// --- fork ---------------------------------------------------------------------------------------

TEST_F(ThreadTest, ForkContinuesBothSidesDeepInARecursion) {
  host::ThreadPool pool;
  for (const std::uint64_t depth : {0U, 1U, 60U, 3000U}) {
    std::atomic<std::int64_t> child_result{-2};
    supervisor_.on_syscall = [&](Thread& parent, std::int32_t, const SyscallArgs&) {
      auto image = parent.capture().value();
      EXPECT_EQ(image->num_absolute_words(), 0U);
      auto child =
          Thread::create(supervisor_, parent.instance().fork(OtherWriters::kPossible).value())
              .value();
      std::atomic<bool> done{false};
      EXPECT_TRUE(pool.run([&] {
                        EXPECT_EQ(child->resume(std::move(image), 1000), Left::kReturned);
                        // results of a resumed stay are in the slots, which nobody asks for
                        child_result = 1;
                        done = true;
                      })
                      .ok());
      while (!done)
        std::this_thread::yield();
      return 5;
    };
    const auto thread = make_thread();
    EXPECT_EQ(call(*thread, "recurse", {depth, 57}),
              static_cast<std::int64_t>(5 + depth * (depth + 1) / 2));
    EXPECT_EQ(child_result, 1);
  }
}

TEST_F(ThreadTest, ForkedMemoriesAndGlobalsDiverge) {
  std::shared_ptr<Instance> child_instance;
  std::unique_ptr<Thread> child;
  std::unique_ptr<ThreadImage> image;
  supervisor_.on_syscall = [&](Thread& parent, std::int32_t, const SyscallArgs&) {
    image = parent.capture().value();
    child_instance = parent.instance().fork(OtherWriters::kPossible).value();
    return 1;
  };
  const auto thread = make_thread();
  EXPECT_EQ(call(*thread, "store", {0x10100, 7}), 0x10100 * 0);
  EXPECT_EQ(call(*thread, "bump", {3}), 3);
  EXPECT_EQ(call(*thread, "recurse", {2, 57}), 4);
  child = Thread::create(supervisor_, child_instance).value();
  EXPECT_EQ(child->resume(std::move(image), 0), Left::kReturned);
  EXPECT_EQ(call(*child, "bump", {1}), 4);
  EXPECT_EQ(call(*thread, "bump", {1}), 4);
  EXPECT_EQ(word(*child, 0x10100), 7U);
}

// --- setjmp
// ---------------------------------------------------------------------------------------

TEST_F(ThreadTest, LongjmpRestoresRegistersAndPointsDoNotPileUp) {
  const auto thread = make_thread();
  EXPECT_EQ(call(*thread, "jump", {100000}), 500000);
  EXPECT_EQ(call(*thread, "jump", {1}), 5);
}

TEST_F(ThreadTest, ABufferDiesWithItsFrame) {
  const auto thread = make_thread();
  EXPECT_EQ(thread->run(function(*thread, "late"), {}), Left::kAsked);
  ASSERT_EQ(supervisor_.faults.size(), 1U);
  EXPECT_EQ(supervisor_.faults[0].code, TrapCode::k_dead_jump_buffer);
}

TEST_F(ThreadTest, ForgedAndForeignTokensAreDead) {
  const auto thread = make_thread();
  for (const std::uint64_t forged : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
    supervisor_.faults.clear();
    const auto bytes = std::as_bytes(std::span(&forged, 1));
    ASSERT_TRUE(thread->instance().memory().copy_out(GuestAddr{kJumpBuffer}, bytes).ok());
    EXPECT_EQ(call(*thread, "jump_to", {kJumpBuffer, 1}), -1);
    EXPECT_EQ(supervisor_.faults.at(0).code, TrapCode::k_dead_jump_buffer);
  }
  // A living buffer of the outer stay is out of reach of an inner one.
  supervisor_.faults.clear();
  bool inner_done = false;
  supervisor_.on_syscall = [&](Thread& t, std::int32_t, const SyscallArgs&) {
    EXPECT_EQ(call(t, "jump_to", {kJumpBuffer, 1}), -1);
    inner_done = true;
    return 0;
  };
  EXPECT_EQ(call(*thread, "arm", {1}), -1) << "leave ends all stays";
  EXPECT_TRUE(inner_done);
}

TEST_F(ThreadTest, TwoPointsOfOneFrameAreApart) {
  const auto thread = make_thread();
  int calls = 0;
  supervisor_.on_syscall = [&](Thread& t, std::int32_t, const SyscallArgs& args) -> std::int64_t {
    // setjmp A = 0, B = 0; then B again with 7 from a deeper stay is refused, so use the value.
    ++calls;
    (void)t;
    return static_cast<std::int64_t>(args[0]);
  };
  EXPECT_EQ(call(*thread, "two", {5}), 0);
  EXPECT_EQ(calls, 1);
}

TEST_F(ThreadTest, ForkCopiesJumpBuffersAndTheWatchedFrame) {
  std::unique_ptr<ThreadImage> image;
  std::shared_ptr<Instance> child_instance;
  supervisor_.on_syscall = [&](Thread& parent, std::int32_t, const SyscallArgs&) {
    if (image == nullptr) {
      image = parent.capture().value();
      EXPECT_EQ(image->num_absolute_words(), 0U);
      child_instance = parent.instance().fork(OtherWriters::kPossible).value();
    }
    return 1;
  };
  const auto thread = make_thread();
  EXPECT_EQ(call(*thread, "arm", {600}), 1);
  const auto child = Thread::create(supervisor_, child_instance).value();
  EXPECT_EQ(child->resume(std::move(image), 9), Left::kReturned);
  EXPECT_EQ(call(*child, "jump_to", {kJumpBuffer, 1}), -1) << "dead in the child too";
}

TEST_F(ThreadTest, BacktraceSeesThroughWatchedFrames) {
  std::vector<std::string> names;
  supervisor_.on_syscall = [&](Thread& thread, std::int32_t, const SyscallArgs&) {
    names = thread.backtrace(10);
    return 0;
  };
  const auto thread = make_thread();
  EXPECT_EQ(call(*thread, "recurse", {2, 1}), 3);
  EXPECT_THAT(names, testing::ElementsAre("recurse", "recurse", "recurse"));
  EXPECT_EQ(thread->run(function(*thread, "late"), {}), Left::kAsked);
  EXPECT_THAT(names, testing::ElementsAre("arm", "late"));
}

// --- signals
// --------------------------------------------------------------------------------------

TEST_F(ThreadTest, SignalsAtSystemCallExitKeepTheResult) {
  const auto thread = make_thread();
  supervisor_.on_syscall = [&](Thread& t, std::int32_t, const SyscallArgs&) {
    supervisor_.signals = {{.handler = 3, .signo = 11, .restore_mask = 2},
                           {.handler = 0, .signo = 12, .restore_mask = 1}};
    t.kick();
    return 321;
  };
  EXPECT_EQ(call(*thread, "registers", {39}), 321);
  EXPECT_EQ(word(*thread, to_u64(kCounters) + 4 * 11), 1U);
  EXPECT_EQ(word(*thread, to_u64(kCounters) + 4 * 12), 1U);
  EXPECT_THAT(supervisor_.masks, testing::ElementsAre(0x77, 1))
      << "the last one taken runs first; a handler may change its mask";
  const std::uint32_t siginfo = word(*thread, 0x11000);
  EXPECT_LE(siginfo + 128 + 216 + 128, 0x20000U);
  EXPECT_EQ(siginfo % 16, 0U);
  EXPECT_EQ(thread->global_word(0), 0x20000U) << "__stack_pointer is back";
}

TEST_F(ThreadTest, InterruptedCallsRestartAsTheHandlerWants) {
  const auto thread = make_thread();
  struct Case {
    std::int64_t first;
    bool any;
    bool restart;
    std::int64_t result;
    int calls;
  };
  const Case cases[] = {
      {kRestart, true, true, 55, 2},
      {kRestart, true, false, -EINTR, 1},
      {kRestart, false, false, 55, 2},
      {kRestartNoHandler, true, true, -EINTR, 1},
      {kRestartNoHandler, false, false, 55, 2},
  };
  for (const Case& c : cases) {
    int calls = 0;
    supervisor_.on_syscall = [&](Thread& t, std::int32_t, const SyscallArgs& args) {
      EXPECT_THAT(args, testing::ElementsAre(1, 2, 3, 4, 5, 6));
      if (++calls > 1) return std::int64_t{55};
      if (c.any) supervisor_.signals = {{.handler = 0, .signo = 13, .restart = c.restart}};
      t.kick();
      return c.first;
    };
    EXPECT_EQ(call(*thread, "registers", {39}), c.result);
    EXPECT_EQ(calls, c.calls);
  }
}

TEST_F(ThreadTest, HandlersMakeSystemCallsAndMayFork) {
  std::unique_ptr<ThreadImage> image;
  std::shared_ptr<Instance> child_instance;
  supervisor_.on_syscall = [&](Thread& t, std::int32_t number, const SyscallArgs&) {
    if (number == 500) {
      image = t.capture().value();
      EXPECT_EQ(image->num_absolute_words(), 0U);
      child_instance = t.instance().fork(OtherWriters::kPossible).value();
      return 66;
    }
    supervisor_.signals = {{.handler = 1, .signo = 14}};
    t.kick();
    return 77;
  };
  const auto thread = make_thread();
  EXPECT_EQ(call(*thread, "registers", {39}), 77);
  EXPECT_EQ(word(*thread, 0x11008), 66U);
  const auto child = Thread::create(supervisor_, child_instance).value();
  EXPECT_EQ(child->resume(std::move(image), 88), Left::kReturned);
  EXPECT_EQ(word(*child, 0x11008), 88U);
}

TEST_F(ThreadTest, LongjmpLeavesAHandler) {
  const auto thread = make_thread();
  int calls = 0;
  supervisor_.on_syscall = [&](Thread& t, std::int32_t, const SyscallArgs& args) {
    if (++calls == 1) {
      EXPECT_EQ(args[0], 0U);
      supervisor_.signals = {{.handler = 2, .signo = 15}};
      t.kick();
    }
    return static_cast<std::int64_t>(args[0]);
  };
  EXPECT_EQ(call(*thread, "arm", {5}), 42);
  EXPECT_EQ(calls, 2);
  EXPECT_TRUE(supervisor_.masks.empty()) << "such a handler never returns";
  EXPECT_EQ(thread->global_word(0), 0x20000U);
}

TEST_F(ThreadTest, AFaultCanBeHandledByTheGuest) {
  const auto thread = make_thread();
  supervisor_.on_fault = [&](Thread& t) {
    if (supervisor_.faults.size() == 1) {
      supervisor_.signals = {{.handler = 0, .signo = 11}};
      t.kick();
    } else {
      t.leave();
    }
  };
  EXPECT_EQ(call(*thread, "load", {0}), -1) << "the instruction runs again and faults again";
  EXPECT_EQ(supervisor_.faults.size(), 2U);
  EXPECT_EQ(word(*thread, to_u64(kCounters) + 4 * 11), 1U);
}

TEST_F(ThreadTest, AHandlerWithoutShadowStackEndsTheStay) {
  const auto thread = make_thread();
  supervisor_.on_syscall = [&](Thread& t, std::int32_t, const SyscallArgs&) {
    t.set_global_word(0, 0x100);
    supervisor_.signals = {{.handler = 0, .signo = 11}};
    t.kick();
    return 0;
  };
  EXPECT_EQ(call(*thread, "recurse", {1, 1}), -1);
  EXPECT_EQ(supervisor_.faults.at(0).kind, Fault::Kind::kStack);
}

TEST_F(ThreadTest, AlternateShadowStack) {
  const auto thread = make_thread();
  supervisor_.on_syscall = [&](Thread& t, std::int32_t, const SyscallArgs&) {
    supervisor_.signals = {{.handler = 0, .signo = 11, .stack_top = 0x1f000}};
    t.kick();
    return 0;
  };
  EXPECT_EQ(call(*thread, "recurse", {0, 1}), 0);
  EXPECT_LT(word(*thread, 0x11000), 0x1f000U - 128 - 216);
  EXPECT_GT(word(*thread, 0x11000), 0x1e000U);
}

TEST_F(ThreadTest, StormOfSignalsIntoAComputingLoopChangesNothing) {
  constexpr std::uint64_t kRounds = 60'000'000;
  StormSupervisor supervisor;
  const auto thread = Thread::create(supervisor, make_instance()).value();
  const std::int64_t expected = call(*thread, "spin", {kRounds});
  std::atomic<bool> stop{false};
  std::thread sender([&] {
    while (!stop) {
      supervisor.sent = true;
      thread->kick();
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  });
  EXPECT_EQ(call(*thread, "spin", {kRounds}), expected);
  stop = true;
  sender.join();
  EXPECT_GT(supervisor.delivered, 0);
  EXPECT_EQ(word(*thread, to_u64(kCounters) + 40),
            static_cast<std::uint32_t>(supervisor.delivered));
}

// Many short calls: kicks meet trampolines and their windows.
TEST_F(ThreadTest, StormOfSignalsIntoTrampolinesLosesNone) {
  StormSupervisor supervisor;
  const auto thread = Thread::create(supervisor, make_instance()).value();
  std::atomic<bool> stop{false};
  std::thread sender([&] {
    while (!stop) {
      supervisor.sent = true;
      thread->kick();
      while (supervisor.sent && !stop)
        std::this_thread::yield();
    }
  });
  // A kick that is lost stops the sender, and then this loop has no end but the test's own.
  while (supervisor.delivered < 200) {
    ASSERT_EQ(call(*thread, "jump", {200}), 1000);
    ASSERT_EQ(call(*thread, "registers", {1}), 0);
    ASSERT_EQ(call(*thread, "recurse", {20, 1}), 210);
  }
  stop = true;
  sender.join();
  EXPECT_GE(supervisor.delivered, 200);
  EXPECT_EQ(word(*thread, to_u64(kCounters) + 40),
            static_cast<std::uint32_t>(supervisor.delivered));
}

TEST_F(ThreadTest, AKickEndsABlockingCall) {
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  std::atomic<int> tries{0};
  supervisor_.on_syscall = [&](Thread& t, std::int32_t, const SyscallArgs&) -> std::int64_t {
    char byte = 0;
    ++tries;
    const auto got =
        t.blocking_syscall(SYS_read, {static_cast<std::uint64_t>(pipe_ends[0]),
                                      std::bit_cast<std::uint64_t>(&byte), 1, 0, 0, 0});
    return got.ok() ? got.value() : -static_cast<std::int64_t>(got.error());
  };
  const auto thread = make_thread();
  for (int round = 0; round < 200; ++round) {
    const int before = tries;
    std::thread kicker([&] {
      while (tries == before)
        std::this_thread::yield();
      thread->kick();
    });
    ASSERT_EQ(call(*thread, "recurse", {0, 1}), -EINTR);
    kicker.join();
  }
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
}

TEST_F(ThreadTest, SleepWakesTimesOutAndIsInterrupted) {
  const auto thread = make_thread();
  std::vector<std::string> log;
  supervisor_.on_syscall = [&](Thread& t, std::int32_t, const SyscallArgs&) {
    t.prepare_sleep();
    t.wake();
    EXPECT_TRUE(t.sleep(std::nullopt).ok()) << "a wake before the sleep counts";
    t.prepare_sleep();
    EXPECT_EQ(t.sleep(host::monotonic_ns() + 1'000'000).error(), uapi::Errno::kETIMEDOUT);
    t.prepare_sleep();
    t.kick();
    EXPECT_EQ(t.sleep(std::nullopt).error(), uapi::Errno::kEINTR);
    return 0;
  };
  EXPECT_EQ(call(*thread, "recurse", {0, 1}), 0);
}

TEST_F(ThreadTest, WaitQueueHandsOverBetweenThreads) {
  const auto thread = make_thread();
  Mutex mu;
  WaitQueue queue;
  bool ready = false;
  supervisor_.on_syscall = [&](Thread& t, std::int32_t, const SyscallArgs&) -> std::int64_t {
    const MutexLock lock(mu);
    while (!ready) {
      if (!queue.wait(mu, t, std::nullopt).ok()) return -1;
    }
    return 9;
  };
  std::thread waker([&] {
    const MutexLock lock(mu);
    ready = true;
    queue.wake_all();
  });
  EXPECT_EQ(call(*thread, "recurse", {0, 1}), 9);
  waker.join();
}

// A thread that wakes up behind a gate that was opened and closed again counts as running until it
// has looked at the gate; one that got through would go on running.
bool stands_still(Thread& thread) {
  for (int look = 0; look < 100'000; ++look) {
    if (thread.state().place != ThreadPlace::kRunning) return true;
    std::this_thread::yield();
  }
  return false;
}

// One thread computes, one sleeps: both are still while the gate is closed, and unharmed.
TEST_F(ThreadTest, TheGateStopsThreadsThatComputeAndThatSleep) {
  constexpr std::uint64_t kRounds = 60'000'000;
  FakeSupervisor other;
  other.on_syscall = [](Thread& t, std::int32_t, const SyscallArgs&) -> std::int64_t {
    t.prepare_sleep();
    return t.sleep(std::nullopt).ok() ? 7 : kRestart;
  };
  const std::shared_ptr<Instance> instance = make_instance();
  const auto self = Thread::create(supervisor_, instance).value();
  const auto computing = Thread::create(supervisor_, instance).value();
  const auto sleeping = Thread::create(other, instance).value();
  const std::int64_t expected = call(*self, "spin", {kRounds});
  std::atomic<bool> is_done{false};
  std::thread computer([&] {
    EXPECT_EQ(call(*computing, "spin", {kRounds}), expected);
    is_done = true;
  });
  std::thread sleeper([&] { EXPECT_EQ(call(*sleeping, "recurse", {0, 1}), 7); });

  ThreadGate& gate = instance->memory().threads();
  int num_closed = 0;
  const std::int64_t end = host::monotonic_ns() + 20'000'000'000;
  while ((!is_done || num_closed == 0) && host::monotonic_ns() < end) {
    const OthersPaused others(gate, *self);
    if (!others.all()) continue;
    ++num_closed;
    for (int look = 0; look < 3; ++look) {
      EXPECT_TRUE(stands_still(*computing));
      EXPECT_TRUE(stands_still(*sleeping));
      std::this_thread::yield();
    }
    const OthersPaused second(gate, *self);
    EXPECT_FALSE(second.all()) << "one closes it at a time";
    if (is_done) break;
  }
  EXPECT_GT(num_closed, 0);
  computer.join();
  // A wake-up before its sleep would be forgotten by prepare_sleep.
  while (sleeping->state().place.load() != ThreadPlace::kBlocked)
    std::this_thread::yield();
  sleeping->wake();
  sleeper.join();
}

TEST_F(ThreadTest, TheGateDoesNotCloseOverACallThatMayWrite) {
  std::array<int, 2> pipe_ends{};
  ASSERT_EQ(::pipe(pipe_ends.data()), 0);
  FakeSupervisor other;
  other.on_syscall = [&](Thread& t, std::int32_t, const SyscallArgs&) -> std::int64_t {
    const auto buffer =
        t.instance().memory().host_buffer(t.in_flight(), kCounters, 1, Access::kWrite);
    const auto got = t.blocking_syscall(
        SYS_read, {static_cast<std::uint64_t>(pipe_ends[0]),
                   std::bit_cast<std::uint64_t>(buffer.value().vec().iov_base), 1, 0, 0, 0});
    return got.ok() ? got.value() : kRestart;
  };
  const std::shared_ptr<Instance> instance = make_instance();
  const auto self = Thread::create(supervisor_, instance).value();
  const auto reading = Thread::create(other, instance).value();
  std::thread reader([&] { EXPECT_EQ(call(*reading, "recurse", {0, 1}), 1); });
  while (reading->state().place.load() != ThreadPlace::kBlocked)
    std::this_thread::yield();
  ThreadGate& gate = instance->memory().threads();
  for (int round = 0; round < 100; ++round)
    EXPECT_FALSE(OthersPaused(gate, *self).all());
  EXPECT_EQ(::write(pipe_ends[1], "x", 1), 1);
  reader.join();
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
}

}  // namespace
}  // namespace lind::runtime
