// Users and groups.  Numbers inside the instance: the host user is uid 0 and gid 0, and what a
// process loses by becoming somebody else the microvisor takes away (fs/permission.h,
// credentials.h).  Source of all rules: kernel/sys.c, v6.1.

#include <algorithm>

#include "rawposix/proc/handlers.h"

namespace lind::rawposix {
namespace {

constexpr std::uint32_t kUnchanged = 0xffffffff;
constexpr std::int32_t kMaxGroups = 65536;  // linux/limits.h, NGROUPS_MAX

/// Which of a process's two sets of numbers is meant.
using Which = IdSet Credentials::*;

bool may_become(const Credentials& own, const IdSet& ids, std::uint32_t id) {
  return id == kUnchanged || own.is_root() || ids.has(id);
}

SysResult change(Caller& caller, const std::function<Result<void>(Credentials&)>& step) {
  LIND_TRY(caller.process().change_credentials(step));
  return 0;
}

SysResult set_id(Caller& caller, Which which, std::uint32_t id) {
  if (id == kUnchanged) return uapi::Errno::kEINVAL;
  return change(caller, [&](Credentials& own) -> Result<void> {
    IdSet& ids = own.*which;
    if (own.is_root()) {
      ids = {id, id, id, id};
      return {};
    }
    if (id != ids.real && id != ids.saved) return uapi::Errno::kEPERM;
    ids.effective = ids.fs = id;
    return {};
  });
}

SysResult set_two(Caller& caller, Which which, std::uint32_t real, std::uint32_t effective) {
  return change(caller, [&](Credentials& own) -> Result<void> {
    IdSet& ids = own.*which;
    const IdSet old = ids;
    const bool real_ok =
        real == kUnchanged || own.is_root() || real == old.real || real == old.effective;
    if (!real_ok || !may_become(own, old, effective)) return uapi::Errno::kEPERM;
    if (real != kUnchanged) ids.real = real;
    if (effective != kUnchanged) ids.effective = effective;
    if (real != kUnchanged || (effective != kUnchanged && effective != old.real)) {
      ids.saved = ids.effective;
    }
    ids.fs = ids.effective;
    return {};
  });
}

SysResult set_three(Caller& caller, Which which, std::uint32_t real, std::uint32_t effective,
                    std::uint32_t saved) {
  return change(caller, [&](Credentials& own) -> Result<void> {
    IdSet& ids = own.*which;
    for (const std::uint32_t id : {real, effective, saved}) {
      if (!may_become(own, ids, id)) return uapi::Errno::kEPERM;
    }
    if (real != kUnchanged) ids.real = real;
    if (effective != kUnchanged) ids.effective = effective;
    if (saved != kUnchanged) ids.saved = saved;
    ids.fs = ids.effective;
    return {};
  });
}

// Answers the old number, whether it changed or not.
SysResult set_fs_id(Caller& caller, Which which, std::uint32_t id) {
  std::uint32_t old = 0;
  LIND_TRY(change(caller, [&](Credentials& own) -> Result<void> {
    IdSet& ids = own.*which;
    old = ids.fs;
    if (id != kUnchanged && (own.is_root() || ids.has(id))) ids.fs = id;
    return {};
  }));
  return old;
}

SysResult write_three(const IdSet& ids, GuestPtr<std::uint32_t> real,
                      GuestPtr<std::uint32_t> effective, GuestPtr<std::uint32_t> saved) {
  LIND_TRY(real.write(ids.real));
  LIND_TRY(effective.write(ids.effective));
  LIND_TRY(saved.write(ids.saved));
  return 0;
}

}  // namespace

SysResult sys_getuid(Caller& caller) {
  return caller.process().credentials()->users.real;
}
SysResult sys_geteuid(Caller& caller) {
  return caller.process().credentials()->users.effective;
}
SysResult sys_getgid(Caller& caller) {
  return caller.process().credentials()->groups.real;
}
SysResult sys_getegid(Caller& caller) {
  return caller.process().credentials()->groups.effective;
}

SysResult sys_setuid(Caller& caller, std::uint32_t uid) {
  return set_id(caller, &Credentials::users, uid);
}

SysResult sys_setgid(Caller& caller, std::uint32_t gid) {
  return set_id(caller, &Credentials::groups, gid);
}

SysResult sys_setreuid(Caller& caller, std::uint32_t real, std::uint32_t effective) {
  return set_two(caller, &Credentials::users, real, effective);
}

SysResult sys_setregid(Caller& caller, std::uint32_t real, std::uint32_t effective) {
  return set_two(caller, &Credentials::groups, real, effective);
}

SysResult sys_setresuid(Caller& caller, std::uint32_t real, std::uint32_t effective,
                        std::uint32_t saved) {
  return set_three(caller, &Credentials::users, real, effective, saved);
}

SysResult sys_setresgid(Caller& caller, std::uint32_t real, std::uint32_t effective,
                        std::uint32_t saved) {
  return set_three(caller, &Credentials::groups, real, effective, saved);
}

SysResult sys_setfsuid(Caller& caller, std::uint32_t uid) {
  return set_fs_id(caller, &Credentials::users, uid);
}

SysResult sys_setfsgid(Caller& caller, std::uint32_t gid) {
  return set_fs_id(caller, &Credentials::groups, gid);
}

SysResult sys_getresuid(Caller& caller, GuestPtr<std::uint32_t> real,
                        GuestPtr<std::uint32_t> effective, GuestPtr<std::uint32_t> saved) {
  return write_three(caller.process().credentials()->users, real, effective, saved);
}

SysResult sys_getresgid(Caller& caller, GuestPtr<std::uint32_t> real,
                        GuestPtr<std::uint32_t> effective, GuestPtr<std::uint32_t> saved) {
  return write_three(caller.process().credentials()->groups, real, effective, saved);
}

SysResult sys_getgroups(Caller& caller, std::int32_t size, GuestPtr<std::uint32_t> list) {
  if (size < 0) return uapi::Errno::kEINVAL;
  const std::vector<std::uint32_t> groups = caller.process().credentials()->supplementary;
  if (size == 0) return static_cast<std::int64_t>(groups.size());
  if (groups.size() > static_cast<std::size_t>(size)) return uapi::Errno::kEINVAL;
  for (std::size_t i = 0; i < groups.size(); ++i)
    LIND_TRY(list.element(i).write(groups[i]));
  return static_cast<std::int64_t>(groups.size());
}

SysResult sys_setgroups(Caller& caller, std::int32_t size, GuestPtr<std::uint32_t> list) {
  if (!caller.process().credentials()->is_root()) return uapi::Errno::kEPERM;
  if (size < 0 || size > kMaxGroups) return uapi::Errno::kEINVAL;
  std::vector<std::uint32_t> groups(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i] = LIND_TRY(list.element(i).read());
    if (groups[i] == kUnchanged) return uapi::Errno::kEINVAL;
  }
  std::ranges::sort(groups);
  return change(caller, [&](Credentials& own) -> Result<void> {
    own.supplementary = groups;
    return {};
  });
}

}  // namespace lind::rawposix
