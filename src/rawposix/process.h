/// \file
/// A process: what POSIX says belongs to a pid.

#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "rawposix/fs/fd_table.h"
#include "rawposix/fs/fs_context.h"
#include "rawposix/kernel.h"
#include "rawposix/proc/credentials.h"
#include "rawposix/proc/exec_image.h"
#include "rawposix/proc/guest_thread.h"
#include "rawposix/proc/pending_signals.h"
#include "rawposix/proc/usage.h"
#include "runtime/wait_queue.h"
#include "threei/cage.h"
#include "uapi/resource.h"

namespace lind::rawposix {

struct ChildNews;
class ExitEvent;
class ForeignProgram;
class SignalWatch;
struct TimerKind;

using SignalActions = std::array<uapi::SigAction, uapi::kNumSignals>;  ///< by signo - 1
using ResourceLimits = std::array<uapi::Rlimit, uapi::kRLIM_NLIMITS>;

/// What a program image is before a thread runs it.
struct LoadedProgram {
  std::shared_ptr<runtime::Instance> instance;
  ProgramArguments arguments;
  std::string name;             ///< of the thread that runs it (comm), at most 15 bytes
  std::uint64_t heap_base = 0;  ///< guest address where brk begins
  std::string path = {};        ///< absolute guest path of the module
  SetIds set_ids = {};          ///< that its file asks for
  std::shared_ptr<ForeignProgram> foreign = nullptr;  ///< null: a Lind program
};

/// What others may know of a process, at one moment; for /proc.
struct ProcessSnapshot {
  std::vector<std::string> args;
  std::vector<std::string> env;
  std::string program;              ///< guest path
  std::string name;                 ///< of the thread that was asked for
  std::vector<std::uint32_t> tids;  ///< none: it has ended
  bool stopped = false;
  std::int32_t nice = 0;
  std::int64_t started_ns = 0;  ///< CLOCK_MONOTONIC
  std::uint64_t mapped_bytes = 0;
  Usage usage;  ///< of the process
  SignalMask pending = 0;
  SignalMask blocked = 0;  ///< of the thread that was asked for
  SignalMask ignored = 0;
  SignalMask caught = 0;
  std::shared_ptr<const Credentials> credentials;
};

/// Ownership: the Kernel's process table until it is reaped; every host thread that runs one of
///   its guest threads holds it too.  Its guest threads belong to it.
/// Threading: any thread, unless a method says "own thread": a guest thread of this process, on
///   its host thread.
/// Lock order: ProcessTree::mu_ comes before mu_, FdTable::mu_ and leaves after it.  Guest threads
///   are kicked under mu_, which only signals a host thread.
class Process final : public threei::Cage, public std::enable_shared_from_this<Process> {
 public:
  struct Parts {
    std::shared_ptr<FdTable> fds;
    std::shared_ptr<FsContext> fs;
    std::shared_ptr<const threei::RouteSnapshot> routes;
    std::shared_ptr<const threei::Lineage> parent = nullptr;  ///< null: the first process
  };
  Process(CageId id, Kernel& kernel, Parts parts);
  ~Process() override;

  Kernel& kernel() const noexcept { return kernel_; }
  /// Sets the timers that enforce RLIMIT_CPU: for a process that begins, and for set_limit.
  void arm_cpu_limit() LIND_EXCLUDES(mu_);
  std::uint32_t pid() const noexcept { return to_u32(id()); }
  /// Own threads only.
  FdTable& fds() noexcept { return *fds_; }
  FsContext& fs() noexcept { return *fs_; }
  const std::shared_ptr<FdTable>& shared_fds() const noexcept { return fds_; }
  const std::shared_ptr<FsContext>& shared_fs() const noexcept { return fs_; }

  // --- guest threads ------------------------------------------------------------------------
  /// The guest thread that `thread` runs.  Requires: `thread` is one of this process.
  GuestThread& guest_thread(const runtime::Thread& thread) const LIND_EXCLUDES(mu_);
  /// Adds a thread and starts it on a host thread.
  /// Errors: EAGAIN (too many threads, no host thread, or the process is ending).
  Result<void> start(std::unique_ptr<GuestThread> guest) LIND_EXCLUDES(mu_);
  /// For a new process: takes its first thread, but does not run it yet.
  void adopt(std::unique_ptr<GuestThread> guest) LIND_EXCLUDES(mu_);
  /// Runs the adopted thread.  Errors: EAGAIN; then the process must be dropped.
  Result<void> start_adopted() LIND_EXCLUDES(mu_);

