#include "rawposix/process.h"

#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "host/time.h"
#include "rawposix/foreign_program.h"
#include "rawposix/ipc/ipc.h"
#include "rawposix/proc/alarm_clock.h"
#include "rawposix/proc/backtrace.h"
#include "rawposix/proc/exit_event.h"
#include "rawposix/proc/futex_words.h"
#include "rawposix/proc/process_tree.h"
#include "rawposix/proc/robust_list.h"
#include "rawposix/proc/time_values.h"
#include "rawposix/tty/terminal_table.h"
#include "uapi/process.h"

namespace lind::rawposix {
namespace {

/// Guest threads of one process; each costs a native stack and a host thread.
constexpr std::size_t kMaxThreads = 4096;

// Source: INIT_RLIMITS, asm-generic/resource.h, v6.1; no core files, and no locked memory.
ResourceLimits initial_limits() {
  ResourceLimits limits;
  limits.fill({.current = uapi::kRLIM_INFINITY, .maximum = uapi::kRLIM_INFINITY});
  limits[uapi::kRLIMIT_STACK].current = 8 * kMiB;
  limits[uapi::kRLIMIT_CORE] = {.current = 0, .maximum = 0};
  limits[uapi::kRLIMIT_NOFILE] = {.current = FdTable::kDefaultLimit,
                                  .maximum = FdTable::kDefaultLimit};
  limits[uapi::kRLIMIT_MEMLOCK] = {.current = 8 * kMiB, .maximum = 8 * kMiB};
  limits[uapi::kRLIMIT_NICE] = {.current = 0, .maximum = 0};
  limits[uapi::kRLIMIT_RTPRIO] = {.current = 0, .maximum = 0};
  limits[uapi::kRLIMIT_SIGPENDING] = {.current = 4096, .maximum = 4096};
  return limits;
}

std::int64_t read_clock_ns(clockid_t clock) noexcept {
  timespec now{};
  // The clock of a host thread that has ended: it no longer counts.
  if (::clock_gettime(clock, &now) != 0) return 0;
  return std::int64_t{now.tv_sec} * kNsPerSecond + now.tv_nsec;
}

// Whether the program's start function, if it has one, has returned.
bool run_start(runtime::Thread& thread) {
  const std::uint32_t start = thread.instance().program().object().header().start_function;
  return start == vmabi::kNoIndex || thread.run(FuncIndex{start}, {}) == runtime::Left::kReturned;
}

}  // namespace

Process::Process(CageId id, Kernel& kernel, Parts parts)
    : Cage(id, kernel.switchboard(),
           {.routes = std::move(parts.routes), .parent = std::move(parts.parent)}),
      kernel_(kernel),
      started_ns_(host::monotonic_ns()),
      fds_(std::move(parts.fds)),
      fs_(std::move(parts.fs)),
      exit_event_(std::make_shared<ExitEvent>()),
      limits_(initial_limits()) {}

Process::~Process() = default;

void Process::inherit(const Process& parent, Memory memory) {
  SignalActions actions;
  ResourceLimits limits;
  std::shared_ptr<const ProgramArguments> arguments;
  std::int32_t nice = 0;
  std::string path;
  std::shared_ptr<const Credentials> credentials;
  {
    const MutexLock lock(parent.mu_);
    credentials = parent.credentials_;
    nice = parent.nice_;
    actions = parent.actions_;
    limits = parent.limits_;
    arguments = parent.arguments_;
    path = parent.program_path_;
  }
  {
    const MutexLock lock(mu_);
    is_host_user_ = credentials->is_host_user();
    credentials_ = std::move(credentials);
    actions_ = actions;
    limits_ = limits;
    nice_ = nice;
    arguments_ = std::move(arguments);
    program_path_ = std::move(path);
  }
  if (memory == Memory::kShared) {
    heap_ = parent.heap_;
    return;
  }
  const MutexLock lock(parent.heap_->mu);
  const MutexLock own_lock(heap_->mu);  // nobody else knows the child: no order to keep
  heap_->start = parent.heap_->start;
  heap_->end = parent.heap_->end;
}

void Process::set_program(LoadedProgram program) {
  foreign_ = std::move(program.foreign);
  {
    const MutexLock lock(mu_);
    arguments_ = std::make_shared<const ProgramArguments>(std::move(program.arguments));
    instance_ = program.instance;
    program_path_ = program.path;
  }
  heap_ = std::make_shared<Heap>();  // the old one may be a vfork parent's
  const MutexLock lock(heap_->mu);
  heap_->start = program.heap_base;
  heap_->end = program.heap_base;
}

// --- guest threads ------------------------------------------------------------------------------

GuestThread* Process::find_locked(const runtime::Thread& thread) const {
  for (const auto* const list : {&threads_, &activations_}) {
    const auto found = std::ranges::find_if(
        *list, [&](const auto& guest) { return guest->runtime.get() == &thread; });
    if (found != list->end()) return found->get();
  }
  return nullptr;
}

GuestThread* Process::find_tid_locked(std::uint32_t tid) const {
  for (const auto* const list : {&threads_, &activations_}) {
    const auto found =
        std::ranges::find_if(*list, [tid](const auto& guest) { return guest->tid == tid; });
    if (found != list->end()) return found->get();
  }
  return nullptr;
}

GuestThread& Process::guest_thread(const runtime::Thread& thread) const {
  const MutexLock lock(mu_);
  GuestThread* const guest = find_locked(thread);
  LIND_CHECK(guest != nullptr);
  return *guest;
}

std::uint32_t Process::tid_of(const runtime::Thread& thread) const {
  const MutexLock lock(mu_);
  return find_locked(thread)->tid;
}

void Process::set_robust_list(const runtime::Thread& thread, GuestAddr head) {
  const MutexLock lock(mu_);
  find_locked(thread)->robust_list = head;
}

std::optional<GuestAddr> Process::robust_list(std::uint32_t tid) const {
  const MutexLock lock(mu_);
  const GuestThread* const guest = find_tid_locked(tid);
  if (guest == nullptr) return std::nullopt;
  return guest->robust_list;
}

bool Process::has_thread(std::uint32_t tid) const {
  const MutexLock lock(mu_);
  return find_tid_locked(tid) != nullptr;
}

std::size_t Process::num_threads() const {
  const MutexLock lock(mu_);
  return threads_.size();
}

void Process::adopt(std::unique_ptr<GuestThread> guest) {
  const MutexLock lock(mu_);
  instance_ = guest->runtime->shared_instance();
  threads_.push_back(std::move(guest));
}

Result<void> Process::start_adopted() {
  GuestThread* guest = nullptr;
  {
    const MutexLock lock(mu_);
    guest = threads_.front().get();
  }
  return kernel_.host_threads().run(
      [self = shared_from_this(), guest] { self->run_thread(*guest); });
}

Result<void> Process::start(std::unique_ptr<GuestThread> guest) {
  GuestThread& started = *guest;
  {
    const MutexLock lock(mu_);
    if (exit_status_ || exec_owner_ != nullptr || threads_.size() >= kMaxThreads) {
      return uapi::Errno::kEAGAIN;
    }
    threads_.push_back(std::move(guest));
  }
  const Result<void> running = kernel_.host_threads().run(
      [self = shared_from_this(), &started] { self->run_thread(started); });
  if (running.ok()) return {};
  const MutexLock lock(mu_);
  std::erase_if(threads_, [&](const auto& other) { return other.get() == &started; });
  threads_changed_.wake_all();
  return running;
}

void Process::begin_accounting(GuestThread& guest) {
  guest.usage_start = host_thread_usage();
  clockid_t clock{};
  LIND_CHECK(::pthread_getcpuclockid(::pthread_self(), &clock) == 0);
  const MutexLock lock(mu_);
  guest.cpu_clock = clock;
  guest.cpu_start_ns = read_clock_ns(clock);
}

void Process::run_program(GuestThread& guest) {
  runtime::Thread& thread = *guest.runtime;
  const runtime::Instance& instance = thread.instance();
  if (foreign_ != nullptr) return run_foreign(thread);
  if (!run_start(thread)) return;
  const std::optional<FuncIndex> entry = instance.find_function("_start");
  LIND_CHECK(entry.has_value());  // load_program refuses a program without it
  // A _start that returns has not called exit_group, as docs/guest-abi.md says it does.
  if (thread.run(*entry, {}) == runtime::Left::kReturned) begin_exit(uapi::exited_status(0));
}

void Process::run_foreign(runtime::Thread& thread) {
  // Its calls may go to grates, which answer a thread that is current only.
  std::optional<std::string> refusal;
  thread.act_outside([&] {
    const ErrorOr<void> begun = foreign_->begin(*this, thread);
    if (!begun.ok()) refusal = begun.error().message();
  });
  if (exited()) return;
  if (refusal) {
    constexpr std::int32_t kNotStarted = 126;  // as a shell has it
    log::error("{}", *refusal);
    return begin_exit(uapi::exited_status(kNotStarted));
  }
  if (!run_start(thread)) return;
  for (const GuestEntry& entry : foreign_->main()) {
    if (thread.run(entry.function, entry.words) != runtime::Left::kReturned) return;
  }
  std::int32_t code = 0;
  thread.act_outside([&] { code = foreign_->returned(*this, thread); });
  begin_exit(uapi::exited_status(code));
}

void Process::run_foreign_thread(GuestThread& guest, std::uint32_t argument) {
  const std::optional<GuestEntry> entry = foreign_->thread_entry(guest.tid, argument);
  LIND_CHECK(entry.has_value());  // clone refuses a program without it
  runtime::Thread& thread = *guest.runtime;
  if (run_start(thread)) (void)thread.run(entry->function, entry->words);
}

void Process::run_thread(GuestThread& guest) {
  begin_accounting(guest);
  runtime::Thread& thread = *guest.runtime;
  if (guest.image != nullptr) {
    // The forked function returns only when its program does, as in run_program.
    if (thread.resume(std::move(guest.image), 0) == runtime::Left::kReturned) {
      begin_exit(uapi::exited_status(0));
    }
  } else if (guest.start_block && foreign_ != nullptr) {
    run_foreign_thread(guest, *guest.start_block);
  } else if (guest.start_block) {
    const std::optional<FuncIndex> entry = thread.instance().find_function("lind_thread_start");
    LIND_CHECK(entry.has_value());  // clone refuses a program without it
    const std::array<std::uint64_t, 1> words = {*guest.start_block};
    (void)thread.run(*entry, words);  // both ways of leaving end the thread
    if (guest.activation_block && retire_to_activation(guest)) return;
  } else {
    run_program(guest);
  }
  while (guest.next_instance != nullptr) {
    thread.replace_instance(std::exchange(guest.next_instance, nullptr));
    run_program(guest);
  }
  finish_thread(guest);
}

// CLONE_CHILD_CLEARTID.  Source: mm_release, kernel/fork.c, v6.1.
void Process::release_tid_word(GuestThread& guest) {
  const GuestAddr word = std::exchange(guest.clear_child_tid, GuestAddr{});
  if (to_u64(word) == 0 || num_threads() <= 1) return;
  runtime::AddressSpace& memory = guest.runtime->instance().memory();
  const std::array<std::byte, 4> zero{};
  // Nobody is left who could be told that the word is gone.
  if (memory.copy_out(word, zero).ok()) (void)wake_futex(memory, word, 1);
}

void Process::release_locks(GuestThread& guest) {
  GuestAddr head{};
  std::uint32_t tid = 0;
  {
    const MutexLock lock(mu_);
    head = std::exchange(guest.robust_list, GuestAddr{});
    tid = guest.tid;
  }
  if (to_u64(head) != 0) release_robust_list(guest.runtime->instance().memory(), head, tid);
}

void Process::finish_thread(GuestThread& guest) {
  if (is_alone(guest)) notify_grates(guest);
  release_locks(guest);
  release_tid_word(guest);
  const Usage used = host_thread_usage() - guest.usage_start;
  guest.runtime->instance().memory().note_faults(static_cast<std::uint64_t>(used.minor_faults));
  std::unique_ptr<GuestThread> ended;
  bool last = false;
  {
    const MutexLock lock(mu_);
    const auto found =
        std::ranges::find_if(threads_, [&](const auto& other) { return other.get() == &guest; });
    ended = std::move(*found);
    threads_.erase(found);
    ended_threads_ += used;
    last = threads_.empty();
    if (last) {
      last_name_ = ended->name;
      instance_.reset();
    }
    retarget_locked();
    threads_changed_.wake_all();
    threads_gone_.notify_all();
  }
  if (last) end_activations();
  const std::uint32_t tid = ended->tid;
  // Gives the memory back before anybody learns of the end.
  ended.reset();
  if (tid != pid()) kernel_.tree().drop_id(tid);
  if (last) finish_process();
}

bool Process::is_alone(const GuestThread& guest) const {
  const MutexLock lock(mu_);
  return threads_.size() == 1 && threads_.front().get() == &guest;
}

void Process::finish_process() {
  kernel_.alarms().remove_all(pid());
  kernel_.ipc().semaphores.process_ended(pid());
  {
    const std::shared_ptr<FdTable> fds = std::move(fds_);
    const std::shared_ptr<FsContext> fs = std::move(fs_);
  }
  std::int32_t status = 0;
  Usage used;
  {
    const MutexLock lock(mu_);
    status = exit_status_.value_or(first_thread_status_);
    used = ended_threads_;
    arguments_.reset();
  }
  leave_terminal();
  const auto tell = [](const auto& parent, const ChildNews& news) {
    return parent->child_news(news);
  };
  // What POSIX promises the stopped processes of a group that nobody can continue any more.
  for (const std::uint32_t group : kernel_.tree().end(pid(), status, used, tell)) {
    for (const std::int32_t signo : {uapi::kSIGHUP, uapi::kSIGCONT})
      kernel_.tree().signal_group(group, sent_signal(signo, uapi::kSI_KERNEL, 0));
  }
  exit_event_->happened();
}

// Source: disassociate_ctty, drivers/tty/tty_jobctrl.c, v6.1: a session ends with its leader.
void Process::leave_terminal() {
  const std::shared_ptr<Terminal> terminal = kernel_.terminals().of_session(pid());
  if (terminal == nullptr) return;
  const std::uint32_t group = terminal->detach();
  if (group == 0) return;
  kernel_.tree().signal_group(group, sent_signal(uapi::kSIGHUP, uapi::kSI_KERNEL, 0));
}

// --- exit and exec ------------------------------------------------------------------------------

void Process::begin_exit_locked(std::int32_t status) {
  if (exit_status_) return;
  exit_status_ = status;
  for_each_thread_locked([](GuestThread& guest) { guest.runtime->kick(); });
  abandon_later_locked();
  continued_.wake_all();
}

void Process::begin_exit(std::int32_t status) {
  const MutexLock lock(mu_);
  begin_exit_locked(status);
}

void Process::end_thread(runtime::Thread& thread, std::int32_t code) {
  {
    const MutexLock lock(mu_);
    GuestThread& guest = *find_locked(thread);
    guest.has_exited = true;
    if (guest.tid == pid()) first_thread_status_ = uapi::exited_status(code);
  }
  thread.leave();
}

bool Process::exited() const {
  const MutexLock lock(mu_);
  return exit_status_.has_value();
}

bool Process::doomed_locked(const GuestThread& guest) const {
  return exit_status_.has_value() || (exec_owner_ != nullptr && exec_owner_ != &guest);
}

bool Process::doomed(const runtime::Thread& thread) const {
  const MutexLock lock(mu_);
  return doomed_locked(*find_locked(thread));
}

Result<void> Process::become_only_thread(GuestThread& guest) {
  const MutexLock lock(mu_);
  if (doomed_locked(guest)) return uapi::Errno::kERESTARTSYS;
  exec_owner_ = &guest;
  for_each_thread_locked([&guest](GuestThread& other) {
    if (&other != &guest) other.runtime->kick();
  });
  abandon_later_locked();
  continued_.wake_all();
  bool kicked = false;
  while (threads_.size() > 1 && !exit_status_) {
    if (threads_changed_.wait(mu_, *guest.runtime, std::nullopt).ok()) continue;
    // Only death ends this sleep; the signal is looked at when the new program begins.
    guest.runtime->clear_pending();
    kicked = true;
  }
  exec_owner_ = nullptr;
  if (kicked) guest.runtime->kick();
  if (exit_status_) return uapi::Errno::kERESTARTSYS;
  return {};
}

// Source: begin_new_exec and flush_signal_handlers, v6.1.
void Process::reset_for_exec_locked(GuestThread& guest) {
  for (uapi::SigAction& action : actions_) {
    action = {.handler = action.handler == uapi::kSIG_IGN ? uapi::kSIG_IGN : uapi::kSIG_DFL,
              .flags = 0,
              .restorer = 0,
              .pad = 0,
              .mask = 0};
  }
  guest.tid = pid();
  guest.alternate_stack = {.sp = 0, .flags = uapi::kSS_DISABLE, .size = 0};
  guest.clear_child_tid = GuestAddr{};
  guest.restart_deadline_ns.reset();
}

// The program is told whose it is; it may be another user's than that of the caller.
void Process::take_credentials(LoadedProgram& program) {
  LIND_CHECK(change_credentials([&](Credentials& own) -> Result<void> {
               own = after_exec(std::move(own), program.set_ids);
               program.arguments.users = own.users;
               program.arguments.groups = own.groups;
               program.arguments.secure = is_secure(own);
               return {};
             }).ok());
}

Result<void> Process::execute(runtime::Thread& thread, LoadedProgram program) {
  // The host thread of a thread that answers a call is somebody else's.
  if (threei::is_answering(thread)) return uapi::Errno::kEBUSY;
  GuestThread& guest = guest_thread(thread);
  LIND_TRY(become_only_thread(guest));
  end_activations();
  has_executed_ = true;
  release_locks(guest);
  const std::uint32_t old_tid = guest.tid;
  {
    const MutexLock lock(mu_);
    reset_for_exec_locked(guest);
  }
  if (old_tid != pid()) kernel_.tree().drop_id(old_tid);
  kernel_.alarms().remove_created(pid());
  set_thread_name(thread, program.name);
  guest.next_instance = program.instance;
  take_credentials(program);
  set_program(std::move(program));
  if (fds_.use_count() > 1) {
    std::shared_ptr<FdTable> own = fds_->copy();  // afterwards the shared one, released last
    const MutexLock lock(mu_);                    // set_limit of another process looks at fds_
    std::swap(fds_, own);
  }
  fds_->close_marked();
  kernel_.tree().executed(pid());
  thread.leave();
  return {};
}

// --- accounting and limits ----------------------------------------------------------------------

std::optional<std::int64_t> Process::thread_cpu_ns(std::uint32_t tid) const {
  const MutexLock lock(mu_);
  const GuestThread* const guest = find_tid_locked(tid);
  if (guest == nullptr) return std::nullopt;
  return guest->cpu_clock ? read_clock_ns(*guest->cpu_clock) - guest->cpu_start_ns : 0;
}

Usage Process::usage() const {
  const MutexLock lock(mu_);
  Usage sum = ended_threads_;
  for (const auto& guest : threads_) {
    if (!guest->cpu_clock) continue;
    const std::int64_t cpu_ns = read_clock_ns(*guest->cpu_clock) - guest->cpu_start_ns;
    sum.user_ns += std::max<std::int64_t>(cpu_ns, 0);
  }
  return sum;
}

ProcessSnapshot Process::snapshot(std::uint32_t tid) const {
  ProcessSnapshot result;
  result.usage = usage();
  result.started_ns = started_ns_;
  for (const runtime::Area& area : areas())
    result.mapped_bytes += area.num_bytes;
  const MutexLock lock(mu_);
  if (arguments_ != nullptr) {
    result.args = arguments_->args;
    result.env = arguments_->env;
    result.program = program_path_;
  }
  result.name = last_name_;
  for (const auto& guest : threads_) {
    result.tids.push_back(guest->tid);
    if (guest->tid != tid) continue;
    result.name = guest->name;
    result.blocked = guest->blocked;
  }
  result.stopped = stopped_;
  result.nice = nice_;
  result.credentials = credentials_;
  result.pending = pending_.mask();
  for (std::int32_t signo = 1; signo <= uapi::kNumSignals; ++signo) {
    const std::uint32_t handler = actions_[static_cast<std::size_t>(signo - 1)].handler;
    if (handler == uapi::kSIG_IGN) result.ignored |= signal_bit(signo);
    if (handler != uapi::kSIG_IGN && handler != uapi::kSIG_DFL) result.caught |= signal_bit(signo);
  }
  return result;
}

std::vector<runtime::ResidentPart> Process::resident_parts() const {
  std::shared_ptr<runtime::Instance> instance;
  {
    const MutexLock lock(mu_);
    instance = instance_;
  }
  return instance == nullptr ? std::vector<runtime::ResidentPart>()
                             : instance->memory().resident_parts();
}

std::vector<runtime::Area> Process::areas() const {
  std::shared_ptr<runtime::Instance> instance;
  {
    const MutexLock lock(mu_);
    instance = instance_;
  }
  return instance == nullptr ? std::vector<runtime::Area>() : instance->memory().areas();
}

void Process::set_thread_name(const runtime::Thread& thread, std::string name) {
  const MutexLock lock(mu_);
  find_locked(thread)->name = std::move(name);
}

std::int32_t Process::nice() const {
  const MutexLock lock(mu_);
  return nice_;
}

void Process::set_nice(std::int32_t nice) {
  const MutexLock lock(mu_);
  nice_ = nice;
}

uapi::Rlimit Process::limit(std::uint32_t resource) const {
  const MutexLock lock(mu_);
  return limits_[resource];
}

// Source: posix_cpu_timers_check, kernel/time/posix-cpu-timers.c, v6.1.
void Process::arm_cpu_limit() {
  const uapi::Rlimit limit = this->limit(uapi::kRLIMIT_CPU);
  const auto arm = [&](std::int32_t number, std::int32_t signo, std::uint64_t seconds,
                       std::int64_t interval_ns) {
    // More than anybody has is no limit.
    constexpr std::uint64_t kForever = INT64_MAX / kNsPerSecond;
    AlarmClock::Timer timer{};
    if (seconds < kForever) {
      const Usage used = usage();
      const std::int64_t left_ns =
          static_cast<std::int64_t>(seconds) * kNsPerSecond - used.user_ns - used.system_ns;
      timer = {.remaining_ns = std::max<std::int64_t>(left_ns, 1), .interval_ns = interval_ns};
    }
    (void)kernel_.alarms().set({.pid = pid(), .number = number}, shared_from_this(),
                               TimerKind{.counts = TimerKind::Counts::kProcessCpu, .signo = signo},
                               timer);
  };
  arm(kCpuWarningTimer, uapi::kSIGXCPU, limit.current, kNsPerSecond);
  arm(kCpuEndTimer, uapi::kSIGKILL, limit.maximum, 0);
}

void Process::set_limit(std::uint32_t resource, const uapi::Rlimit& limit) {
  const MutexLock lock(mu_);
  limits_[resource] = limit;
  // A process without threads has given its table back.
  if (resource != uapi::kRLIMIT_NOFILE || threads_.empty()) return;
  fds_->set_limit(static_cast<std::uint32_t>(limit.current));
}

// --- users and groups ---------------------------------------------------------------------------

std::shared_ptr<const Credentials> Process::credentials() const {
  const MutexLock lock(mu_);
  return credentials_;
}

std::shared_ptr<const Credentials> Process::file_credentials() const {
  return is_host_user_ ? nullptr : credentials();
}

std::shared_ptr<const Credentials> Process::real_credentials() const {
  Credentials real = credentials()->with_real_ids();
  return real.is_host_user() ? nullptr : std::make_shared<const Credentials>(std::move(real));
}

Result<void> Process::change_credentials(const std::function<Result<void>(Credentials&)>& change) {
  const MutexLock lock(mu_);
  Credentials changed = *credentials_;
  LIND_TRY(change(changed));
  if (changed == *credentials_) return {};
  is_host_user_ = changed.is_host_user();
  credentials_ = std::make_shared<const Credentials>(std::move(changed));
  return {};
}

// --- memory -------------------------------------------------------------------------------------

Result<void> Process::may_map(const runtime::AddressSpace& memory, std::uint64_t num_bytes) const {
  const std::uint64_t limit = this->limit(uapi::kRLIMIT_AS).current;
  if (limit >= vmabi::kGuestAddressBytes) return {};
  std::uint64_t mapped = 0;
  for (const runtime::Area& area : memory.areas())
    mapped += area.num_bytes;
  const bool fits = num_bytes <= limit && mapped <= limit - num_bytes;
  return fits ? Result<void>() : Result<void>(uapi::Errno::kENOMEM);
}

std::uint64_t Process::set_heap_end(runtime::AddressSpace& memory, std::uint64_t address) {
  Heap& heap = *heap_;
  const MutexLock lock(heap.mu);
  if (address < heap.start || address >= vmabi::kGuestAddressBytes) return heap.end;
  const std::uint64_t old_top = align_up(heap.end, kHostPageSize);
  const std::uint64_t new_top = align_up(address, kHostPageSize);
  Result<void> changed;
  if (new_top > old_top) {
    runtime::AddressSpace::MapRequest request;
    request.hint = old_top;
    request.num_bytes = new_top - old_top;
    request.protection = {.read = true, .write = true};
    request.place = runtime::AddressSpace::MapRequest::Place::kFixedNoReplace;
    changed = may_map(memory, request.num_bytes);
    if (changed.ok()) {
      const Result<GuestAddr> mapped = memory.map(request);
      if (!mapped.ok()) changed = mapped.error();
    }
  } else if (new_top < old_top) {
    changed = memory.unmap(GuestAddr{new_top}, old_top - new_top);
  }
  if (changed.ok()) heap.end = address;
  return heap.end;
}

// --- services -----------------------------------------------------------------------------------

vmabi::TrapCode Process::call_import(runtime::Thread& thread, std::uint32_t import_index) {
  if (foreign_ == nullptr) return vmabi::TrapCode::k_bad_import;
  return foreign_->call(*this, thread, import_index);
}

namespace {
std::int64_t or_minus_errno(const Result<std::int64_t>& result) {
  return result.ok() ? result.value() : -static_cast<std::int64_t>(result.error());
}
}  // namespace

std::int64_t Process::service(runtime::Thread& thread, std::int32_t number,
                              const runtime::SyscallArgs& args) {
  if (number == uapi::kServiceActivation) return become_activation(thread, args);
  if (number == uapi::kServiceAwaitActivation) {
    const Result<void> idle = grate()->await_idle(thread);
    return idle.ok() ? 0 : -static_cast<std::int64_t>(idle.error());
  }
  if (number == uapi::kServiceInterrupted) return thread.interrupted() ? 1 : 0;
  if (number == uapi::kServiceFrames) return or_minus_errno(frames_of_caller(thread, args));
  if (number == uapi::kServiceFunctionName) return or_minus_errno(function_at(thread, args));
  if (number != uapi::kServiceInitialStack) {
    return -static_cast<std::int64_t>(uapi::Errno::kENOSYS);
  }
  std::shared_ptr<const ProgramArguments> arguments;
  {
    const MutexLock lock(mu_);
    arguments = arguments_;
  }
  const std::size_t bytes = initial_stack_bytes(*arguments);
  if (args[1] < bytes) return static_cast<std::int64_t>(bytes);
  const auto address = static_cast<std::uint32_t>(args[0]);
  const std::vector<std::byte> image = initial_stack(*arguments, address);
  const Result<void> copied = thread.instance().memory().copy_out(GuestAddr{args[0]}, image);
  if (!copied.ok()) return -static_cast<std::int64_t>(copied.error());
  return static_cast<std::int64_t>(bytes);
}

}  // namespace lind::rawposix
