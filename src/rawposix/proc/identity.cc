// Users and groups.  The host user is uid 0 and gid 0 inside, and stays so: a change to anything
// else would promise a loss of rights that the microvisor does not enforce, so it is refused.

#include "rawposix/proc/handlers.h"

namespace lind::rawposix {
namespace {

constexpr std::uint32_t kUnchanged = 0xffffffff;

bool is_root_or_unchanged(std::uint32_t id) noexcept {
  return id == 0 || id == kUnchanged;
}

SysResult write_zeros(GuestPtr<std::uint32_t> real, GuestPtr<std::uint32_t> effective,
                      GuestPtr<std::uint32_t> saved) {
  LIND_TRY(real.write(0));
  LIND_TRY(effective.write(0));
  LIND_TRY(saved.write(0));
  return 0;
}

}  // namespace

SysResult sys_getuid(Caller&) {
  return 0;
}
SysResult sys_geteuid(Caller&) {
  return 0;
}
SysResult sys_getgid(Caller&) {
  return 0;
}
SysResult sys_getegid(Caller&) {
  return 0;
}

SysResult sys_setuid(Caller&, std::uint32_t uid) {
  if (uid == kUnchanged) return uapi::Errno::kEINVAL;
  return uid == 0 ? SysResult(0) : uapi::Errno::kEPERM;
}

SysResult sys_setgid(Caller& caller, std::uint32_t gid) {
  return sys_setuid(caller, gid);
}

SysResult sys_setreuid(Caller&, std::uint32_t real, std::uint32_t effective) {
  const bool stays = is_root_or_unchanged(real) && is_root_or_unchanged(effective);
  return stays ? SysResult(0) : uapi::Errno::kEPERM;
}

SysResult sys_setregid(Caller& caller, std::uint32_t real, std::uint32_t effective) {
  return sys_setreuid(caller, real, effective);
}

SysResult sys_setresuid(Caller& caller, std::uint32_t real, std::uint32_t effective,
                        std::uint32_t saved) {
  if (!is_root_or_unchanged(saved)) return uapi::Errno::kEPERM;
  return sys_setreuid(caller, real, effective);
}

SysResult sys_setresgid(Caller& caller, std::uint32_t real, std::uint32_t effective,
                        std::uint32_t saved) {
  return sys_setresuid(caller, real, effective, saved);
}

SysResult sys_getresuid(Caller&, GuestPtr<std::uint32_t> real, GuestPtr<std::uint32_t> effective,
                        GuestPtr<std::uint32_t> saved) {
  return write_zeros(real, effective, saved);
}

SysResult sys_getresgid(Caller&, GuestPtr<std::uint32_t> real, GuestPtr<std::uint32_t> effective,
                        GuestPtr<std::uint32_t> saved) {
  return write_zeros(real, effective, saved);
}

// No supplementary groups.
SysResult sys_getgroups(Caller&, std::int32_t size, GuestPtr<std::uint32_t>) {
  if (size < 0) return uapi::Errno::kEINVAL;
  return 0;
}

}  // namespace lind::rawposix
