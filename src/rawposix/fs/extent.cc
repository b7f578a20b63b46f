// Length of files, and what of them is on the disk.

#include <sys/stat.h>
#include <sys/syscall.h>

#include "rawposix/fs/beneath.h"
#include "rawposix/fs/file_call_internal.h"
#include "rawposix/fs/permission.h"

namespace lind::rawposix {

Result<std::int64_t> sys_truncate(Caller& caller, GuestText path, std::int64_t length) {
  if (length < 0) return uapi::Errno::kEINVAL;
  const ResolvedName name = LIND_TRY(resolve_at(caller, kCurrentDirectory, path, FollowLast::kYes));
  struct stat status{};
  LIND_TRY(from_libc(::fstatat(name.parent->get(), name.name.c_str(), &status,
                               AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)));
  if (S_ISDIR(status.st_mode)) return uapi::Errno::kEISDIR;
  if (name.must_be_directory) return uapi::Errno::kENOTDIR;
  if (!S_ISREG(status.st_mode)) return uapi::Errno::kEINVAL;
  if (name.read_only) return uapi::Errno::kEROFS;
  if (name.name.empty())
    return uapi::Errno::kEINVAL;  // a file shown by itself is no place to write
  LIND_TRY(check_length(caller, static_cast<std::uint64_t>(length)));
  LIND_TRY(Permission(caller).access(status, W_OK));
  const host::UniqueFd file = LIND_TRY(
      open_beneath(name.parent->get(), name.name, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY));
  LIND_TRY(Permission(caller).access(file.get(), W_OK));
  return from_libc(::ftruncate(file.get(), length));
}

Result<std::int64_t> sys_ftruncate(Caller& caller, Fd fd, std::int64_t length) {
  if (length < 0) return uapi::Errno::kEINVAL;
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  LIND_TRY(check_length(caller, static_cast<std::uint64_t>(length)));
  return from_libc(::ftruncate(file->host_fd(), length));
}

Result<std::int64_t> sys_fallocate(Caller& caller, Fd fd, std::int32_t mode, std::int64_t offset,
                                   std::int64_t length) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  if (offset >= 0 && length > 0) {
    const std::uint64_t end =
        static_cast<std::uint64_t>(offset) + static_cast<std::uint64_t>(length);
    LIND_TRY(check_length(caller, end));
  }
  return host_call(SYS_fallocate, file->host_fd(), mode, offset, length);
}

Result<std::int64_t> sys_fsync(Caller& caller, Fd fd) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  return host_call(SYS_fsync, file->host_fd());
}

Result<std::int64_t> sys_fdatasync(Caller& caller, Fd fd) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  return host_call(SYS_fdatasync, file->host_fd());
}

Result<std::int64_t> sys_sync(Caller& /*caller*/) {
  return host_call(SYS_sync);
}

Result<std::int64_t> sys_syncfs(Caller& caller, Fd fd) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  return host_call(SYS_syncfs, file->host_fd());
}

Result<std::int64_t> sys_sync_file_range(Caller& caller, Fd fd, std::int64_t offset,
                                         std::int64_t length, std::uint32_t flags) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  return host_call(SYS_sync_file_range, file->host_fd(), offset, length, flags);
}

Result<std::int64_t> sys_fadvise64(Caller& caller, Fd fd, std::int64_t offset, std::int64_t length,
                                   std::int32_t advice) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  return host_call(SYS_fadvise64, file->host_fd(), offset, length, advice);
}

Result<std::int64_t> sys_readahead(Caller& caller, Fd fd, std::int64_t offset,
                                   std::uint64_t count) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  return host_call(SYS_readahead, file->host_fd(), offset, count);
}

}  // namespace lind::rawposix
