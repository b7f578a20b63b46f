// Modes and owners.
//
// Set-id bits of anything but a directory stay in the instance (OwnerTable): on a host directory
// that others can reach they would lend the host user's rights to whoever runs the file.  So do
// owners that the host does not let us give.  Devices keep the host's mode and owner.

#include <sys/stat.h>
#include <sys/syscall.h>

#include "rawposix/fs/beneath.h"
#include "rawposix/fs/file_call_internal.h"
#include "rawposix/fs/permission.h"

namespace lind::rawposix {
namespace {

constexpr long kFchmodat2 = 452;  // asm/unistd_64.h, v6.6
constexpr std::uint32_t kSetIds = S_ISUID | S_ISGID;

OwnerTable::File key_of(const struct stat& status) {
  return {status.st_dev, status.st_ino};
}

/// Keeps what the host does not; nothing where the host says the same.  Errors: ENOSPC.
Result<void> note_owner(const IdMap& ids, const struct stat& status, const FileOwner& owner) {
  const bool as_host = owner.uid == ids.guest_uid(status.st_uid) &&
                       owner.gid == ids.guest_gid(status.st_gid) && owner.set_ids == 0;
  if (as_host) {
    ids.owners().forget(key_of(status));
  } else if (!ids.owners().set(key_of(status), owner)) {
    return uapi::Errno::kENOSPC;
  }
  return {};
}

/// What to change the mode of `status` to on the host, when a guest asks for `mode`.
/// Errors: EPERM.
// Source: setattr_prepare and chmod_common, v6.1.
struct ModeChange {
  std::uint32_t host_mode = 0;
  std::uint32_t set_ids = 0;  ///< kept in the instance
};
Result<ModeChange> plan_mode(Caller& caller, const struct stat& status, std::uint32_t mode) {
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) return uapi::Errno::kEPERM;
  LIND_TRY(Permission(caller).own(status));
  const SeenFile seen = caller.fs().mounts().ids().seen(status);
  const auto who = caller.process().file_credentials();
  const bool keeps_group = who == nullptr || who->overrides_modes() || who->in_group(seen.gid);
  if (!keeps_group) mode &= ~std::uint32_t{S_ISGID};
  mode &= 07777;
  if (S_ISDIR(status.st_mode)) return ModeChange{mode, 0};
  return ModeChange{mode & ~kSetIds, mode & kSetIds};
}

Result<void> note_set_ids(Caller& caller, const struct stat& status, std::uint32_t set_ids) {
  if (S_ISDIR(status.st_mode)) return {};
  const IdMap& ids = caller.fs().mounts().ids();
  const SeenFile seen = ids.seen(status);
  if (set_ids == 0 && (seen.mode & kSetIds) == 0) return {};
  return note_owner(ids, status, {.uid = seen.uid, .gid = seen.gid, .set_ids = set_ids});
}

/// The file itself, so that what is checked is what is changed.
Result<host::UniqueFd> pin(const ResolvedName& name) {
  std::uint64_t flags = O_PATH | O_NOFOLLOW;
  if (name.must_be_directory) flags |= O_DIRECTORY;
  if (!name.name.empty()) return open_beneath(name.parent->get(), name.name, flags);
  host::UniqueFd copy(::fcntl(name.parent->get(), F_DUPFD_CLOEXEC, 0));
  if (!copy.valid()) return host::last_errno();
  return copy;
}

Result<std::int64_t> change_mode(int path_fd, std::uint32_t mode) {
  const Result<std::int64_t> changed =
      host_call(kFchmodat2, path_fd, "", mode, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
  if (changed.ok() || changed.error() != uapi::Errno::kENOSYS) return changed;
  // Before v6.6 only procfs reaches the inode behind an O_PATH descriptor.
  const std::string link = "/proc/self/fd/" + std::to_string(path_fd);
  return from_libc(::chmod(link.c_str(), mode));
}

}  // namespace

Result<std::int64_t> sys_chmod(Caller& caller, GuestText path, std::uint32_t mode) {
  return sys_fchmodat(caller, kCurrentDirectory, path, mode);
}

Result<std::int64_t> sys_fchmodat(Caller& caller, Fd dir, GuestText path, std::uint32_t mode) {
  const ResolvedName name = LIND_TRY(resolve_at(caller, dir, path, FollowLast::kYes));
  const host::UniqueFd file = LIND_TRY(pin(name));
  if (name.read_only) return uapi::Errno::kEROFS;
  struct stat status{};
  LIND_TRY(from_libc(::fstat(file.get(), &status)));
  const ModeChange change = LIND_TRY(plan_mode(caller, status, mode));
  LIND_TRY(change_mode(file.get(), change.host_mode));
  LIND_TRY(note_set_ids(caller, status, change.set_ids));
  return 0;
}

Result<std::int64_t> sys_fchmod(Caller& caller, Fd fd, std::uint32_t mode) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  if (file->read_only_mount()) return uapi::Errno::kEROFS;
  struct stat status{};
  LIND_TRY(from_libc(::fstat(file->host_fd(), &status)));
  const ModeChange change = LIND_TRY(plan_mode(caller, status, mode));
  LIND_TRY(from_libc(::fchmod(file->host_fd(), change.host_mode)));
  LIND_TRY(note_set_ids(caller, status, change.set_ids));
  return 0;
}