  std::uint32_t tid_of(const runtime::Thread& thread) const LIND_EXCLUDES(mu_);
  bool has_thread(std::uint32_t tid) const LIND_EXCLUDES(mu_);

  /// set_robust_list; 0: none.  Own thread.
  void set_robust_list(const runtime::Thread& thread, GuestAddr head) LIND_EXCLUDES(mu_);
  /// That of thread `tid`; nothing if the process has no such thread.
  std::optional<GuestAddr> robust_list(std::uint32_t tid) const LIND_EXCLUDES(mu_);

  // --- exit and exec ------------------------------------------------------------------------
  /// Ends all threads; the first call decides the status.
  void begin_exit(std::int32_t status) LIND_EXCLUDES(mu_);
  /// The program, if it is no Lind program; null if it is.  Own threads.
  ForeignProgram* foreign() const noexcept { return foreign_.get(); }
  /// exit: own thread; ends it with `code`.
  void end_thread(runtime::Thread& thread, std::int32_t code) LIND_EXCLUDES(mu_);
  /// Replaces the program: other threads end, the caller becomes the first.  Own thread.
  /// Errors: ERESTARTSYS if the process is ending meanwhile; nothing has changed then.
  Result<void> execute(runtime::Thread& thread, LoadedProgram program) LIND_EXCLUDES(mu_);
  /// For the first process and for forks, before they run.
  void set_program(LoadedProgram program) LIND_EXCLUDES(mu_);
  /// Whether a child gets a memory of its own or, by vfork, runs on its parent's.
  enum class Memory : std::uint8_t { kCopied, kShared };
  /// A child's copy of everything that fork inherits beside Parts.  Parent's own thread.
  void inherit(const Process& parent, Memory memory) LIND_EXCLUDES(mu_, parent.mu_);
  /// For pidfds.
  const std::shared_ptr<ExitEvent>& exit_event() const noexcept { return exit_event_; }
  /// Whether SIGKILL, exit or another thread's exec has doomed the calling thread.
  bool doomed(const runtime::Thread& thread) const LIND_EXCLUDES(mu_);

  // --- signals ------------------------------------------------------------------------------
  /// For the process as a whole; any thread that does not block it takes it.
  void send_signal(const uapi::SigInfo& info) LIND_EXCLUDES(mu_);
  /// For one thread.  Errors: ESRCH.
  Result<void> send_thread_signal(std::uint32_t tid, const uapi::SigInfo& info) LIND_EXCLUDES(mu_);
  /// A signal that a call of `thread` raises against its own thread (SIGPIPE, SIGXFSZ).
  void raise(const runtime::Thread& thread, std::int32_t signo) LIND_EXCLUDES(mu_);
  /// Queues a signal that carries a value.  `tid` 0: for the process.  Errors: ESRCH; EAGAIN
  /// beyond RLIMIT_SIGPENDING.
  Result<void> queue_signal(std::uint32_t tid, const uapi::SigInfo& info) LIND_EXCLUDES(mu_);
  /// Sends the signal of a timer that has rung `times` times.  One that still waits counts on.
  void timer_rang(std::int32_t number, const TimerKind& kind, std::uint32_t times)
      LIND_EXCLUDES(mu_);
  /// How often timer `number` had rung too much when its last signal was taken.
  std::int32_t timer_overrun(std::int32_t number) const LIND_EXCLUDES(mu_);
  /// ProcessTree::Tell: whether ended children are discarded.
  bool child_news(const ChildNews& news) LIND_EXCLUDES(mu_);

