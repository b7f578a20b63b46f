// Making, removing and renaming names.  The order of errors is that of fs/namei.c, v6.1.

#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "rawposix/fs/file_call_internal.h"
#include "rawposix/fs/guest_path.h"
#include "rawposix/fs/permission.h"

namespace lind::rawposix {
namespace {

enum class Slash : std::uint8_t { kAllowed, kMeansMissing };

bool is_missing(const ResolvedName& name) {
  struct stat status{};
  return ::fstatat(name.parent->get(), name.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 &&
         errno == ENOENT;
}

Result<struct stat> status_of(const ResolvedName& name) {
  struct stat status{};
  constexpr int kItself = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
  if (::fstatat(name.parent->get(), name.name.c_str(), &status, kItself) != 0) {
    return host::last_errno();
  }
  return status;
}

Result<mode_t> mode_of(const ResolvedName& name) {
  const struct stat status = LIND_TRY(status_of(name));
  return status.st_mode;
}

/// Whether a new name may be made here.  Errors: EEXIST, ENOENT (a slash behind the name of what
/// will be no directory), EROFS, EACCES.
Result<void> check_new(const Permission& permission, const ResolvedName& name, Slash slash) {
  if (name.last != LastName::kName) return uapi::Errno::kEEXIST;
  const bool bad_slash = slash == Slash::kMeansMissing && name.must_be_directory;
  if (!bad_slash && !name.read_only && !permission.is_restricted()) return {};
  if (!is_missing(name)) return uapi::Errno::kEEXIST;
  if (bad_slash) return uapi::Errno::kENOENT;
  if (name.read_only) return uapi::Errno::kEROFS;
  return permission.create_in(name.parent->get());
}

/// The end of a call that makes `name`.
Result<std::int64_t> made(const Permission& permission, const ResolvedName& name,
                          Result<std::int64_t> result) {
  if (result.ok()) permission.created(name.parent->get(), name.name);
  return result;
}

/// The end of a call that takes a name away.
Result<std::int64_t> removed(const NameRemoval& removal, Result<std::int64_t> result) {
  if (result.ok()) removal.done();
  return result;
}

Result<std::int64_t> unlink_name(Caller& caller, const ResolvedName& name) {
  if (name.last != LastName::kName) {
    return name.name.empty() ? uapi::Errno::kEBUSY : uapi::Errno::kEISDIR;
  }
  if (name.read_only) return uapi::Errno::kEROFS;
  if (name.must_be_directory) {
    const mode_t mode = LIND_TRY(mode_of(name));
    return S_ISDIR(mode) ? uapi::Errno::kEISDIR : uapi::Errno::kENOTDIR;
  }
  LIND_TRY(Permission(caller).remove(name.parent->get(), name.name));
  const NameRemoval removal(caller.fs().mounts().ids(), name.parent->get(), name.name);
  return removed(removal, from_libc(::unlinkat(name.parent->get(), name.name.c_str(), 0)));
}

Result<std::int64_t> remove_directory(Caller& caller, const ResolvedName& name) {
  switch (name.last) {
    case LastName::kDot:
      return uapi::Errno::kEINVAL;
    case LastName::kDotDot:
      return uapi::Errno::kENOTEMPTY;
    case LastName::kMountRoot:
      return name.name.empty() ? uapi::Errno::kENOTDIR : uapi::Errno::kEBUSY;
    case LastName::kName:
      break;
  }
  if (name.read_only) return uapi::Errno::kEROFS;
  LIND_TRY(Permission(caller).remove(name.parent->get(), name.name));
  const NameRemoval removal(caller.fs().mounts().ids(), name.parent->get(), name.name);
  return removed(removal,
                 from_libc(::unlinkat(name.parent->get(), name.name.c_str(), AT_REMOVEDIR)));
}

}  // namespace

// --- make ------------------------------------------------------------------------------------

Result<std::int64_t> sys_mkdir(Caller& caller, GuestText path, std::uint32_t mode) {
  return sys_mkdirat(caller, kCurrentDirectory, path, mode);
}

Result<std::int64_t> sys_mkdirat(Caller& caller, Fd dir, GuestText path, std::uint32_t mode) {
  const ResolvedName name = LIND_TRY(resolve_at(caller, dir, path, FollowLast::kNo));
  const Permission permission(caller);
  LIND_TRY(check_new(permission, name, Slash::kAllowed));
  // Source of the mask: vfs_mkdir, fs/namei.c, v6.1.
  const std::uint32_t host_mode = mode & (0777 | S_ISVTX) & ~caller.fs().umask();
  return made(permission, name,
              from_libc(::mkdirat(name.parent->get(), name.name.c_str(), host_mode)));
}

Result<std::int64_t> sys_mknod(Caller& caller, GuestText path, std::uint32_t mode,
                               std::uint32_t device) {
  return sys_mknodat(caller, kCurrentDirectory, path, mode, device);
}

Result<std::int64_t> sys_mknodat(Caller& caller, Fd dir, GuestText path, std::uint32_t mode,
                                 std::uint32_t /*device*/) {
  switch (mode & S_IFMT) {
    case 0:
    case S_IFREG:
    case S_IFIFO:
    case S_IFSOCK:
      break;
    case S_IFDIR:
    case S_IFCHR:
    case S_IFBLK:
      return uapi::Errno::kEPERM;
    default:
      return uapi::Errno::kEINVAL;
  }
  const ResolvedName name = LIND_TRY(resolve_at(caller, dir, path, FollowLast::kNo));
  const Permission permission(caller);
  LIND_TRY(check_new(permission, name, Slash::kMeansMissing));
  const std::uint32_t permissions = mode & 01777 & ~caller.fs().umask();
  return made(permission, name,
              from_libc(::mknodat(name.parent->get(), name.name.c_str(),
                                  (mode & S_IFMT) | permissions, 0)));
}

Result<std::int64_t> sys_symlink(Caller& caller, GuestText target, GuestText path) {
  return sys_symlinkat(caller, target, kCurrentDirectory, path);
}

Result<std::int64_t> sys_symlinkat(Caller& caller, GuestText target, Fd dir, GuestText path) {
  const std::string text = LIND_TRY(read_path(target));
  if (text.empty()) return uapi::Errno::kENOENT;
  const ResolvedName name = LIND_TRY(resolve_at(caller, dir, path, FollowLast::kNo));
  const Permission permission(caller);
  LIND_TRY(check_new(permission, name, Slash::kMeansMissing));
  return made(permission, name,
              from_libc(::symlinkat(text.c_str(), name.parent->get(), name.name.c_str())));
}

// --- link ------------------------------------------------------------------------------------

Result<std::int64_t> sys_link(Caller& caller, GuestText from, GuestText to) {
  return sys_linkat(caller, kCurrentDirectory, from, kCurrentDirectory, to, 0);
}

Result<std::int64_t> sys_linkat(Caller& caller, Fd from_dir, GuestText from, Fd to_dir,
                                GuestText to, std::int32_t flags) {
  if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) != 0) return uapi::Errno::kEINVAL;
  if (LIND_TRY(means_descriptor(from, flags)) && from_dir != kCurrentDirectory) {
    const std::shared_ptr<OpenFile> file = LIND_TRY(caller.fds().get(from_dir));
    const ResolvedName name = LIND_TRY(resolve_at(caller, to_dir, to, FollowLast::kNo));
    const Permission permission(caller);
    LIND_TRY(check_new(permission, name, Slash::kMeansMissing));
    // A second name on a writable mount would make a read-only file writable.
    if (file->read_only_mount()) return uapi::Errno::kEXDEV;
    struct stat status{};
    LIND_TRY(from_libc(::fstat(file->host_fd(), &status)));
    LIND_TRY(permission.link(status));
    return from_libc(
        ::linkat(file->host_fd(), "", name.parent->get(), name.name.c_str(), AT_EMPTY_PATH));
  }
  const bool follow = (flags & AT_SYMLINK_FOLLOW) != 0;
  const ResolvedName old_name = LIND_TRY(
      resolve_at(caller, from_dir, from, follow ? FollowLast::kYes : FollowLast::kIfSlash));
  const struct stat status = LIND_TRY(status_of(old_name));
  if (old_name.must_be_directory && !S_ISDIR(status.st_mode)) return uapi::Errno::kENOTDIR;
  const ResolvedName new_name = LIND_TRY(resolve_at(caller, to_dir, to, FollowLast::kNo));
  const Permission permission(caller);
  LIND_TRY(check_new(permission, new_name, Slash::kMeansMissing));
  if (old_name.mount != new_name.mount) return uapi::Errno::kEXDEV;
  LIND_TRY(permission.link(status));
  return from_libc(::linkat(old_name.parent->get(), old_name.name.c_str(), new_name.parent->get(),
                            new_name.name.c_str(), 0));
}

