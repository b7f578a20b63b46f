// flock and record locks.  Rules and order of errors: fs/locks.c, v6.1.

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <limits>
#include <optional>

#include "rawposix/fs/file_call_internal.h"
#include "rawposix/fs/record_locks.h"
#include "runtime/address_space.h"

namespace lind::rawposix {
namespace {

bool is_ofd(std::int32_t command) noexcept {
  return command == F_OFD_GETLK || command == F_OFD_SETLK || command == F_OFD_SETLKW;
}

/// What l_start counts from.
Result<std::int64_t> origin_of(const OpenFile& file, std::int16_t whence) {
  if (whence == SEEK_SET) return std::int64_t{0};
  if (whence == SEEK_CUR) {
    const off_t at = ::lseek(file.host_fd(), 0, SEEK_CUR);
    return std::int64_t{at < 0 ? 0 : at};  // what has no offset
  }
  if (whence != SEEK_END) return uapi::Errno::kEINVAL;
  struct stat status{};
  if (::fstat(file.host_fd(), &status) != 0) return host::last_errno();
  return std::int64_t{status.st_size};
}

/// Errors: EINVAL, EOVERFLOW.
Result<LockRange> range_of(const OpenFile& file, const uapi::Flock& request) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  const std::int64_t origin = LIND_TRY(origin_of(file, request.whence));
  if (request.start > kMax - origin) return uapi::Errno::kEOVERFLOW;
  const std::int64_t start = origin + request.start;
  if (start < 0) return uapi::Errno::kEINVAL;
  if (request.len == 0) return LockRange{.first = start, .last = LockRange::kLastByte};
  if (request.len > 0) {
    if (request.len - 1 > kMax - start) return uapi::Errno::kEOVERFLOW;
    return LockRange{.first = start, .last = start + (request.len - 1)};
  }
  if (start + request.len < 0) return uapi::Errno::kEINVAL;
  return LockRange{.first = start + request.len, .last = start - 1};
}

bool is_lock_type(std::int16_t type) noexcept {
  return type == F_RDLCK || type == F_WRLCK || type == F_UNLCK;
}

/// Whether `file` is open for what a lock of this kind protects.
Result<void> check_access(const OpenFile& file, std::int16_t type) {
  if (type == F_UNLCK) return {};
  const std::int32_t flags = LIND_TRY(file.status_flags());
  const int missing = type == F_RDLCK ? O_WRONLY : O_RDONLY;
  if ((flags & O_ACCMODE) == missing) return uapi::Errno::kEBADF;
  return {};
}

RecordLock record_lock(Caller& caller, std::int16_t type, const LockRange& range) {
  return {.owner = caller.fds().lock_owner(),
          .pid = caller.process().pid(),
          .is_write = type == F_WRLCK,
          .range = range};
}

Result<void> tell_conflict(GuestPtr<uapi::Flock> arg, uapi::Flock answer,
                           const std::optional<RecordLock>& conflict) {
  answer.pad = 0;
  answer.pad2 = 0;
  answer.type = F_UNLCK;
  if (conflict) {
    const LockRange& range = conflict->range;
    answer.type = conflict->is_write ? F_WRLCK : F_RDLCK;
    answer.whence = SEEK_SET;
    answer.start = range.first;
    answer.len = range.last == LockRange::kLastByte ? 0 : range.last - range.first + 1;
    answer.pid = static_cast<std::int32_t>(conflict->pid);  // kNoPid is -1
  }
  return arg.write(answer);
}

/// F_GETLK, F_SETLK, F_SETLKW.
Result<std::int64_t> lock_of_process(Caller& caller, Fd fd, const std::shared_ptr<OpenFile>& file,
                                     std::int32_t command, GuestPtr<uapi::Flock> arg) {
  const uapi::Flock request = LIND_TRY(arg.read());
  const bool asks = command == F_GETLK;
  if (asks && request.type != F_RDLCK && request.type != F_WRLCK) return uapi::Errno::kEINVAL;
  const LockRange range = LIND_TRY(range_of(*file, request));
  if (!is_lock_type(request.type)) return uapi::Errno::kEINVAL;
  const std::shared_ptr<RecordLocks>& locks = caller.kernel().record_locks();
  const RecordLock wanted = record_lock(caller, request.type, range);
  if (asks) {
    const std::optional<RecordLock> conflict = LIND_TRY(locks->find_conflict(*file, wanted));
    LIND_TRY(tell_conflict(arg, request, conflict));
    return 0;
  }
  LIND_TRY(check_access(*file, request.type));
  if (request.type == F_UNLCK) {
    locks->unlock(*file, wanted.owner, range);
    return 0;
  }
  caller.fds().use_record_locks(locks);
  const Result<void> taken =
      locks->lock(*file, wanted, command == F_SETLKW ? &caller.thread() : nullptr);
  if (!taken.ok()) return restartable(taken.error());
  // Closed meanwhile by another thread, which did not find the lock.
  const Result<std::shared_ptr<OpenFile>> still = caller.fds().get(fd);
  if (!still.ok() || still.value() != file) {
    locks->unlock(*file, wanted.owner, range);
    return uapi::Errno::kEBADF;
  }
  return 0;
}

/// F_OFD_*: the guest's open file is one of the host's, so the host knows the owner.
Result<std::int64_t> lock_of_open_file(Caller& caller, const OpenFile& file, std::int32_t command,
                                       GuestPtr<uapi::Flock> arg) {
  const uapi::Flock request = LIND_TRY(arg.read());
  if (request.pid != 0) return uapi::Errno::kEINVAL;
  struct flock lock{};
  lock.l_type = request.type;
  lock.l_whence = request.whence;
  lock.l_start = request.start;
  lock.l_len = request.len;
  if (command == F_OFD_SETLKW) {
    return restartable(
        caller.thread().blocking_syscall(SYS_fcntl, host_args(file.host_fd(), command, &lock)));
  }
  const std::int64_t result = LIND_TRY(host_call(SYS_fcntl, file.host_fd(), command, &lock));
  if (command != F_OFD_GETLK) return result;
  uapi::Flock answer = request;
  answer.pad = 0;
  answer.pad2 = 0;
  answer.type = lock.l_type;
  if (lock.l_type != F_UNLCK) {
    answer.whence = lock.l_whence;
    answer.start = lock.l_start;
    answer.len = lock.l_len;
    answer.pid = -1;  // of the host's processes, guests know none
  }
  LIND_TRY(arg.write(answer));
  return 0;
}

}  // namespace

Result<std::int64_t> lock_record(Caller& caller, Fd fd, const std::shared_ptr<OpenFile>& file,
                                 std::int32_t command, GuestPtr<uapi::Flock> arg) {
  if (is_ofd(command)) return lock_of_open_file(caller, *file, command, arg);
  return lock_of_process(caller, fd, file, command, arg);
}

Result<std::int64_t> sys_flock(Caller& caller, Fd fd, std::int32_t operation) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  if (file->virtual_file() != nullptr) return uapi::Errno::kEINVAL;
  return restartable(
      caller.thread().blocking_syscall(SYS_flock, host_args(file->host_fd(), operation)));
}

}  // namespace lind::rawposix
