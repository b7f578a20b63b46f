// fork, vfork and threads: one call, told apart by its flags.  docs/guest-abi.md, section 4.

#include <algorithm>
#include <utility>

#include "rawposix/foreign_program.h"
#include "rawposix/proc/alarm_clock.h"
#include "rawposix/proc/handlers.h"
#include "rawposix/proc/process_tree.h"

namespace lind::rawposix {
namespace {

struct CloneRequest {
  std::uint64_t flags;
  std::uint64_t block;
  GuestPtr<std::int32_t> parent_tid;
  GuestPtr<std::int32_t> child_tid;

  bool has(std::uint64_t flag) const noexcept { return (flags & flag) != 0; }
  /// Two processes on one memory exist only while the parent of a vfork sleeps.
  bool lends_memory() const noexcept { return has(uapi::kCLONE_VM) && has(uapi::kCLONE_VFORK); }
};

// Gives a number back unless somebody has taken it over.
class ReservedId {
 public:
  ReservedId(ProcessTree& tree, std::uint32_t id) : tree_(&tree), id_(id) {}
  ~ReservedId() {
    if (tree_ != nullptr) tree_->drop_id(id_);
  }
  ReservedId(const ReservedId&) = delete;
  ReservedId& operator=(const ReservedId&) = delete;

  std::uint32_t id() const noexcept { return id_; }
  void keep() noexcept { tree_ = nullptr; }