// --- remove ----------------------------------------------------------------------------------

Result<std::int64_t> sys_rmdir(Caller& caller, GuestText path) {
  return sys_unlinkat(caller, kCurrentDirectory, path, AT_REMOVEDIR);
}

Result<std::int64_t> sys_unlink(Caller& caller, GuestText path) {
  return sys_unlinkat(caller, kCurrentDirectory, path, 0);
}

Result<std::int64_t> sys_unlinkat(Caller& caller, Fd dir, GuestText path, std::int32_t flags) {
  if ((flags & ~AT_REMOVEDIR) != 0) return uapi::Errno::kEINVAL;
  const ResolvedName name = LIND_TRY(resolve_at(caller, dir, path, FollowLast::kNo));
  return flags == 0 ? unlink_name(caller, name) : remove_directory(caller, name);
}

// --- rename ----------------------------------------------------------------------------------

namespace {

// Source: vfs_rename, fs/namei.c, v6.1.
Result<void> check_rename(const Permission& permission, const ResolvedName& old_name,
                          const ResolvedName& new_name, std::uint32_t flags) {
  if (!permission.is_restricted()) return {};
  const struct stat file = LIND_TRY(status_of(old_name));
  LIND_TRY(permission.remove(old_name.parent->get(), old_name.name));
  const bool is_new = is_missing(new_name);
  if (!is_new && (flags & RENAME_NOREPLACE) != 0) return uapi::Errno::kEEXIST;
  LIND_TRY(is_new ? permission.create_in(new_name.parent->get())
                  : permission.remove(new_name.parent->get(), new_name.name));
  // Its ".." is written.
  const bool moves = parent_path(old_name.guest_path) != parent_path(new_name.guest_path);
  if (moves && S_ISDIR(file.st_mode)) LIND_TRY(permission.access(file, W_OK));
  if (is_new || (flags & RENAME_EXCHANGE) == 0) return {};
  const struct stat other = LIND_TRY(status_of(new_name));
  if (moves && S_ISDIR(other.st_mode)) LIND_TRY(permission.access(other, W_OK));
  return {};
}

}  // namespace

