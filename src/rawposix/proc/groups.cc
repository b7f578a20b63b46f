#include "rawposix/proc/handlers.h"
#include "rawposix/proc/process_tree.h"

namespace lind::rawposix {
namespace {

// A pid argument where 0 means the caller; a negative one names nobody.
Result<std::uint32_t> pid_or_own(Caller& caller, std::int32_t pid) {
  if (pid < 0) return uapi::Errno::kESRCH;
  return pid == 0 ? caller.process().pid() : static_cast<std::uint32_t>(pid);
}

}  // namespace

SysResult sys_getpid(Caller& caller) {
  return caller.process().pid();
}

SysResult sys_getppid(Caller& caller) {
  return caller.kernel().tree().parent_of(caller.process().pid());
}

SysResult sys_gettid(Caller& caller) {
  return caller.process().tid_of(caller.thread());
}

SysResult sys_setpgid(Caller& caller, std::int32_t pid, std::int32_t pgid) {
  if (pgid < 0) return uapi::Errno::kEINVAL;
  const std::uint32_t target = LIND_TRY(pid_or_own(caller, pid));
  const std::uint32_t group = pgid == 0 ? target : static_cast<std::uint32_t>(pgid);
  LIND_TRY(caller.kernel().tree().set_group(caller.process().pid(), target, group));
  return 0;
}

SysResult sys_getpgid(Caller& caller, std::int32_t pid) {
  const std::uint32_t target = LIND_TRY(pid_or_own(caller, pid));
  return LIND_TRY(caller.kernel().tree().group_of(target));
}

SysResult sys_getpgrp(Caller& caller) {
  return sys_getpgid(caller, 0);
}

SysResult sys_setsid(Caller& caller) {
  LIND_TRY(caller.kernel().tree().new_session(caller.process().pid()));
  return caller.process().pid();
}

SysResult sys_getsid(Caller& caller, std::int32_t pid) {
  const std::uint32_t target = LIND_TRY(pid_or_own(caller, pid));
  return LIND_TRY(caller.kernel().tree().session_of(target));
}

}  // namespace lind::rawposix
