// Modes and owners.
//
// Set-id bits of anything but a directory are refused (EPERM): on a host directory that others can
// reach they would lend the host user's rights to whoever runs the file.  Devices keep the host's
// mode and owner.

#include <sys/stat.h>
#include <sys/syscall.h>

#include "rawposix/fs/beneath.h"
#include "rawposix/fs/file_call_internal.h"

namespace lind::rawposix {
namespace {

constexpr long kFchmodat2 = 452;  // asm/unistd_64.h, v6.6
constexpr std::uint32_t kSetIds = S_ISUID | S_ISGID;

/// Whether the mode of what `status` describes may become `mode`.
Result<void> check_mode(const struct stat& status, std::uint32_t mode) {
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) return uapi::Errno::kEPERM;
  if ((mode & kSetIds) != 0 && !S_ISDIR(status.st_mode)) return uapi::Errno::kEPERM;
  return {};
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
  LIND_TRY(check_mode(status, mode));
  return change_mode(file.get(), mode & 07777);
}

Result<std::int64_t> sys_fchmod(Caller& caller, Fd fd, std::uint32_t mode) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  if (file->read_only_mount()) return uapi::Errno::kEROFS;
  struct stat status{};
  LIND_TRY(from_libc(::fstat(file->host_fd(), &status)));
  LIND_TRY(check_mode(status, mode));
  return from_libc(::fchmod(file->host_fd(), mode & 07777));
}

Result<std::int64_t> sys_umask(Caller& caller, std::uint32_t mask) {
  return caller.fs().set_umask(mask);
}

// --- owners ----------------------------------------------------------------------------------

namespace {

constexpr std::uint32_t kUnchanged = 0xffffffff;

Result<std::int64_t> change_owner(Caller& caller, int fd, std::uint32_t uid, std::uint32_t gid) {
  struct stat status{};
  LIND_TRY(from_libc(::fstat(fd, &status)));
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) return uapi::Errno::kEPERM;
  const IdMap& ids = caller.fs().mounts().ids();
  return from_libc(::fchownat(fd, "", uid == kUnchanged ? uid : ids.host_uid(uid),
                              gid == kUnchanged ? gid : ids.host_gid(gid), AT_EMPTY_PATH));
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