  uapi::SigAction action(std::int32_t signo) const LIND_EXCLUDES(mu_);
  void set_action(std::int32_t signo, const uapi::SigAction& action) LIND_EXCLUDES(mu_);
  SignalMask blocked(const runtime::Thread& thread) const LIND_EXCLUDES(mu_);
  void set_blocked(const runtime::Thread& thread, SignalMask mask) LIND_EXCLUDES(mu_);
  /// Replaces the mask until the next handler has run or the call is made again.
  /// (pselect, ppoll, epoll_pwait, rt_sigsuspend).
  void set_blocked_for_call(const runtime::Thread& thread, SignalMask mask) LIND_EXCLUDES(mu_);
  /// Undoes it at once: for a call that was not interrupted.
  void restore_blocked(const runtime::Thread& thread) LIND_EXCLUDES(mu_);
  /// Sleeps until a signal must be taken.  Own thread.
  void await_any_signal(runtime::Thread& thread) LIND_EXCLUDES(mu_);
  SignalMask pending(const runtime::Thread& thread) const LIND_EXCLUDES(mu_);
  /// Takes a pending signal of `wanted`, blocked or not; sleeps for one until the deadline.
  /// Own thread.  Errors: EAGAIN (deadline), EINTR.
  Result<uapi::SigInfo> await_signal(runtime::Thread& thread, SignalMask wanted,
                                     std::optional<std::int64_t> deadline_ns) LIND_EXCLUDES(mu_);
  /// A pending signal of `wanted`, if there is one.  Own thread.
  std::optional<uapi::SigInfo> take_pending(const runtime::Thread& thread, SignalMask wanted)
      LIND_EXCLUDES(mu_);
  /// Keeps `watch` up to date while somebody has it.
  void watch_signals(const std::shared_ptr<SignalWatch>& watch) LIND_EXCLUDES(mu_);
  /// Own thread.  Errors of set: EPERM on the stack itself, EINVAL, ENOMEM.
  uapi::SigStack alternate_stack(runtime::Thread& thread) const LIND_EXCLUDES(mu_);
  Result<void> set_alternate_stack(runtime::Thread& thread, const uapi::SigStack& stack)
      LIND_EXCLUDES(mu_);
  /// The next handler of `thread` ends its call with EINTR even under SA_RESTART (ERESTARTNOHAND).
  void never_restart(const runtime::Thread& thread) LIND_EXCLUDES(mu_);
  /// Whether `thread` would not notice a signal: blocked or ignored.
  bool looks_away(const runtime::Thread& thread, std::int32_t signo) const LIND_EXCLUDES(mu_);

  // --- what others see ----------------------------------------------------------------------
  /// `tid`: whose name and mask.
  ProcessSnapshot snapshot(std::uint32_t tid) const LIND_EXCLUDES(mu_);
  /// The memory that it holds; none if it has ended.
  std::vector<runtime::ResidentPart> resident_parts() const LIND_EXCLUDES(mu_);
  /// The areas of its memory; none if it has ended.
  std::vector<runtime::Area> areas() const LIND_EXCLUDES(mu_);
  /// PR_SET_NAME: own thread.
  void set_thread_name(const runtime::Thread& thread, std::string name) LIND_EXCLUDES(mu_);

  // --- accounting and limits ----------------------------------------------------------------
  Usage usage() const LIND_EXCLUDES(mu_);
  /// CPU time of thread `tid` in ns; nothing if the process has no such thread.
  std::optional<std::int64_t> thread_cpu_ns(std::uint32_t tid) const LIND_EXCLUDES(mu_);
  std::size_t num_threads() const LIND_EXCLUDES(mu_);
  /// In [-20, 19]; inherited.
  std::int32_t nice() const LIND_EXCLUDES(mu_);
  void set_nice(std::int32_t nice) LIND_EXCLUDES(mu_);
  uapi::Rlimit limit(std::uint32_t resource) const LIND_EXCLUDES(mu_);
  /// Requires: resource < kRLIM_NLIMITS, checked values.
  void set_limit(std::uint32_t resource, const uapi::Rlimit& limit) LIND_EXCLUDES(mu_);

  // --- users and groups ---------------------------------------------------------------------
  /// Never null.
  std::shared_ptr<const Credentials> credentials() const LIND_EXCLUDES(mu_);
  /// For file calls: null as long as they are the host user's.
  std::shared_ptr<const Credentials> file_credentials() const LIND_EXCLUDES(mu_);
  /// The same of the real numbers: access(2).
  std::shared_ptr<const Credentials> real_credentials() const LIND_EXCLUDES(mu_);
  /// Replaces them by what `change` makes of a copy, if that is no error.  Own thread; `change`
  /// runs under mu_.
  Result<void> change_credentials(const std::function<Result<void>(Credentials&)>& change)
      LIND_EXCLUDES(mu_);

  // --- memory -------------------------------------------------------------------------------
  /// brk: tries to end the heap at `address`; returns where it ends.
  std::uint64_t set_heap_end(runtime::AddressSpace& memory, std::uint64_t address);
  /// Whether RLIMIT_AS allows `num_bytes` more than `memory` has mapped.  Threads that ask at the
  /// same time may both be allowed.
  /// Errors: ENOMEM.
  Result<void> may_map(const runtime::AddressSpace& memory, std::uint64_t num_bytes) const
      LIND_EXCLUDES(mu_);

  // --- grates -------------------------------------------------------------------------------
  // threei::Cage
  std::shared_ptr<runtime::Instance> current_instance() const override LIND_EXCLUDES(mu_);
  bool has_executed() const override { return has_executed_; }
  bool is_reusable(runtime::Thread& activation) override LIND_EXCLUDES(mu_);

