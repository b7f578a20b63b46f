// How threads share the processors: all of them do so as SCHED_OTHER, on those of the runtime.

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "host/errno.h"
#include "rawposix/proc/handlers.h"
#include "rawposix/proc/process_tree.h"

namespace lind::rawposix {
namespace {

constexpr std::size_t kCpuSetBytes = 128;
constexpr std::int32_t kLowestRealTime = 1;
constexpr std::int32_t kHighestRealTime = 99;

struct PriorityRange {
  std::int32_t lowest;
  std::int32_t highest;
};

// Source: sched_get_priority_max, kernel/sched/core.c, v6.1.
std::optional<PriorityRange> priorities_of(std::int32_t policy) noexcept {
  switch (policy) {
    case uapi::kSCHED_FIFO:
    case uapi::kSCHED_RR:
      return PriorityRange{kLowestRealTime, kHighestRealTime};
    case uapi::kSCHED_OTHER:
    case uapi::kSCHED_BATCH:
    case uapi::kSCHED_IDLE:
    case uapi::kSCHED_DEADLINE:
      return PriorityRange{0, 0};
    default:
      return std::nullopt;
  }
}

// Errors: EINVAL, ESRCH.
Result<void> check_task(Caller& caller, std::int32_t pid) {
  if (pid < 0) return uapi::Errno::kEINVAL;
  const auto number = static_cast<std::uint32_t>(pid);
  const bool exists = pid == 0 || caller.process().has_thread(number) ||
                      caller.kernel().tree().find(number) != nullptr;
  if (!exists) return uapi::Errno::kESRCH;
  return {};
}

// Source: __sched_setscheduler and user_check_sched_setscheduler, kernel/sched/core.c, v6.1, for a
// user without RLIMIT_RTPRIO.
SysResult set_policy(std::int32_t policy, std::int32_t priority) {
  const std::optional<PriorityRange> range = priorities_of(policy);
  if (!range || policy == uapi::kSCHED_DEADLINE) return uapi::Errno::kEINVAL;
  if (priority < range->lowest || priority > range->highest) return uapi::Errno::kEINVAL;
  if (policy != uapi::kSCHED_OTHER) return uapi::Errno::kEPERM;
  return 0;
}

}  // namespace

SysResult sys_sched_yield(Caller&) {
  (void)::sched_yield();  // never fails on Linux
  return 0;
}

SysResult sys_sched_get_priority_max(Caller&, std::int32_t policy) {
  const std::optional<PriorityRange> range = priorities_of(policy);
  if (!range) return uapi::Errno::kEINVAL;
  return range->highest;
}

SysResult sys_sched_get_priority_min(Caller&, std::int32_t policy) {
  const std::optional<PriorityRange> range = priorities_of(policy);
  if (!range) return uapi::Errno::kEINVAL;
  return range->lowest;
}

SysResult sys_sched_getscheduler(Caller& caller, std::int32_t pid) {
  LIND_TRY(check_task(caller, pid));
  return uapi::kSCHED_OTHER;
}

SysResult sys_sched_getparam(Caller& caller, std::int32_t pid, GuestPtr<std::int32_t> priority) {
  if (priority.is_null()) return uapi::Errno::kEINVAL;
  LIND_TRY(check_task(caller, pid));
  LIND_TRY(priority.write(0));
  return 0;
}

SysResult sys_sched_setscheduler(Caller& caller, std::int32_t pid, std::int32_t policy,
                                 GuestPtr<std::int32_t> priority) {
  if (policy < 0 || priority.is_null() || pid < 0) return uapi::Errno::kEINVAL;
  const std::int32_t wanted = LIND_TRY(priority.read());
  LIND_TRY(check_task(caller, pid));
  return set_policy(policy & ~uapi::kSCHED_RESET_ON_FORK, wanted);
}

SysResult sys_sched_setparam(Caller& caller, std::int32_t pid, GuestPtr<std::int32_t> priority) {
  if (priority.is_null() || pid < 0) return uapi::Errno::kEINVAL;
  const std::int32_t wanted = LIND_TRY(priority.read());
  LIND_TRY(check_task(caller, pid));
  return set_policy(uapi::kSCHED_OTHER, wanted);
}

// Source: sched_getaffinity, kernel/sched/core.c, v6.1.
SysResult sys_sched_getaffinity(Caller& caller, std::int32_t pid, std::uint32_t num_bytes,
                                GuestBytes mask) {
  LIND_TRY(check_task(caller, pid));
  std::array<std::byte, kCpuSetBytes> host{};
  const auto asked = std::min<std::size_t>(num_bytes, host.size());
  const long got = ::syscall(SYS_sched_getaffinity, 0, asked, host.data());
  if (got < 0) return host::last_errno();
  const auto bytes = static_cast<std::size_t>(got);
  LIND_TRY(mask.owner()->copy_out(mask.addr(), std::span(host).first(bytes)));
  return got;
}

}  // namespace lind::rawposix