Result<std::int64_t> sys_umask(Caller& caller, std::uint32_t mask) {
  return caller.fs().set_umask(mask);
}

// --- owners ----------------------------------------------------------------------------------

namespace {

constexpr std::uint32_t kUnchanged = 0xffffffff;

/// Errors: EPERM.  Source: chown_ok and chgrp_ok, fs/attr.c, v6.1.
Result<void> check_owner_change(Caller& caller, const SeenFile& seen, std::uint32_t uid,
                                std::uint32_t gid) {
  const auto who = caller.process().file_credentials();
  if (who == nullptr || who->overrides_modes()) return {};
  const bool owns = seen.uid == who->users.fs;
  if (uid != kUnchanged && (!owns || uid != seen.uid)) return uapi::Errno::kEPERM;
  if (gid == kUnchanged) return {};
  const bool may_have = gid == seen.gid || who->in_group(gid);
  return owns && may_have ? Result<void>() : Result<void>(uapi::Errno::kEPERM);
}

/// The host is asked first; what it refuses for a file of the host user is kept in the instance.
Result<std::int64_t> change_owner(Caller& caller, int fd, std::uint32_t uid, std::uint32_t gid) {
  struct stat status{};
  LIND_TRY(from_libc(::fstat(fd, &status)));
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) return uapi::Errno::kEPERM;
  const IdMap& ids = caller.fs().mounts().ids();
  const SeenFile seen = ids.seen(status);
  LIND_TRY(check_owner_change(caller, seen, uid, gid));
  FileOwner owner{.uid = uid == kUnchanged ? seen.uid : uid,
                  .gid = gid == kUnchanged ? seen.gid : gid,
                  .set_ids = S_ISDIR(status.st_mode) ? 0 : seen.mode & kSetIds};
  if (uid != kUnchanged || gid != kUnchanged) owner.set_ids = 0;
  const std::uint32_t host_uid = ids.host_uid(owner.uid);
  const std::uint32_t host_gid = ids.host_gid(owner.gid);
  // Whoever dropped uid 0 changes nothing on the host.
  const Result<std::int64_t> changed =
      Permission(caller).is_restricted()
          ? uapi::Errno::kEPERM
          : from_libc(::fchownat(fd, "", host_uid == status.st_uid ? kUnchanged : host_uid,
                                 host_gid == status.st_gid ? kUnchanged : host_gid, AT_EMPTY_PATH));
  if (changed.ok()) {
    LIND_TRY(from_libc(::fstat(fd, &status)));
  } else if (changed.error() != uapi::Errno::kEPERM || ids.guest_uid(status.st_uid) != 0) {
    return changed.error();
  }
  LIND_TRY(note_owner(ids, status, owner));
  return 0;
}

}  // namespace

Result<std::int64_t> sys_chown(Caller& caller, GuestText path, std::uint32_t uid,
                               std::uint32_t gid) {
  return sys_fchownat(caller, kCurrentDirectory, path, uid, gid, 0);
}

Result<std::int64_t> sys_lchown(Caller& caller, GuestText path, std::uint32_t uid,
                                std::uint32_t gid) {
  return sys_fchownat(caller, kCurrentDirectory, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

Result<std::int64_t> sys_fchown(Caller& caller, Fd fd, std::uint32_t uid, std::uint32_t gid) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  if (file->read_only_mount()) return uapi::Errno::kEROFS;
  return change_owner(caller, file->host_fd(), uid, gid);
}

Result<std::int64_t> sys_fchownat(Caller& caller, Fd dir, GuestText path, std::uint32_t uid,
                                  std::uint32_t gid, std::int32_t flags) {
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) return uapi::Errno::kEINVAL;
  if (LIND_TRY(means_descriptor(path, flags)) && dir != kCurrentDirectory) {
    const std::shared_ptr<OpenFile> file = LIND_TRY(caller.fds().get(dir));
    if (file->read_only_mount()) return uapi::Errno::kEROFS;
    return change_owner(caller, file->host_fd(), uid, gid);
  }
  const bool follow = (flags & AT_SYMLINK_NOFOLLOW) == 0;
  const ResolvedName name =
      LIND_TRY(resolve_at(caller, dir, path, follow ? FollowLast::kYes : FollowLast::kIfSlash));
  const host::UniqueFd file = LIND_TRY(pin(name));
  if (name.read_only) return uapi::Errno::kEROFS;
  return change_owner(caller, file.get(), uid, gid);
}

}  // namespace lind::rawposix