  // runtime::Supervisor
  vmabi::TrapCode call_import(runtime::Thread& thread, std::uint32_t import_index) override;
  void faulted(runtime::Thread& thread, const runtime::Fault& fault) override LIND_EXCLUDES(mu_);
  bool take_signal(runtime::Thread& thread, runtime::SignalDelivery* out) override
      LIND_EXCLUDES(mu_);
  void signal_returned(runtime::Thread& thread, std::uint64_t restore_mask) override
      LIND_EXCLUDES(mu_);

 protected:
  std::int64_t service(runtime::Thread& thread, std::int32_t number,
                       const runtime::SyscallArgs& args) override;

 private:
  enum class Taken : std::uint8_t { kNothing, kAgain, kHandler };

  // threads: process.cc
  GuestThread* find_locked(const runtime::Thread& thread) const LIND_REQUIRES(mu_);
  GuestThread* find_tid_locked(std::uint32_t tid) const LIND_REQUIRES(mu_);
  void run_thread(GuestThread& guest) LIND_EXCLUDES(mu_);
  void run_program(GuestThread& guest) LIND_EXCLUDES(mu_);
  void run_foreign(runtime::Thread& thread) LIND_EXCLUDES(mu_);
  void run_foreign_thread(GuestThread& guest, std::uint32_t argument);
  bool exited() const LIND_EXCLUDES(mu_);
  void begin_accounting(GuestThread& guest) LIND_EXCLUDES(mu_);
  void release_tid_word(GuestThread& guest);
  void release_locks(GuestThread& guest) LIND_EXCLUDES(mu_);
  void finish_thread(GuestThread& guest) LIND_EXCLUDES(mu_);
  void finish_process() LIND_EXCLUDES(mu_);
  bool is_alone(const GuestThread& guest) const LIND_EXCLUDES(mu_);
  void leave_terminal() LIND_EXCLUDES(mu_);
  void begin_exit_locked(std::int32_t status) LIND_REQUIRES(mu_);
  bool doomed_locked(const GuestThread& guest) const LIND_REQUIRES(mu_);
  Result<void> become_only_thread(GuestThread& guest) LIND_EXCLUDES(mu_);
  void take_credentials(LoadedProgram& program) LIND_EXCLUDES(mu_);
  void reset_for_exec_locked(GuestThread& guest) LIND_REQUIRES(mu_);

  // grates: proc/activations.cc
  std::int64_t become_activation(runtime::Thread& thread, const runtime::SyscallArgs& args)
      LIND_EXCLUDES(mu_);
  bool retire_to_activation(GuestThread& guest) LIND_EXCLUDES(mu_);
  void drop_activation(GuestThread& guest) LIND_EXCLUDES(mu_);
  void end_activations() LIND_EXCLUDES(mu_);
  template <typename Action>
  void for_each_thread_locked(Action action) LIND_REQUIRES(mu_) {
    for (const auto& guest : threads_)
      action(*guest);
    for (const auto& guest : activations_)
      action(*guest);
  }
  void notify_grates(GuestThread& guest) LIND_EXCLUDES(mu_);
  void abandon_later_locked() LIND_REQUIRES(mu_);
  void abandon_at_locked(std::chrono::steady_clock::time_point when) LIND_REQUIRES(mu_);
  void abandon_when_due() LIND_EXCLUDES(mu_);
  bool must_end_locked(const GuestThread& guest) const LIND_REQUIRES(mu_);

