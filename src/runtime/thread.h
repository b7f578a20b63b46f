/// \file
/// One guest thread: a native stack, thread slots, and the host thread that runs it.  TCB.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "base/units.h"
#include "runtime/exception.h"
#include "runtime/instance.h"
#include "runtime/supervisor.h"

namespace lind::runtime {

/// The guest side of a thread at a system call, as plain bytes: used part of the native stack,
/// globals, slots, setjmp tokens.  Nothing in it points into a stack or a memory.
class ThreadImage {
 public:
  ~ThreadImage();
  ThreadImage(const ThreadImage&) = delete;
  ThreadImage& operator=(const ThreadImage&) = delete;

  /// Words that point into the native stack or the memory of the thread it was taken from.  Always
  /// 0 unless compiled code breaks the rules of vmabi/README.md; for tests.
  std::size_t num_absolute_words() const noexcept;

 private:
  friend class Thread;
  struct State;
  explicit ThreadImage(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Something that a floor above keeps with a thread.
class Attachment {
 public:
  virtual ~Attachment() = default;
};

/// The host's way into one function: where its adapter lies.
struct EntryPoint {
  std::uint64_t address = 0;
};

/// How a stay in guest code ended.
enum class Left : std::uint8_t {
  kReturned,  ///< the entry function returned
  kAsked,     ///< leave() was called
};

/// Ownership: whoever creates it; destroyed on any thread after run/resume returned.
/// Threading: run, resume, capture, leave, blocking calls: the thread's own host thread only.
///   kick, wake: any thread, while the owner keeps the object alive.
class Thread {
 public:
  /// Where its native stack comes from.
  enum class StackUse : std::uint8_t {
    kOwn,       ///< one from the pool, all its life
    kBorrowed,  ///< one of the host thread's, during `call`; `call` is all that it does
  };
  /// Errors: ENOMEM.
  static Result<std::unique_ptr<Thread>> create(Supervisor& supervisor,
                                                std::shared_ptr<Instance> instance,
                                                StackUse stack_use = StackUse::kOwn);
  ~Thread();
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  Supervisor& supervisor() const noexcept;
  Instance& instance() const noexcept;
  std::shared_ptr<Instance> shared_instance() const noexcept;
  InFlightRanges& in_flight() noexcept;
  /// Who else may write the memory now, as seen from a system call of this thread.
  OtherWriters other_writers() const noexcept;
  /// Makes the memory one piece again, if a fork has frozen it and nobody else uses its pages; its
  /// other threads pause meanwhile.  Requires: in a system call.
  void settle_memory();
  /// Copies a frozen memory when this thread turns out to write much of it; called now and then.
  /// Requires: in a system call.
  void consider_unsharing();

  /// Calls a function through its adapter; `words` are its arguments, one word each (v128 two).
  /// On kReturned results() holds its results.  May nest (call_import of a test runner); a nested
  /// stay ends innermost first.
  /// Requires: the function has an adapter (exported or start).
  Left run(FuncIndex function, std::span<const std::uint64_t> words);
  std::span<const std::uint64_t> results() const noexcept;

  /// As run, of an entry whose results take as many words as `results` has.
  /// Requires: `entry` is of this thread's program and takes the words.
  /// Errors: ENOMEM (a stack that was to be borrowed).
  Result<Left> call(EntryPoint entry, std::span<const std::uint64_t> words,
                    std::span<std::uint64_t> results);
  /// Forgets what calls have left: globals get their initial values, exceptions are gone, and
  /// nothing of a stack that it borrows is its own any more.
  void reset();

  /// The entry of a function.  Requires: it has an adapter.
  EntryPoint entry_of(FuncIndex function) const;
  /// Calls `entry` as `run` does, for a call of the thread that is current on this host thread, and
  /// returns the first word of its results; nothing if leave() was called.  The globals begin as
  /// the thread's last run or resume left them, and what becomes of them is forgotten.
  /// Requires: not inside guest code; `entry` is of this thread's program and takes the words.
  std::optional<std::uint64_t> answer(EntryPoint entry, std::span<const std::uint64_t> words);

  /// Runs `action` as if in a system call of guest code that has left already: the thread is
  /// current, and those that answer its calls can be abandoned.  Requires: outside guest code.
  void act_outside(const std::function<void()>& action);

  /// What a floor above has left with the thread; null at first.  Threading: the thread's own.
  Attachment* attachment() const noexcept;
  void attach(std::unique_ptr<Attachment> attachment) noexcept;

  /// AddressSpace::kCallRoomBytes of its memory for arguments of calls that the host makes for the
  /// program; the same in each call.  Threading: the thread's own.  Errors: ENOMEM.
  Result<GuestAddr> call_room();

  /// Globals get their initial values (create does the same).
  void reset_globals();
  /// The module global behind `word`; for __stack_pointer and __tls_base of a new thread.
  std::uint64_t global_word(std::uint32_t word) const;
  void set_global_word(std::uint32_t word, std::uint64_t value);

  /// Imported functions that are called without a detour over Supervisor::call_import, by index;
  /// others go there.  Requires: outside guest code; `entries` and what they refer to stay.
  void set_host_functions(std::span<const HostEntry> entries, void* user) noexcept;

  /// Whether it is the innermost thread on this host thread.
  bool is_current() const noexcept;
  /// Slots of the running guest; for call_import.
  std::span<std::uint64_t> slots() noexcept;

  /// What this thread has thrown and nobody has caught, behind a fault of that code; for
  /// call_import to hand on.  Takes back the leave() that answered the fault.
  std::optional<Exception> take_thrown() noexcept;
  /// call_import of this thread is going to return k_uncaught_exception: throws `exception` in its
  /// caller.
  void set_thrown(Exception exception);

  // --- fork, exec, exit ---------------------------------------------------------------------
  /// The image of this thread inside its current system call, which another thread may be answering
  /// on this host thread.  Errors: ENOMEM.
  Result<std::unique_ptr<ThreadImage>> capture();
  /// Continues `image` as if its system call had returned `result`; call on a new Thread whose
  /// instance is the child's.
  Left resume(std::unique_ptr<ThreadImage> image, std::int64_t result);
  /// Drops the guest's stack: the current call does not go back to guest code, run or resume
  /// returns kAsked.  Idempotent.
  void leave() noexcept;
  bool leaving() const noexcept;
  /// Becomes a thread of another instance (exec).  Requires: outside guest code.
  void replace_instance(std::shared_ptr<Instance> instance);

  // --- interruption -------------------------------------------------------------------------
  /// Sets the pending flag and makes guest code, or a blocking call, notice.  Threading: any.
  void kick() noexcept;
  /// As kick; besides, threads that answer calls of this one leave guest code as soon as they would
  /// go back to it, and at once if they are there.  Threading: any.
  void abandon() noexcept;
  /// Takes back an abandon, for what has to be done behind the end.  Threading: own thread.
  void take_back_abandon() noexcept;
  bool pending() const noexcept;
  /// pending() of the thread that is current on this host thread (this one, or one that answers its
  /// call) or of one whose call that answers: blocking calls end with EINTR.
  bool interrupted() const noexcept;
  /// Requires: only take_signal clears it, before it looks.
  void clear_pending() noexcept;

  /// A host system call that may block: returns EINTR at once if the thread is pending, and as soon
  /// as it is kicked, without a window between test and call.  The host's errno otherwise.
  Result<std::int64_t> blocking_syscall(long number, const SyscallArgs& args);

  /// The same for a wait that its guest is not going to give up, such as one for a lock: a thread
  /// whose call this one answers ends it once for each time that it is kicked, not over and over
  /// while it is pending.  Once it is abandoned, it ends every wait.
  Result<std::int64_t> blocking_wait(long number, const SyscallArgs& args);

  /// Sleeps until wake() or the deadline (CLOCK_MONOTONIC, ns; nothing: none).  A wake() that comes
  /// before the sleep is not lost: callers reset with prepare_sleep, publish themselves, sleep.
  /// Errors: EINTR (pending), ETIMEDOUT.
  void prepare_sleep() noexcept;
  Result<void> sleep(std::optional<std::int64_t> deadline_ns);
  void wake() noexcept;
  /// wake() in two steps, for who holds a lock that the sleeper takes on its way out: the first
  /// under the lock, the second without it, by when the thread may be gone.
  struct Wakeup {
    std::uint64_t word = 0;  ///< its address; 0: nothing to do
  };
  Wakeup begin_wake() noexcept;
  static void finish_wake(Wakeup wakeup) noexcept;

  /// Where the guest functions on the native stack are, innermost first: image offsets of their
  /// calls, and of the instruction that was stopped if one was.  Nothing unless this thread is
  /// current.
  std::vector<std::uint32_t> frames(std::size_t max_frames) const;
  /// The names of these functions, for a message.
  std::vector<std::string> backtrace(std::size_t max_frames) const;

  struct State;  ///< opaque outside this room
  State& state() noexcept { return *state_; }

 private:
  Thread();
  Result<std::int64_t> block_in(long number, const SyscallArgs& args);
  std::unique_ptr<State> state_;
};

/// As large as Linux' default stack: a program that recurses deeply there does so here.
inline constexpr std::uint64_t kDefaultNativeStackBytes = 8 * kMiB;

struct RuntimeOptions {
  std::uint64_t native_stack_bytes = kDefaultNativeStackBytes;  ///< a multiple of 64 KiB, not 0
};

/// Installs the process-wide signal handlers and probes what the engine needs (FSGSBASE).
/// Call once, before the first Thread.  Errors: a sentence that names what is missing.
ErrorOr<void> initialize_runtime(const RuntimeOptions& options = {});

}  // namespace lind::runtime