 private:
  ProcessTree* tree_;
  std::uint32_t id_;
};

// The tasks of an instance belong to one user of the host, as RLIMIT_NPROC counts them.
Result<std::uint32_t> take_id(Caller& caller) {
  const uapi::Rlimit limit = caller.process().limit(uapi::kRLIMIT_NPROC);
  return caller.kernel().tree().take_id(limit.current);
}

// Others shall find some tasks too: one process may have half of what its hard limit grants all.
Result<void> check_thread_quota(const Process& process) {
  constexpr std::uint64_t kAlways = 8;
  const std::uint64_t most = process.limit(uapi::kRLIMIT_NPROC).maximum / 2;
  if (process.num_threads() < std::max(most, kAlways)) return {};
  return uapi::Errno::kEAGAIN;
}

// What the host lacks for another process, in fork's words: it knows no descriptors.
uapi::Errno fork_error(uapi::Errno error) noexcept {
  const bool no_descriptor = error == uapi::Errno::kEMFILE || error == uapi::Errno::kENFILE;
  return no_descriptor ? uapi::Errno::kENOMEM : error;
}

// Source: copy_process, kernel/fork.c, v6.1.
Result<void> check_flags(const CloneRequest& request) {
  if (request.has(uapi::kCLONE_THREAD) && !request.has(uapi::kCLONE_SIGHAND)) {
    return uapi::Errno::kEINVAL;
  }
  if (request.has(uapi::kCLONE_SIGHAND) && !request.has(uapi::kCLONE_VM)) {
    return uapi::Errno::kEINVAL;
  }
  constexpr std::uint64_t kKnown =
      uapi::kCSIGNAL | uapi::kCLONE_VM | uapi::kCLONE_FS | uapi::kCLONE_FILES |
      uapi::kCLONE_SIGHAND | uapi::kCLONE_VFORK | uapi::kCLONE_THREAD | uapi::kCLONE_SYSVSEM |
      uapi::kCLONE_SETTLS | uapi::kCLONE_PARENT_SETTID | uapi::kCLONE_CHILD_CLEARTID |
      uapi::kCLONE_DETACHED | uapi::kCLONE_UNTRACED | uapi::kCLONE_CHILD_SETTID | uapi::kCLONE_IO;
  if ((request.flags & ~kKnown) != 0) return uapi::Errno::kEINVAL;
  return {};
}

// What the new thread has before it runs; its memory is `guest`'s.
Result<void> write_tids(const CloneRequest& request, std::uint32_t tid, GuestThread& guest) {
  const auto number = static_cast<std::int32_t>(tid);
  if (request.has(uapi::kCLONE_PARENT_SETTID)) LIND_TRY(request.parent_tid.write(number));
  if (request.has(uapi::kCLONE_CHILD_SETTID)) {
    const GuestPtr<std::int32_t> word(&guest.runtime->instance().memory(),
                                      request.child_tid.addr());
    (void)word.write(number);  // Linux writes it in the child, who cannot be told
  }
  if (request.has(uapi::kCLONE_CHILD_CLEARTID)) guest.clear_child_tid = request.child_tid.addr();
  return {};
}

SysResult create_thread(Caller& caller, const CloneRequest& request) {
  const ForeignProgram* const foreign = caller.process().foreign();
  const bool has_entry =
      foreign != nullptr
          ? foreign->thread_entry(0, 0).has_value()
          : caller.thread().instance().find_function("lind_thread_start").has_value();
  if (!has_entry) return uapi::Errno::kENOSYS;
  ProcessTree& tree = caller.kernel().tree();
  LIND_TRY(check_thread_quota(caller.process()));
  ReservedId id(tree, LIND_TRY(take_id(caller)));
  auto guest = std::make_unique<GuestThread>();
  guest->tid = id.id();
  guest->name = caller.guest_thread().name;
  guest->blocked = caller.process().blocked(caller.thread());
  guest->start_block = static_cast<std::uint32_t>(request.block);
  guest->runtime =
      LIND_TRY(runtime::Thread::create(caller.process(), caller.thread().shared_instance()));
  LIND_TRY(write_tids(request, id.id(), *guest));
  const std::uint32_t tid = id.id();
  LIND_TRY(caller.process().start(std::move(guest)));
  id.keep();
  return tid;
}

// The child's process with its first thread, not yet known to anybody.
Result<std::shared_ptr<Process>> copy_process(Caller& caller, const CloneRequest& request,
                                              std::uint32_t pid) {
  Process& parent = caller.process();
  GuestThread& self = caller.guest_thread();
  std::unique_ptr<runtime::ThreadImage> image = LIND_TRY(caller.thread().capture());
  runtime::Thread& thread = caller.thread();
  if (!request.lends_memory()) thread.settle_memory();
  std::shared_ptr<runtime::Instance> instance =
      request.lends_memory() ? thread.shared_instance()
                             : LIND_TRY(thread.instance().fork(thread.other_writers()));
  auto child = std::make_shared<Process>(
      CageId{pid}, parent.kernel(),
      Process::Parts{
          .fds = request.has(uapi::kCLONE_FILES) ? parent.shared_fds() : parent.fds().copy(),
          .fs = request.has(uapi::kCLONE_FS) ? parent.shared_fs() : parent.fs().copy(),
          .routes = parent.routes().snapshot(),
          .parent = parent.lineage()});
  for (auto& [number, layer] : threei::take_fork_routes(caller.thread()))
    LIND_TRY(child->routes().add(number, std::move(layer)));
  child->inherit(parent,
                 request.lends_memory() ? Process::Memory::kShared : Process::Memory::kCopied);
  auto guest = std::make_unique<GuestThread>();
  guest->tid = pid;
  guest->name = self.name;
  guest->blocked = parent.blocked(caller.thread());
  const bool shares_stack = request.has(uapi::kCLONE_VM) && !request.has(uapi::kCLONE_VFORK);
  if (!shares_stack) {
    guest->alternate_stack = parent.alternate_stack(caller.thread());
    guest->alternate_stack.flags &= ~uapi::kSS_ONSTACK;
  }
  guest->image = std::move(image);
  guest->runtime = LIND_TRY(runtime::Thread::create(*child, std::move(instance)));
  LIND_TRY(write_tids(request, pid, *guest));
  child->adopt(std::move(guest));
  return child;
}

// vfork: only death ends the sleep; other signals wait until the child lets go.
void await_child(Caller& caller, std::uint32_t pid) {
  ProcessTree& tree = caller.kernel().tree();
  bool kicked = false;
  while (!tree.await_vfork(caller.process().pid(), pid, caller.thread()).ok()) {
    kicked = true;
    if (caller.process().doomed(caller.thread())) break;
    caller.thread().clear_pending();
    // Death may have come between the question and the clearing.
    if (caller.process().doomed(caller.thread())) break;
  }
  if (kicked) caller.thread().kick();
}

SysResult fork_process(Caller& caller, const CloneRequest& request) {
  const bool shares_memory = request.has(uapi::kCLONE_VM) && !request.has(uapi::kCLONE_VFORK);
  if (shares_memory || request.has(uapi::kCLONE_SIGHAND)) return uapi::Errno::kENOSYS;
  // The call that would return twice is one of the host's own.
  if (caller.process().foreign() != nullptr) return uapi::Errno::kENOSYS;
  const auto exit_signal = static_cast<std::int32_t>(request.flags & uapi::kCSIGNAL);
  if (exit_signal != 0 && !is_signal(exit_signal)) return uapi::Errno::kEINVAL;

  ProcessTree& tree = caller.kernel().tree();
  ReservedId id(tree, LIND_TRY(take_id(caller)));
  const std::uint32_t pid = id.id();
  const Result<std::shared_ptr<Process>> copied = copy_process(caller, request, pid);
  if (!copied.ok()) return fork_error(copied.error());
  const std::shared_ptr<Process>& child = copied.value();
  const bool vfork = request.has(uapi::kCLONE_VFORK);
  tree.add(pid, child,
           {.parent = caller.process().pid(), .exit_signal = exit_signal, .vfork = vfork});
  // Timers are not inherited, this limit is.
  if (child->limit(uapi::kRLIMIT_CPU).maximum != uapi::kRLIM_INFINITY ||
      child->limit(uapi::kRLIMIT_CPU).current != uapi::kRLIM_INFINITY) {
    child->arm_cpu_limit();
  }
  // Whoever killed the caller's group may have looked before the child was in it.  It must not run
  // then: it could fork.
  if (caller.process().doomed(caller.thread())) {
    child->begin_exit(uapi::killed_status(uapi::kSIGKILL));
  }
  const Result<void> started = child->start_adopted();
  if (!started.ok()) {
    caller.kernel().alarms().remove_all(pid);
    tree.forget(pid);
    return started.error();
  }
  id.keep();
  if (vfork) await_child(caller, pid);
  return pid;
}

SysResult clone(Caller& caller, const CloneRequest& request) {
  LIND_TRY(check_flags(request));
  return request.has(uapi::kCLONE_THREAD) ? create_thread(caller, request)
                                          : fork_process(caller, request);
}

}  // namespace

SysResult sys_clone(Caller& caller, std::uint64_t flags, std::uint64_t stack,
                    GuestPtr<std::int32_t> parent_tid, GuestPtr<std::int32_t> child_tid,
                    std::uint64_t) {
  return clone(caller, {.flags = flags & 0xffffffff,
                        .block = stack,
                        .parent_tid = parent_tid,
                        .child_tid = child_tid});
}

SysResult sys_fork(Caller& caller) {
  return clone(caller, {.flags = uapi::kSIGCHLD, .block = 0, .parent_tid = {}, .child_tid = {}});
}

SysResult sys_vfork(Caller& caller) {
  return clone(caller, {.flags = uapi::kCLONE_VM | uapi::kCLONE_VFORK | uapi::kSIGCHLD,
                        .block = 0,
                        .parent_tid = {},
                        .child_tid = {}});
}

SysResult sys_set_tid_address(Caller& caller, GuestPtr<std::int32_t> word) {
  caller.guest_thread().clear_child_tid = word.addr();
  return caller.process().tid_of(caller.thread());
}

}  // namespace lind::rawposix
