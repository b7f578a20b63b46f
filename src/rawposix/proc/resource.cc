#include "host/time.h"
#include "rawposix/proc/handlers.h"
#include "rawposix/proc/process_tree.h"
#include "rawposix/proc/time_values.h"

namespace lind::rawposix {
namespace {

/// More than any program of ours needs, less than what the host's own limit would break.
constexpr std::uint64_t kMaxOpenFiles = 65536;

std::int32_t to_ticks(std::int64_t ns) noexcept {
  return static_cast<std::int32_t>(ns / (kNsPerSecond / uapi::kClockTicksPerSecond));
}

// Source: do_prlimit, kernel/sys.c, v6.1.  Nobody inside may raise a hard limit (CAP_SYS_RESOURCE):
// whoever started the instance has set it.
Result<void> set_limit(Process& process, std::uint32_t resource, const uapi::Rlimit& limit) {
  if (limit.current > limit.maximum) return uapi::Errno::kEINVAL;
  if (limit.maximum > process.limit(resource).maximum) return uapi::Errno::kEPERM;
  if (resource == uapi::kRLIMIT_NOFILE && limit.maximum > kMaxOpenFiles) return uapi::Errno::kEPERM;
  process.set_limit(resource, limit);
  if (resource == uapi::kRLIMIT_CPU) process.arm_cpu_limit();
  return {};
}

}  // namespace

SysResult sys_times(Caller& caller, GuestPtr<uapi::Tms> out) {
  const Usage own = caller.process().usage();
  const Usage children = caller.kernel().tree().children_usage(caller.process().pid());
  if (!out.is_null()) {
    uapi::Tms times{};
    times.utime = to_ticks(own.user_ns);
    times.stime = to_ticks(own.system_ns);
    times.cutime = to_ticks(children.user_ns);
    times.cstime = to_ticks(children.system_ns);
    LIND_TRY(out.write(times));
  }
  return host::monotonic_ns() / (kNsPerSecond / uapi::kClockTicksPerSecond);
}

SysResult sys_getrusage(Caller& caller, std::int32_t who, GuestPtr<uapi::Rusage> out) {
  Usage usage;
  if (who == uapi::kRUSAGE_SELF) {
    usage = caller.process().usage();
  } else if (who == uapi::kRUSAGE_CHILDREN) {
    usage = caller.kernel().tree().children_usage(caller.process().pid());
  } else if (who == uapi::kRUSAGE_THREAD) {
    usage = host_thread_usage() - caller.guest_thread().usage_start;
  } else {
    return uapi::Errno::kEINVAL;
  }
  LIND_TRY(out.write(usage.to_guest()));
  return 0;
}

SysResult sys_getrlimit(Caller& caller, std::uint32_t resource, GuestPtr<uapi::Rlimit> out) {
  if (resource >= uapi::kRLIM_NLIMITS) return uapi::Errno::kEINVAL;
  LIND_TRY(out.write(caller.process().limit(resource)));
  return 0;
}

SysResult sys_setrlimit(Caller& caller, std::uint32_t resource, GuestPtr<uapi::Rlimit> limit) {
  const uapi::Rlimit given = LIND_TRY(limit.read());
  if (resource >= uapi::kRLIM_NLIMITS) return uapi::Errno::kEINVAL;
  LIND_TRY(set_limit(caller.process(), resource, given));
  return 0;
}

SysResult sys_prlimit64(Caller& caller, std::int32_t pid, std::uint32_t resource,
                        GuestPtr<uapi::Rlimit> limit, GuestPtr<uapi::Rlimit> old_limit) {
  const uapi::Rlimit given = limit.is_null() ? uapi::Rlimit{} : LIND_TRY(limit.read());
  if (resource >= uapi::kRLIM_NLIMITS) return uapi::Errno::kEINVAL;
  std::shared_ptr<Process> target = caller.process().shared_from_this();
  if (pid != 0) target = caller.kernel().tree().find(static_cast<std::uint32_t>(pid));
  if (target == nullptr) return uapi::Errno::kESRCH;
  if (target.get() != &caller.process() &&
      !may_limit(*caller.process().credentials(), *target->credentials())) {
    return uapi::Errno::kEPERM;
  }
  const uapi::Rlimit old = target->limit(resource);
  if (!limit.is_null()) LIND_TRY(set_limit(*target, resource, given));
  if (!old_limit.is_null()) LIND_TRY(old_limit.write(old));
  return 0;
}

}  // namespace lind::rawposix
