// Sending signals.

#include <set>

#include "rawposix/proc/handlers.h"
#include "rawposix/proc/process_tree.h"

namespace lind::rawposix {
namespace {

// Source: check_kill_permission, kernel/signal.c, v6.1.
Result<void> check_kill(Caller& caller, const Process& target, std::int32_t signo) {
  const std::shared_ptr<const Credentials> own = caller.process().credentials();
  if (own->is_root() || &target == &caller.process()) return {};
  if (may_signal(*own, *target.credentials())) return {};
  if (signo == uapi::kSIGCONT) {
    const ProcessTree& tree = caller.kernel().tree();
    const Result<std::uint32_t> here = tree.session_of(caller.process().pid());
    const Result<std::uint32_t> there = tree.session_of(target.pid());
    if (here.ok() && there.ok() && here.value() == there.value()) return {};
  }
  return uapi::Errno::kEPERM;
}

uapi::SigInfo from_caller(Caller& caller, std::int32_t signo, std::int32_t code) {
  return sent_signal(signo, code, caller.process().pid(),
                     caller.process().credentials()->users.real);
}

// kill with the number 0 only asks whether there is somebody.  EPERM if none may be signalled.
SysResult send_to_all(Caller& caller, const std::vector<std::shared_ptr<Process>>& targets,
                      std::int32_t signo) {
  if (targets.empty()) return uapi::Errno::kESRCH;
  const uapi::SigInfo info = from_caller(caller, signo, uapi::kSI_USER);
  SysResult result = uapi::Errno::kEPERM;
  for (const std::shared_ptr<Process>& target : targets) {
    if (!check_kill(caller, *target, signo).ok()) continue;
    if (signo != 0) target->send_signal(info);
    result = 0;
  }
  return result;
}

// To all that `select` finds.  SIGKILL goes on until nobody is new: who forks meanwhile leaves no
// child behind, as clone looks whether its caller was killed when the child can be found.
template <typename Select>
SysResult send_to_selected(Caller& caller, std::int32_t signo, Select select) {
  std::vector<std::shared_ptr<Process>> targets = select();
  SysResult result = send_to_all(caller, targets, signo);
  if (signo != uapi::kSIGKILL) return result;
  std::set<std::shared_ptr<Process>> told;
  while (!targets.empty()) {
    told.insert(targets.begin(), targets.end());
    targets = select();
    std::erase_if(targets, [&](const auto& target) { return told.contains(target); });
    if (!targets.empty()) (void)send_to_all(caller, targets, signo);
  }
  return result;
}

SysResult kill_group(Caller& caller, std::uint32_t pgid, std::int32_t signo) {
  return send_to_selected(caller, signo, [&] { return caller.kernel().tree().group(pgid); });
}

SysResult kill_everybody_else(Caller& caller, std::int32_t signo) {
  const SysResult result = send_to_selected(caller, signo, [&] {
    std::vector<std::shared_ptr<Process>> others = caller.kernel().tree().all();
    std::erase_if(others, [&](const auto& other) { return other.get() == &caller.process(); });
    return others;
  });
  // Being allowed nothing is no error here.  Source: kill_something_info, kernel/signal.c, v6.1.
  const bool nobody = !result.ok() && result.error() == uapi::Errno::kESRCH;
  return nobody ? result : SysResult(0);
}

struct ThreadTarget {
  std::int32_t pid;  ///< <= 0: any
  std::int32_t tid;
};

Result<std::shared_ptr<Process>> find_thread(Caller& caller, const ThreadTarget& target) {
  const auto tid = static_cast<std::uint32_t>(target.tid);
  if (target.pid > 0) {
    std::shared_ptr<Process> process =
        caller.kernel().tree().find(static_cast<std::uint32_t>(target.pid));
    if (process == nullptr || !process->has_thread(tid)) return uapi::Errno::kESRCH;
    return process;
  }
  for (const std::shared_ptr<Process>& process : caller.kernel().tree().all()) {
    if (process->has_thread(tid)) return process;
  }
  return uapi::Errno::kESRCH;
}

SysResult kill_thread(Caller& caller, const ThreadTarget& target, std::int32_t signo) {
  if (target.tid <= 0 || signo < 0 || signo > uapi::kNumSignals) return uapi::Errno::kEINVAL;
  const std::shared_ptr<Process> process = LIND_TRY(find_thread(caller, target));
  LIND_TRY(check_kill(caller, *process, signo));
  if (signo == 0) return 0;
  LIND_TRY(process->send_thread_signal(static_cast<std::uint32_t>(target.tid),
                                       from_caller(caller, signo, uapi::kSI_TKILL)));
  return 0;
}

// Source: do_rt_sigqueueinfo, kernel/signal.c, v6.1: what looks like the kernel or kill may only
// be sent to oneself.
Result<uapi::SigInfo> as_queued(Caller& caller, uapi::SigInfo queued, std::int32_t signo,
                                std::int32_t pid) {
  queued.signo = signo;
  const bool looks_foreign = queued.code >= 0 || queued.code == uapi::kSI_TKILL;
  if (looks_foreign && pid != static_cast<std::int32_t>(caller.process().pid())) {
    return uapi::Errno::kEPERM;
  }
  return queued;
}

Result<uapi::SigInfo> read_queued(Caller& caller, GuestPtr<uapi::SigInfo> info, std::int32_t signo,
                                  std::int32_t pid) {
  return as_queued(caller, LIND_TRY(info.read()), signo, pid);
}

}  // namespace

SysResult sys_kill(Caller& caller, std::int32_t pid, std::int32_t signo) {
  const bool valid = signo >= 0 && signo <= uapi::kNumSignals;
  if (pid > 0) {
    const auto number = static_cast<std::uint32_t>(pid);
    // init catches nothing and is protected from what it does not catch.
    if (number == kInitPid) {
      if (!valid) return uapi::Errno::kEINVAL;
      return caller.process().credentials()->is_root() ? SysResult(0) : uapi::Errno::kEPERM;
    }
    std::shared_ptr<Process> target = caller.kernel().tree().find(number);
    if (target == nullptr) return valid ? uapi::Errno::kESRCH : uapi::Errno::kEINVAL;
    if (!valid) return uapi::Errno::kEINVAL;
    return send_to_all(caller, {std::move(target)}, signo);
  }
  if (pid == INT32_MIN) return uapi::Errno::kESRCH;
  if (!valid) return uapi::Errno::kEINVAL;
  if (pid == -1) return kill_everybody_else(caller, signo);
  if (pid == 0) {
    const std::uint32_t own = LIND_TRY(caller.kernel().tree().group_of(caller.process().pid()));
    return kill_group(caller, own, signo);
  }
  return kill_group(caller, static_cast<std::uint32_t>(-pid), signo);
}

SysResult sys_tkill(Caller& caller, std::int32_t tid, std::int32_t signo) {
  return kill_thread(caller, {.pid = 0, .tid = tid}, signo);
}

SysResult sys_tgkill(Caller& caller, std::int32_t pid, std::int32_t tid, std::int32_t signo) {
  if (pid <= 0) return uapi::Errno::kEINVAL;
  return kill_thread(caller, {.pid = pid, .tid = tid}, signo);
}

SysResult sys_rt_sigqueueinfo(Caller& caller, std::int32_t pid, std::int32_t signo,
                              GuestPtr<uapi::SigInfo> info) {
  const uapi::SigInfo queued = LIND_TRY(read_queued(caller, info, signo, pid));
  if (signo < 0 || signo > uapi::kNumSignals) return uapi::Errno::kEINVAL;
  const std::shared_ptr<Process> target =
      pid > 0 ? caller.kernel().tree().find(static_cast<std::uint32_t>(pid)) : nullptr;
  if (target == nullptr) return uapi::Errno::kESRCH;
  LIND_TRY(check_kill(caller, *target, signo));
  if (signo != 0) LIND_TRY(target->queue_signal(0, queued));
  return 0;
}

SysResult sys_rt_tgsigqueueinfo(Caller& caller, std::int32_t pid, std::int32_t tid,
                                std::int32_t signo, GuestPtr<uapi::SigInfo> info) {
  if (pid <= 0 || tid <= 0) return uapi::Errno::kEINVAL;
  const uapi::SigInfo queued = LIND_TRY(read_queued(caller, info, signo, pid));
  if (signo < 0 || signo > uapi::kNumSignals) return uapi::Errno::kEINVAL;
  const std::shared_ptr<Process> target = LIND_TRY(find_thread(caller, {.pid = pid, .tid = tid}));
  LIND_TRY(check_kill(caller, *target, signo));
  if (signo != 0) LIND_TRY(target->queue_signal(static_cast<std::uint32_t>(tid), queued));
  return 0;
}

SysResult sys_pidfd_send_signal(Caller& caller, Fd pidfd, std::int32_t signo,
                                GuestPtr<uapi::SigInfo> info, std::uint32_t flags) {
  if (flags != 0) return uapi::Errno::kEINVAL;
  const std::shared_ptr<Process> target = LIND_TRY(pidfd_target(caller, pidfd)).process;
  const auto pid = target == nullptr ? 0 : static_cast<std::int32_t>(target->pid());
  uapi::SigInfo queued = sent_signal(signo, uapi::kSI_USER, caller.process().pid());
  if (!info.is_null()) {
    const uapi::SigInfo given = LIND_TRY(info.read());
    if (given.signo != signo) return uapi::Errno::kEINVAL;
    queued = LIND_TRY(as_queued(caller, given, signo, pid));
  }
  if (signo < 0 || signo > uapi::kNumSignals) return uapi::Errno::kEINVAL;
  if (target == nullptr) return uapi::Errno::kESRCH;
  if (signo != 0) LIND_TRY(target->queue_signal(0, queued));
  return 0;
}

}  // namespace lind::rawposix