  // signals: proc/signal_delivery.cc
  enum class Continued : std::uint8_t { kNo, kYes };
  Continued post_locked(const uapi::SigInfo& info, GuestThread* target) LIND_REQUIRES(mu_);
  bool ignored_locked(std::int32_t signo, const GuestThread* target) const LIND_REQUIRES(mu_);
  bool ends_at_once_locked(std::int32_t signo, const GuestThread* target) const LIND_REQUIRES(mu_);
  void wake_for_locked(std::int32_t signo, GuestThread* target) LIND_REQUIRES(mu_);
  bool has_deliverable_locked(const GuestThread& guest) const LIND_REQUIRES(mu_);
  void rekick_locked(GuestThread& guest) LIND_REQUIRES(mu_);
  bool must_act_locked(GuestThread& guest) LIND_REQUIRES(mu_);
  bool on_alternate_stack_locked(const GuestThread& guest) const LIND_REQUIRES(mu_);
  void retarget_locked() LIND_REQUIRES(mu_);
  void wait_while_stopped_locked(GuestThread& guest) LIND_REQUIRES(mu_);
  std::optional<uapi::SigInfo> dequeue_locked(GuestThread& guest, SignalMask allowed)
      LIND_REQUIRES(mu_);
  void deliver_locked(GuestThread& guest, const uapi::SigInfo& info, runtime::SignalDelivery* out)
      LIND_REQUIRES(mu_);
  Taken take_one(runtime::Thread& thread, runtime::SignalDelivery* out) LIND_EXCLUDES(mu_);
  void default_signal(runtime::Thread& thread, std::int32_t signo) LIND_EXCLUDES(mu_);
  void stop(std::int32_t signo) LIND_EXCLUDES(mu_);
  void force_signal(runtime::Thread& thread, const uapi::SigInfo& info) LIND_EXCLUDES(mu_);
  void update_watches_locked() LIND_REQUIRES(mu_);
  void trapped(runtime::Thread& thread, const runtime::Fault& fault, std::int32_t signo)
      LIND_EXCLUDES(mu_);
  void tell_parent(std::int32_t status) LIND_EXCLUDES(mu_);

  Kernel& kernel_;
  const std::int64_t started_ns_;
  std::shared_ptr<FdTable> fds_;             ///< changed by exec's only thread and by the last one
  std::shared_ptr<FsContext> fs_;            ///< as fds_
  std::shared_ptr<ForeignProgram> foreign_;  ///< as fds_

  const std::shared_ptr<ExitEvent> exit_event_;
  mutable Mutex mu_;
  std::vector<std::unique_ptr<GuestThread>> threads_ LIND_GUARDED_BY(mu_);
  /// Threads that answer calls of other cages, on their host threads; they do not keep it alive.
  std::vector<std::unique_ptr<GuestThread>> activations_ LIND_GUARDED_BY(mu_);
  std::shared_ptr<runtime::Instance> instance_ LIND_GUARDED_BY(mu_);
  std::atomic<bool> has_executed_{false};
  std::condition_variable_any threads_gone_;  ///< for abandon_when_due, which is no guest
  std::chrono::steady_clock::time_point abandon_at_ LIND_GUARDED_BY(mu_);
  bool has_watch_ LIND_GUARDED_BY(mu_) = false;     ///< abandon_when_due runs
  bool sends_notice_ LIND_GUARDED_BY(mu_) = false;  ///< of its end, by its last thread
  std::optional<std::int32_t> exit_status_ LIND_GUARDED_BY(mu_);  ///< set: all threads end
  std::int32_t first_thread_status_ LIND_GUARDED_BY(mu_) = 0;
  const GuestThread* exec_owner_ LIND_GUARDED_BY(mu_) = nullptr;  ///< all others end
  runtime::WaitQueue threads_changed_;
  SignalActions actions_ LIND_GUARDED_BY(mu_){};
  PendingSignals pending_ LIND_GUARDED_BY(mu_);
  std::vector<std::weak_ptr<SignalWatch>> watches_ LIND_GUARDED_BY(mu_);
  std::map<std::int32_t, std::int32_t> timer_overruns_ LIND_GUARDED_BY(mu_);  ///< by number
  bool stopped_ LIND_GUARDED_BY(mu_) = false;
  runtime::WaitQueue continued_;
  Usage ended_threads_ LIND_GUARDED_BY(mu_);
  ResourceLimits limits_ LIND_GUARDED_BY(mu_);
  std::int32_t nice_ LIND_GUARDED_BY(mu_) = 0;
  std::shared_ptr<const Credentials> credentials_ LIND_GUARDED_BY(mu_) =
      std::make_shared<const Credentials>();
  std::atomic<bool> is_host_user_{true};  ///< of credentials_: file calls need no lock
  std::shared_ptr<const ProgramArguments> arguments_ LIND_GUARDED_BY(mu_);
  std::string program_path_ LIND_GUARDED_BY(mu_);
  std::string last_name_ LIND_GUARDED_BY(mu_);  ///< of the thread that ended last

  /// Where brk works; belongs to the memory, so a vfork child has its parent's.
  struct Heap {
    Mutex mu;  ///< before AddressSpace::mu_
    std::uint64_t start LIND_GUARDED_BY(mu) = 0;
    std::uint64_t end LIND_GUARDED_BY(mu) = 0;  ///< all its pages are mapped
  };
  std::shared_ptr<Heap> heap_ = std::make_shared<Heap>();  ///< changed by exec's only thread
};

}  // namespace lind::rawposix
