// How signals reach a process, and what its threads make of them.
//
//   send -> ignored? -> pending set of the process or thread -> kick a thread that takes it
//   thread on its way to guest code -> take_signal -> default action | handler | nothing
//
// Source of the rules: kernel/signal.c, v6.1.

#include <algorithm>
#include <bit>

#include "base/log.h"
#include "rawposix/proc/alarm_clock.h"
#include "rawposix/proc/process_tree.h"
#include "rawposix/proc/signal_watch.h"
#include "rawposix/process.h"
#include "uapi/process.h"

namespace lind::rawposix {
namespace {

std::size_t index_of(std::int32_t signo) noexcept {
  return static_cast<std::size_t>(signo - 1);
}

bool has_ended(std::int32_t status) noexcept {
  return status != uapi::kContinuedStatus && (status & 0xff) != 0x7f;
}

std::uint32_t to_ticks(std::int64_t ns) noexcept {
  return static_cast<std::uint32_t>(ns / (1'000'000'000 / uapi::kClockTicksPerSecond));
}

// Source: do_notify_parent and do_notify_parent_cldstop.
uapi::SigInfo child_info(const ChildNews& news) {
  uapi::SigInfo info{.signo = news.signal, .error = 0, .code = 0, .words = {}};
  std::int32_t value = 0;
  if (news.status == uapi::kContinuedStatus) {
    info.code = uapi::kCLD_CONTINUED;
    value = uapi::kSIGCONT;
  } else if (!has_ended(news.status)) {
    info.code = uapi::kCLD_STOPPED;
    value = news.status >> 8;
  } else if ((news.status & 0x7f) != 0) {
    info.code = uapi::kCLD_KILLED;
    value = news.status & 0x7f;
  } else {
    info.code = uapi::kCLD_EXITED;
    value = news.status >> 8;
  }
  info.words[0] = news.pid;
  info.words[2] = static_cast<std::uint32_t>(value);
  info.words[3] = to_ticks(news.usage.user_ns);
  info.words[4] = to_ticks(news.usage.system_ns);
  return info;
}

uapi::SigInfo fault_info(std::int32_t signo, std::int32_t code, std::uint64_t address) {
  uapi::SigInfo info{.signo = signo, .error = 0, .code = code, .words = {}};
  info.words[0] = static_cast<std::uint32_t>(address);
  return info;
}

// What the same mistake does to a native program: a trap instruction is ud2, a call through a null
// or wild function pointer a page fault at that address, INT_MIN / -1 a divide error.
uapi::SigInfo trap_info(vmabi::TrapCode code) {
  using enum vmabi::TrapCode;
  switch (code) {
    case k_out_of_bounds_memory:
    case k_out_of_bounds_table:
    case k_undefined_element:
    case k_uninitialized_element:
    case k_indirect_call_type:
    case k_stack_exhausted:
      return fault_info(uapi::kSIGSEGV, uapi::kSEGV_MAPERR, 0);
    case k_integer_divide_by_zero:
    case k_integer_overflow:
    case k_invalid_conversion:
      return fault_info(uapi::kSIGFPE, uapi::kFPE_INTDIV, 0);
    case k_unaligned_atomic:
      return fault_info(uapi::kSIGBUS, uapi::kBUS_ADRALN, 0);
    case k_dead_jump_buffer:
    case k_uncaught_exception:
    case k_null_exception:
    case k_exceptions_exhausted:
      return fault_info(uapi::kSIGABRT, uapi::kSI_KERNEL, 0);
    case kNone:
    case k_unreachable:
    case k_expected_shared_memory:
    case k_bad_import:
      break;
  }
  return fault_info(uapi::kSIGILL, uapi::kILL_ILLOPN, 0);
}

std::int32_t page_fault_code(const runtime::AddressSpace& memory, std::uint64_t address) {
  const std::vector<runtime::Area> areas = memory.areas();
  const bool is_mapped = std::ranges::any_of(areas, [address](const runtime::Area& area) {
    return address >= area.start && address - area.start < area.num_bytes;
  });
  return is_mapped ? uapi::kSEGV_ACCERR : uapi::kSEGV_MAPERR;
}

uapi::SigInfo info_of(const runtime::Thread& thread, const runtime::Fault& fault) {
  switch (fault.kind) {
    case runtime::Fault::Kind::kTrap:
      break;
    case runtime::Fault::Kind::kMemory:
      return fault_info(uapi::kSIGSEGV, page_fault_code(thread.instance().memory(), fault.address),
                        fault.address);
    case runtime::Fault::Kind::kBus:
      return fault_info(uapi::kSIGBUS, uapi::kBUS_ADRERR, fault.address);
    case runtime::Fault::Kind::kStack:
      return fault_info(uapi::kSIGSEGV, uapi::kSEGV_MAPERR, 0);
  }
  return trap_info(fault.code);
}

}  // namespace

// --- sending ------------------------------------------------------------------------------------

bool Process::ignored_locked(std::int32_t signo, const GuestThread* target) const {
  const SignalMask bit = signal_bit(signo);
  if ((bit & kUnblockable) != 0) return false;
  // A blocked signal waits: its action may change before it is unblocked.
  const GuestThread& looked_at = target != nullptr ? *target : *threads_.front();
  if (((looked_at.blocked | looked_at.awaited) & bit) != 0) return false;
  const std::uint32_t handler = actions_[index_of(signo)].handler;
  if (handler == uapi::kSIG_IGN) return true;
  return handler == uapi::kSIG_DFL && (default_action(signo) == DefaultAction::kIgnore ||
                                       default_action(signo) == DefaultAction::kContinue);
}

// A thread that waits for a grate may never come to take a signal: what ends the process by default
// does so when it is sent.  Source: complete_signal, v6.1.
bool Process::ends_at_once_locked(std::int32_t signo, const GuestThread* target) const {
  if (stopped_ || !routes().has_layers()) return false;
  if (actions_[index_of(signo)].handler != uapi::kSIG_DFL ||
      default_action(signo) != DefaultAction::kTerminate) {
    return false;
  }
  return std::ranges::any_of(threads_, [&](const auto& guest) LIND_REQUIRES(mu_) {
    return (target == nullptr || guest.get() == target) &&
           ((guest->blocked | guest->awaited) & signal_bit(signo)) == 0;
  });
}

void Process::wake_for_locked(std::int32_t signo, GuestThread* target) {
  const SignalMask bit = signal_bit(signo);
  for (const auto& guest : threads_) {
    if (target != nullptr && guest.get() != target) continue;
    if ((guest->blocked & ~guest->awaited & bit) != 0) continue;
    guest->runtime->kick();
    return;
  }
}

Process::Continued Process::post_locked(const uapi::SigInfo& info, GuestThread* target) {
  if (threads_.empty() || exit_status_) return Continued::kNo;
  if (info.signo == uapi::kSIGKILL) {
    begin_exit_locked(uapi::killed_status(uapi::kSIGKILL));
    return Continued::kNo;
  }
  Continued continued = Continued::kNo;
  const SignalMask bit = signal_bit(info.signo);
  SignalMask cancelled = 0;
  if (info.signo == uapi::kSIGCONT) {
    cancelled = kStopSignals;
    if (stopped_) continued = Continued::kYes;
    stopped_ = false;
    continued_.wake_all();
  } else if ((bit & kStopSignals) != 0) {
    cancelled = signal_bit(uapi::kSIGCONT);
  }
  if (cancelled != 0) {
    pending_.remove(cancelled);
    for (const auto& guest : threads_)
      guest->pending.remove(cancelled);
  }
  if (ignored_locked(info.signo, target)) return continued;
  if (ends_at_once_locked(info.signo, target)) {
    begin_exit_locked(uapi::killed_status(info.signo));
    return Continued::kNo;
  }
  PendingSignals& queue = target != nullptr ? target->pending : pending_;
  if (queue.add(info)) wake_for_locked(info.signo, target);
  update_watches_locked();
  return continued;
}

void Process::tell_parent(std::int32_t status) {
  const bool stopped = status != uapi::kContinuedStatus;
  kernel_.tree().report(
      pid(), status,
      [this, stopped] {
        const MutexLock lock(mu_);
        return stopped_ == stopped;
      },
      [](const auto& parent, const ChildNews& news) { return parent->child_news(news); });
}

void Process::send_signal(const uapi::SigInfo& info) {
  Continued continued = Continued::kNo;
  {
    const MutexLock lock(mu_);
    continued = post_locked(info, nullptr);
  }
  if (continued == Continued::kYes) tell_parent(uapi::kContinuedStatus);
}

Result<void> Process::send_thread_signal(std::uint32_t tid, const uapi::SigInfo& info) {
  Continued continued = Continued::kNo;
  {
    const MutexLock lock(mu_);
    GuestThread* const target = find_tid_locked(tid);
    if (target == nullptr) return uapi::Errno::kESRCH;
    continued = post_locked(info, target);
  }
  if (continued == Continued::kYes) tell_parent(uapi::kContinuedStatus);
  return {};
}

Result<void> Process::queue_signal(std::uint32_t tid, const uapi::SigInfo& info) {
  {
    const MutexLock lock(mu_);
    std::size_t queued = pending_.size();
    for (const auto& guest : threads_)
      queued += guest->pending.size();
    const bool full = queued >= limits_[uapi::kRLIMIT_SIGPENDING].current;
    if (full && info.signo >= uapi::kSIGRTMIN) return uapi::Errno::kEAGAIN;
  }
  if (tid != 0) return send_thread_signal(tid, info);
  send_signal(info);
  return {};
}

void Process::raise(const runtime::Thread& thread, std::int32_t signo) {
  const MutexLock lock(mu_);
  (void)post_locked(sent_signal(signo, uapi::kSI_USER, pid(), credentials_->users.real),
                    find_locked(thread));
}

bool Process::child_news(const ChildNews& news) {
  const MutexLock lock(mu_);
  const uapi::SigAction& action = actions_[index_of(uapi::kSIGCHLD)];
  const bool ignored = action.handler == uapi::kSIG_IGN;
  const bool ended = has_ended(news.status);
  const bool wanted = ended || (action.flags & uapi::kSA_NOCLDSTOP) == 0;
  const bool is_child_signal = news.signal == uapi::kSIGCHLD;
  if (news.signal != 0 && wanted && !(is_child_signal && ignored)) {
    // A SIGCONT as exit signal goes on silently: its own parent cannot be told under this lock.
    (void)post_locked(child_info(news), nullptr);
  }
  return ended && is_child_signal && (ignored || (action.flags & uapi::kSA_NOCLDWAIT) != 0);
}

void Process::timer_rang(std::int32_t number, const TimerKind& kind, std::uint32_t times) {
  if (kind.signo == 0) return;
  uapi::SigInfo info = sent_signal(kind.signo, uapi::kSI_KERNEL, 0);
  if (number >= 0) {
    info.code = uapi::kSI_TIMER;
    info.words = {static_cast<std::uint32_t>(number), times - 1, kind.value};
  }
  const MutexLock lock(mu_);
  GuestThread* const target = kind.told_tid == 0 ? nullptr : find_tid_locked(kind.told_tid);
  if (kind.told_tid != 0 && target == nullptr) return;
  PendingSignals& queue = target != nullptr ? target->pending : pending_;
  if (number >= 0 && queue.count_timer(info, times)) return;
  // A timer has no SIGCONT to send that stopped processes wait for: kill has told their parents.
  (void)post_locked(info, target);
}

std::int32_t Process::timer_overrun(std::int32_t number) const {
  const MutexLock lock(mu_);
  const auto found = timer_overruns_.find(number);
  return found == timer_overruns_.end() ? 0 : found->second;
}

// --- taking -------------------------------------------------------------------------------------

bool Process::has_deliverable_locked(const GuestThread& guest) const {
  return ((guest.pending.mask() | pending_.mask()) & ~guest.blocked) != 0;
}

void Process::rekick_locked(GuestThread& guest) {
  if (has_deliverable_locked(guest)) guest.runtime->kick();
}

// For a process signal whose first choice of a thread has gone or has blocked it.
void Process::retarget_locked() {
  if (pending_.mask() == 0) return;
  for (const auto& guest : threads_) {
    if ((pending_.mask() & ~guest->blocked) != 0) guest->runtime->kick();
  }
}

// Whether the thread has to go to take_signal; if not, a kick was for nothing and is forgotten.
bool Process::must_act_locked(GuestThread& guest) {
  guest.runtime->clear_pending();
  if (!doomed_locked(guest) && !stopped_ && !has_deliverable_locked(guest)) return false;
  guest.runtime->kick();
  return true;
}

std::optional<uapi::SigInfo> Process::dequeue_locked(GuestThread& guest, SignalMask allowed) {
  std::optional<uapi::SigInfo> info = guest.pending.take(allowed);
  if (!info) info = pending_.take(allowed);
  if (info) update_watches_locked();
  if (info && info->code == uapi::kSI_TIMER) {
    // No more timers than timer_create allows: a guest can queue such a siginfo itself.
    if (info->words[0] < AlarmClock::kMaxTimers) {
      timer_overruns_[static_cast<std::int32_t>(info->words[0])] =
          static_cast<std::int32_t>(info->words[1]);
    }
  }
  return info;
}

void Process::wait_while_stopped_locked(GuestThread& guest) {
  while (stopped_ && !doomed_locked(guest)) {
    // A signal that neither kills nor continues waits until the process goes on.
    if (continued_.wait(mu_, *guest.runtime, std::nullopt).ok()) continue;
    guest.runtime->clear_pending();
    // It answers a call of somebody who has a signal: it must not keep him.
    if (guest.runtime->interrupted()) return;
  }
}

bool Process::on_alternate_stack_locked(const GuestThread& guest) const {
  const uapi::SigStack& stack = guest.alternate_stack;
  if ((stack.flags & uapi::kSS_DISABLE) != 0) return false;
  const std::uint32_t word =
      guest.runtime->instance().program().object().header().stack_pointer_word;
  if (word == vmabi::kNoIndex) return false;
  const auto sp = static_cast<std::uint32_t>(guest.runtime->global_word(word));
  return sp > stack.sp && sp - stack.sp <= stack.size;
}

void Process::deliver_locked(GuestThread& guest, const uapi::SigInfo& info,
                             runtime::SignalDelivery* out) {
  uapi::SigAction& action = actions_[index_of(info.signo)];
  *out = {.handler = action.handler,
          .signo = info.signo,
          .siginfo = std::bit_cast<std::array<std::byte, sizeof(info)>>(info),
          .restore_mask = guest.saved_mask.value_or(guest.blocked),
          .stack_top = 0,
          .restart = (action.flags & uapi::kSA_RESTART) != 0 && !guest.never_restart};
  const uapi::SigStack& stack = guest.alternate_stack;
  const bool switches = (action.flags & uapi::kSA_ONSTACK) != 0 &&
                        (stack.flags & uapi::kSS_DISABLE) == 0 && !on_alternate_stack_locked(guest);
  if (switches) out->stack_top = stack.sp + stack.size;
  guest.saved_mask.reset();
  guest.never_restart = false;
  guest.restart_deadline_ns.reset();
  guest.blocked |= action.mask;
  if ((action.flags & uapi::kSA_NODEFER) == 0) guest.blocked |= signal_bit(info.signo);
  if ((action.flags & uapi::kSA_RESETHAND) != 0) action.handler = uapi::kSIG_DFL;
  rekick_locked(guest);
}

Process::Taken Process::take_one(runtime::Thread& thread, runtime::SignalDelivery* out) {
  std::int32_t signo = 0;
  {
    const MutexLock lock(mu_);
    GuestThread& guest = *find_locked(thread);
    wait_while_stopped_locked(guest);
    if (doomed_locked(guest)) {
      thread.leave();
      return Taken::kNothing;
    }
    const std::optional<uapi::SigInfo> info = dequeue_locked(guest, ~guest.blocked);
    if (!info) {
      guest.never_restart = false;
      if (!guest.saved_mask) return Taken::kNothing;
      // The call that changed the mask ended without a handler: the old mask may let others in.
      guest.blocked = *guest.saved_mask;
      guest.saved_mask.reset();
      return Taken::kAgain;
    }
    signo = info->signo;
    const std::uint32_t handler = actions_[index_of(signo)].handler;
    if (handler == uapi::kSIG_IGN) return Taken::kAgain;
    if (handler != uapi::kSIG_DFL) {
      deliver_locked(guest, *info, out);
      return Taken::kHandler;
    }
  }
  default_signal(thread, signo);
  return Taken::kAgain;
}

bool Process::take_signal(runtime::Thread& thread, runtime::SignalDelivery* out) {
  thread.clear_pending();
  for (;;) {
    const Taken taken = take_one(thread, out);
    if (taken == Taken::kNothing) return false;
    if (taken == Taken::kHandler) return true;
  }
}

void Process::signal_returned(runtime::Thread& thread, std::uint64_t restore_mask) {
  set_blocked(thread, restore_mask);
}

void Process::default_signal(runtime::Thread& thread, std::int32_t signo) {
  switch (default_action(signo)) {
    case DefaultAction::kIgnore:
    case DefaultAction::kContinue:
      return;
    case DefaultAction::kStop:
      return stop(signo);
    case DefaultAction::kTerminate:
      break;
  }
  log::info("process {} ends by signal {}", pid(), signo);
  if (log::enabled(log::Level::kInfo)) {
    constexpr std::size_t kMaxFrames = 32;
    for (const std::string& function : thread.backtrace(kMaxFrames))
      log::info("  in {}", function);
  }
  begin_exit(uapi::killed_status(signo));
}

void Process::stop(std::int32_t signo) {
  if (signo != uapi::kSIGSTOP) {
    const Result<std::uint32_t> group = kernel_.tree().group_of(pid());
    // Nobody could continue it.
    if (group.ok() && kernel_.tree().group_is_orphaned(group.value())) return;
  }
  {
    const MutexLock lock(mu_);
    if (exit_status_) return;
    stopped_ = true;
    for_each_thread_locked([](GuestThread& guest) { guest.runtime->kick(); });
  }
  tell_parent(uapi::stopped_status(signo));
}

// --- faults -------------------------------------------------------------------------------------

void Process::force_signal(runtime::Thread& thread, const uapi::SigInfo& info) {
  const MutexLock lock(mu_);
  GuestThread& guest = *find_locked(thread);
  uapi::SigAction& action = actions_[index_of(info.signo)];
  const SignalMask bit = signal_bit(info.signo);
  // An instruction cannot go on: nobody may look away from its signal.
  if ((guest.blocked & bit) != 0 || action.handler == uapi::kSIG_IGN) {
    action.handler = uapi::kSIG_DFL;
    guest.blocked &= ~bit;
  }
  (void)guest.pending.add(info);  // if one waits already it is as good
  thread.kick();
}

// A trap of WebAssembly ends the program, whatever the signals say: nobody could handle it.
void Process::trapped(runtime::Thread& thread, const runtime::Fault& fault, std::int32_t signo) {
  constexpr std::size_t kMaxFrames = 8;
  constexpr std::size_t kMaxNameBytes = 64;
  const runtime::Program& program = thread.instance().program();
  std::string where = " in " + program.function_name(fault.image_offset).substr(0, kMaxNameBytes);
  for (const std::string& function : thread.backtrace(kMaxFrames))
    where += ", called by " + function.substr(0, kMaxNameBytes);
  const std::string_view what =
      fault.code == vmabi::TrapCode::kNone ? "memory fault" : vmabi::trap_message(fault.code);
  if (!exited()) log::error("trap: {}{}", what, where);
  begin_exit(uapi::killed_status(signo));
  thread.leave();
}

void Process::faulted(runtime::Thread& thread, const runtime::Fault& fault) {
  const uapi::SigInfo info = info_of(thread, fault);
  if (foreign_ != nullptr) return trapped(thread, fault, info.signo);
  log::info("process {}: {} in {} (guest address {:#x}): signal {}", pid(),
            fault.kind == runtime::Fault::Kind::kTrap ? vmabi::trap_message(fault.code)
                                                      : std::string_view("memory fault"),
            thread.instance().program().function_name(fault.image_offset), fault.address,
            info.signo);
  const bool no_stack_left = fault.kind == runtime::Fault::Kind::kStack ||
                             fault.code == vmabi::TrapCode::k_stack_exhausted;
  if (!no_stack_left) return force_signal(thread, info);
  begin_exit(uapi::killed_status(info.signo));
  thread.leave();
}

// --- masks and actions --------------------------------------------------------------------------

uapi::SigAction Process::action(std::int32_t signo) const {
  const MutexLock lock(mu_);
  return actions_[index_of(signo)];
}

void Process::set_action(std::int32_t signo, const uapi::SigAction& action) {
  const MutexLock lock(mu_);
  uapi::SigAction& current = actions_[index_of(signo)];
  current = action;
  current.mask &= ~kUnblockable;
  const bool ignored =
      action.handler == uapi::kSIG_IGN ||
      (action.handler == uapi::kSIG_DFL && default_action(signo) == DefaultAction::kIgnore);
  if (!ignored) return;
  // POSIX 3.3.1.3: what is pending is discarded, whether it is blocked or not.
  pending_.remove(signal_bit(signo));
  for (const auto& guest : threads_)
    guest->pending.remove(signal_bit(signo));
  update_watches_locked();
}

SignalMask Process::blocked(const runtime::Thread& thread) const {
  const MutexLock lock(mu_);
  return find_locked(thread)->blocked;
}

void Process::set_blocked(const runtime::Thread& thread, SignalMask mask) {
  const MutexLock lock(mu_);
  GuestThread& guest = *find_locked(thread);
  const SignalMask newly_blocked = mask & ~guest.blocked;
  guest.blocked = mask & ~kUnblockable;
  rekick_locked(guest);
  if ((pending_.mask() & newly_blocked) != 0) retarget_locked();
}

void Process::set_blocked_for_call(const runtime::Thread& thread, SignalMask mask) {
  const MutexLock lock(mu_);
  GuestThread& guest = *find_locked(thread);
  guest.saved_mask = guest.blocked;
  guest.blocked = mask & ~kUnblockable;
  rekick_locked(guest);
}

void Process::restore_blocked(const runtime::Thread& thread) {
  const MutexLock lock(mu_);
  GuestThread& guest = *find_locked(thread);
  if (!guest.saved_mask) return;
  guest.blocked = *guest.saved_mask;
  guest.saved_mask.reset();
  rekick_locked(guest);
}

SignalMask Process::pending(const runtime::Thread& thread) const {
  const MutexLock lock(mu_);
  return find_locked(thread)->pending.mask() | pending_.mask();
}

void Process::never_restart(const runtime::Thread& thread) {
  const MutexLock lock(mu_);
  find_locked(thread)->never_restart = true;
}

bool Process::looks_away(const runtime::Thread& thread, std::int32_t signo) const {
  const MutexLock lock(mu_);
  return (find_locked(thread)->blocked & signal_bit(signo)) != 0 ||
         actions_[index_of(signo)].handler == uapi::kSIG_IGN;
}

// --- waiting for signals ------------------------------------------------------------------------

void Process::await_any_signal(runtime::Thread& thread) {
  GuestThread& guest = guest_thread(thread);
  for (;;) {
    thread.prepare_sleep();
    // Nobody wakes this sleep; what ends it is a kick.
    (void)thread.sleep(std::nullopt);
    const MutexLock lock(mu_);
    // The second: a signal of somebody whose call it answers.
    if (must_act_locked(guest) || thread.interrupted()) return;
  }
}

Result<uapi::SigInfo> Process::await_signal(runtime::Thread& thread, SignalMask wanted,
                                            std::optional<std::int64_t> deadline_ns) {
  GuestThread& guest = guest_thread(thread);
  for (bool expired = false;;) {
    {
      const MutexLock lock(mu_);
      guest.awaited = 0;
      const std::optional<uapi::SigInfo> info = dequeue_locked(guest, wanted);
      if (info) return *info;
      if (expired) return uapi::Errno::kEAGAIN;
      guest.awaited = wanted;
      if (must_act_locked(guest) || thread.interrupted()) {
        guest.awaited = 0;
        return uapi::Errno::kEINTR;
      }
    }
    // A signal that comes here has kicked us, and the sleep ends at once.
    thread.prepare_sleep();
    const Result<void> slept = thread.sleep(deadline_ns);
    expired = !slept.ok() && slept.error() == uapi::Errno::kETIMEDOUT;
  }
}

std::optional<uapi::SigInfo> Process::take_pending(const runtime::Thread& thread,
                                                   SignalMask wanted) {
  const MutexLock lock(mu_);
  return dequeue_locked(*find_locked(thread), wanted);
}

void Process::watch_signals(const std::shared_ptr<SignalWatch>& watch) {
  const MutexLock lock(mu_);
  std::erase_if(watches_, [](const auto& weak) { return weak.expired(); });
  const bool known =
      std::ranges::any_of(watches_, [&](const auto& weak) { return weak.lock() == watch; });
  if (!known) watches_.push_back(watch);
  update_watches_locked();
}

void Process::update_watches_locked() {
  if (watches_.empty()) return;
  SignalMask pending = pending_.mask();
  for (const auto& guest : threads_)
    pending |= guest->pending.mask();
  for (const std::weak_ptr<SignalWatch>& weak : watches_) {
    if (const std::shared_ptr<SignalWatch> watch = weak.lock()) watch->update(pending);
  }
}

// --- alternate stack ----------------------------------------------------------------------------

uapi::SigStack Process::alternate_stack(runtime::Thread& thread) const {
  const MutexLock lock(mu_);
  const GuestThread& guest = *find_locked(thread);
  uapi::SigStack stack = guest.alternate_stack;
  if (on_alternate_stack_locked(guest)) stack.flags |= uapi::kSS_ONSTACK;
  return stack;
}

Result<void> Process::set_alternate_stack(runtime::Thread& thread, const uapi::SigStack& stack) {
  const MutexLock lock(mu_);
  GuestThread& guest = *find_locked(thread);
  if (on_alternate_stack_locked(guest)) return uapi::Errno::kEPERM;
  if (stack.flags == uapi::kSS_DISABLE) {
    guest.alternate_stack = {.sp = 0, .flags = uapi::kSS_DISABLE, .size = 0};
    return {};
  }
  if (stack.flags != 0 && stack.flags != uapi::kSS_ONSTACK) return uapi::Errno::kEINVAL;
  if (stack.size < uapi::kMINSIGSTKSZ) return uapi::Errno::kENOMEM;
  guest.alternate_stack = {.sp = stack.sp, .flags = 0, .size = stack.size};
  return {};
}

}  // namespace lind::rawposix