Result<std::int64_t> sys_rename(Caller& caller, GuestText from, GuestText to) {
  return sys_renameat2(caller, kCurrentDirectory, from, kCurrentDirectory, to, 0);
}

Result<std::int64_t> sys_renameat(Caller& caller, Fd from_dir, GuestText from, Fd to_dir,
                                  GuestText to) {
  return sys_renameat2(caller, from_dir, from, to_dir, to, 0);
}

Result<std::int64_t> sys_renameat2(Caller& caller, Fd from_dir, GuestText from, Fd to_dir,
                                   GuestText to, std::uint32_t flags) {
  // RENAME_WHITEOUT makes a device node: EINVAL, as of a file system that has none.
  if ((flags & ~std::uint32_t{RENAME_NOREPLACE | RENAME_EXCHANGE}) != 0 ||
      flags == (RENAME_NOREPLACE | RENAME_EXCHANGE)) {
    return uapi::Errno::kEINVAL;
  }
  const ResolvedName old_name = LIND_TRY(resolve_at(caller, from_dir, from, FollowLast::kNo));
  const ResolvedName new_name = LIND_TRY(resolve_at(caller, to_dir, to, FollowLast::kNo));
  if (old_name.last == LastName::kName && new_name.last == LastName::kName &&
      old_name.mount != new_name.mount) {
    return uapi::Errno::kEXDEV;
  }
  if (old_name.last != LastName::kName) return uapi::Errno::kEBUSY;
  if (new_name.last != LastName::kName) {
    return (flags & RENAME_NOREPLACE) != 0 ? uapi::Errno::kEEXIST : uapi::Errno::kEBUSY;
  }
  if (old_name.read_only) return uapi::Errno::kEROFS;
  if (old_name.must_be_directory || new_name.must_be_directory) {
    const mode_t mode = LIND_TRY(mode_of(old_name));
    if (!S_ISDIR(mode)) return uapi::Errno::kENOTDIR;
  }
  LIND_TRY(check_rename(Permission(caller), old_name, new_name, flags));
  const NameRemoval removal(caller.fs().mounts().ids(), new_name.parent->get(), new_name.name);
  Result<std::int64_t> renamed =
      host_call(SYS_renameat2, old_name.parent->get(), old_name.name.c_str(),
                new_name.parent->get(), new_name.name.c_str(), flags);
  const bool exchanged = (flags & RENAME_EXCHANGE) != 0;
  return exchanged ? renamed : removed(removal, std::move(renamed));
}

}  // namespace lind::rawposix
