/// \file
/// Steps that many file handlers share.

#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "host/errno.h"
#include "rawposix/caller.h"
#include "rawposix/fs/handlers.h"
#include "rawposix/fs/host_args.h"

namespace lind::rawposix {

inline constexpr Fd kCurrentDirectory{AT_FDCWD};

/// The path behind a guest pointer.  Errors: EFAULT, ENAMETOOLONG.
Result<std::string> read_path(GuestText path);
/// Where `path` starts, seen from `dir`.  Errors: ENOENT for "", EBADF, ENOTDIR.
Result<BaseDirectory> base_of(Caller& caller, Fd dir, std::string_view path);
/// read_path, base_of and resolve in one.
Result<ResolvedName> resolve_at(Caller& caller, Fd dir, GuestText path, FollowLast follow);

/// Whether `path` is "" (or, as newer kernels allow, null) and `flags` have AT_EMPTY_PATH: the
/// call means `dir` itself.  Errors: EFAULT, ENAMETOOLONG.
Result<bool> means_descriptor(GuestText path, std::int32_t flags);

/// An open file that is not O_PATH.  Errors: EBADF.
Result<std::shared_ptr<OpenFile>> open_file(Caller& caller, Fd fd);

/// Installs `fd` as a new descriptor and returns its number.  Errors: EMFILE.
Result<std::int64_t> install_new(Caller& caller, std::shared_ptr<OpenFile> file,
                                 bool close_on_exec);

/// A host call of libc's form as a Result.
inline Result<std::int64_t> from_libc(std::int64_t result) noexcept {
  if (result < 0) return host::last_errno();
  return result;
}

/// EINTR of a call that Linux makes again after a handler with SA_RESTART.
inline Result<std::int64_t> restartable(Result<std::int64_t> result) noexcept {
  if (!result.ok() && result.error() == uapi::Errno::kEINTR) return uapi::Errno::kERESTARTSYS;
  return result;
}

/// EINTR of a call that Linux makes again only if no handler ran.
inline Result<std::int64_t> restartable_without_handler(Result<std::int64_t> result) noexcept {
  if (!result.ok() && result.error() == uapi::Errno::kEINTR) return uapi::Errno::kERESTARTNOHAND;
  return result;
}

/// A host call that cannot wait for another party, although a disk may take its time.
template <typename... Args>
Result<std::int64_t> host_call(long number, Args... args) {
  return from_libc(::syscall(number, args...));
}

/// A host call on `file`: interruptible, and restartable then, if it may wait.
template <typename... Args>
Result<std::int64_t> file_call(Caller& caller, const OpenFile& file, long number, Args... args) {
  if (!file.may_block()) return host_call(number, args...);
  return restartable(caller.thread().blocking_syscall(number, host_args(args...)));
}

/// fcntl with a lock command.
Result<std::int64_t> lock_record(Caller& caller, Fd fd, const std::shared_ptr<OpenFile>& file,
                                 std::int32_t command, GuestPtr<uapi::Flock> arg);

/// Whether a transfer brings bytes or takes them.
enum class Direction : std::uint8_t { kReceive, kSend };

/// What Linux makes of the result of a transfer that could wait.  EINTR becomes ERESTARTSYS, unless
/// a socket limits its waits; EPIPE brings SIGPIPE, but of sockets to those with SOCK_STREAM alone.
Result<std::int64_t> finish_transfer(Caller& caller, const OpenFile& file, Direction direction,
                                     Result<std::int64_t> result);

/// A host call that moves bytes between guest memory and `file`.
template <typename... Args>
Result<std::int64_t> transfer_call(Caller& caller, const OpenFile& file, Direction direction,
                                   long number, Args... args) {
  if (!file.may_block()) return host_call(number, args...);
  return finish_transfer(caller, file, direction,
                         caller.thread().blocking_syscall(number, host_args(args...)));
}

/// RLIMIT_FSIZE: how many of `count` bytes may be written to `file`, at `offset` or, if that is
/// negative, where the file itself would write.  Errors: EFBIG, with SIGXFSZ.
Result<std::uint64_t> allowed_bytes(Caller& caller, const OpenFile& file, std::int64_t offset,
                                    std::uint64_t count);
/// The same for a length that a file is given.
Result<void> check_length(Caller& caller, std::uint64_t length);

/// What a writer of a closed pipe gets besides EPIPE.
Result<std::int64_t> with_sigpipe(Caller& caller, Result<std::int64_t> result);

}  // namespace lind::rawposix
