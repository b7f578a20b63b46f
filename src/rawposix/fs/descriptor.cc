// Descriptors and their flags.

#include <sys/syscall.h>

#include <optional>

#include "rawposix/fs/file_call_internal.h"

namespace lind::rawposix {
namespace {

// linux/fcntl.h, v6.1.
constexpr std::int32_t kAddSeals = 1033;
constexpr std::int32_t kGetSeals = 1034;

/// What F_SETFL changes.  O_ASYNC would signal us instead of the guest.
constexpr std::int32_t kSettable = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME;

Result<std::int64_t> duplicate(Caller& caller, Fd fd, std::int32_t lowest, bool close_on_exec) {
  std::shared_ptr<OpenFile> file = LIND_TRY(caller.fds().get(fd));
  FdSlot slot = LIND_TRY(caller.fds().reserve(lowest));
  slot.install(std::move(file), close_on_exec);
  return to_i32(slot.fd());
}

Result<std::int64_t> replace(Caller& caller, Fd fd, Fd to, bool close_on_exec) {
  if (to_i32(to) < 0 || static_cast<std::uint32_t>(to_i32(to)) >= caller.fds().limit()) {
    return uapi::Errno::kEBADF;
  }
  std::shared_ptr<OpenFile> file = LIND_TRY(caller.fds().get(fd));
  LIND_TRY(caller.fds().replace(to, std::move(file), close_on_exec));
  return to_i32(to);
}

Result<std::int64_t> set_status_flags(OpenFile& file, std::int32_t flags) {
  if ((flags & O_ASYNC) != 0) return uapi::Errno::kEINVAL;
  if (VirtualFile* const own = file.virtual_file()) {
    own->set_nonblocking((flags & O_NONBLOCK) != 0);
    return 0;
  }
  LIND_TRY(file.set_status_flags(flags & kSettable));
  return 0;
}

/// Commands that O_PATH descriptors have too; nothing for another command.
Result<std::optional<std::int64_t>> descriptor_command(Caller& caller, Fd fd, std::int32_t command,
                                                       std::int32_t value) {
  switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      return std::optional(LIND_TRY(duplicate(caller, fd, value, command == F_DUPFD_CLOEXEC)));
    case F_GETFD: {
      const bool close_on_exec = LIND_TRY(caller.fds().close_on_exec(fd));
      return std::optional<std::int64_t>(close_on_exec ? FD_CLOEXEC : 0);
    }
    case F_SETFD:
      LIND_TRY(caller.fds().set_close_on_exec(fd, (value & FD_CLOEXEC) != 0));
      return std::optional<std::int64_t>(0);
    case F_GETFL: {
      const std::shared_ptr<OpenFile> file = LIND_TRY(caller.fds().get(fd));
      if (VirtualFile* const own = file->virtual_file()) {
        return std::optional<std::int64_t>(own->flags());
      }
      return std::optional<std::int64_t>(LIND_TRY(file->status_flags()));
    }
    default:
      return std::optional<std::int64_t>();
  }
}

}  // namespace

Result<std::int64_t> sys_dup(Caller& caller, Fd fd) {
  return duplicate(caller, fd, 0, false);
}

Result<std::int64_t> sys_dup2(Caller& caller, Fd fd, Fd to) {
  if (fd != to) return replace(caller, fd, to, false);
  LIND_TRY(caller.fds().get(fd));
  return to_i32(to);
}

Result<std::int64_t> sys_dup3(Caller& caller, Fd fd, Fd to, std::int32_t flags) {
  if ((flags & ~O_CLOEXEC) != 0 || fd == to) return uapi::Errno::kEINVAL;
  return replace(caller, fd, to, flags != 0);
}

Result<std::int64_t> sys_fcntl(Caller& caller, Fd fd, std::int32_t command,
                               GuestPtr<uapi::Flock> arg) {
  const auto value = static_cast<std::int32_t>(to_u64(arg.addr()));
  const auto answer = LIND_TRY(descriptor_command(caller, fd, command, value));
  if (answer.has_value()) return *answer;
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  if (command == F_SETFL) return set_status_flags(*file, value);
  // Nothing of the host's is meant.
  if (file->virtual_file() != nullptr) return uapi::Errno::kEINVAL;
  switch (command) {
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
      return lock_record(caller, fd, file, command, arg);
    case F_SETPIPE_SZ:
      if (value > 0 && !file->may_enlarge_pipe(static_cast<std::uint64_t>(value))) {
        return uapi::Errno::kEPERM;
      }
      return host_call(SYS_fcntl, file->host_fd(), command, value);
    case F_GETPIPE_SZ:
    case kAddSeals:
    case kGetSeals:
      return host_call(SYS_fcntl, file->host_fd(), command, value);
    case F_GETLEASE:
      return F_UNLCK;  // nobody gets one
    default:           // owners, leases, notification: signals that would reach us
      return uapi::Errno::kEINVAL;
  }
}

}  // namespace lind::rawposix
