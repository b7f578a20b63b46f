// Access and modification times.

#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <optional>

#include "rawposix/fs/file_call_internal.h"
#include "rawposix/fs/permission.h"
#include "runtime/address_space.h"

namespace lind::rawposix {
namespace {

/// Access and modification time for the host; nothing means now.
using FileTimes = std::optional<std::array<struct timespec, 2>>;

/// Errors: EPERM for times of somebody else's file, EACCES for "now" without the right to write.
// Source: vfs_utimes and setattr_prepare, v6.1.
Result<void> check_times(Caller& caller, const struct stat& status, const FileTimes& times) {
  const Permission permission(caller);
  const bool now = !times.has_value() ||
                   (times->front().tv_nsec == UTIME_NOW && times->back().tv_nsec == UTIME_NOW);
  if (!now) return permission.own(status);
  return permission.own(status).ok() ? Result<void>() : permission.access(status, W_OK);
}

Result<void> set_times(Caller& caller, Fd dir, GuestText path, const FileTimes& times,
                       std::int32_t flags) {
  const struct timespec* const host_times = times.has_value() ? times->data() : nullptr;
  const bool empty = LIND_TRY(means_descriptor(path, flags));
  if (path.is_null() || (empty && dir != kCurrentDirectory)) {
    const std::shared_ptr<OpenFile> file =
        LIND_TRY(empty ? caller.fds().get(dir) : open_file(caller, dir));
    if (file->read_only_mount()) return uapi::Errno::kEROFS;
    struct stat status{};
    LIND_TRY(from_libc(::fstat(file->host_fd(), &status)));
    LIND_TRY(check_times(caller, status, times));
    LIND_TRY(host_call(SYS_utimensat, file->host_fd(), "", host_times, AT_EMPTY_PATH));
    return {};
  }
  const bool follow = (flags & AT_SYMLINK_NOFOLLOW) == 0;
  const ResolvedName name =
      LIND_TRY(resolve_at(caller, dir, path, follow ? FollowLast::kYes : FollowLast::kIfSlash));
  struct stat status{};
  constexpr int kItself = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
  LIND_TRY(from_libc(::fstatat(name.parent->get(), name.name.c_str(), &status, kItself)));
  if (name.must_be_directory && !S_ISDIR(status.st_mode)) return uapi::Errno::kENOTDIR;
  if (name.read_only) return uapi::Errno::kEROFS;
  LIND_TRY(check_times(caller, status, times));
  LIND_TRY(host_call(SYS_utimensat, name.parent->get(), name.name.c_str(), host_times, kItself));
  return {};
}

bool is_valid(const uapi::Timespec& time) noexcept {
  return time.nsec == UTIME_NOW || time.nsec == UTIME_OMIT ||
         (time.nsec >= 0 && time.nsec < 1'000'000'000);
}

Result<FileTimes> read_timevals(GuestPtr<uapi::Timeval> times) {
  if (times.is_null()) return FileTimes();
  std::array<struct timespec, 2> host{};
  for (std::size_t i = 0; i < host.size(); ++i) {
    const uapi::Timeval time = LIND_TRY(times.element(i).read());
    if (time.usec < 0 || time.usec >= 1'000'000) return uapi::Errno::kEINVAL;
    host[i] = {.tv_sec = time.sec, .tv_nsec = time.usec * 1000L};
  }
  return FileTimes(host);
}

}  // namespace

Result<std::int64_t> sys_utimensat(Caller& caller, Fd dir, GuestText path,
                                   GuestPtr<uapi::Timespec> times, std::int32_t flags) {
  FileTimes host;
  if (!times.is_null()) {
    const uapi::Timespec access = LIND_TRY(times.read());
    const uapi::Timespec modified = LIND_TRY(times.element(1).read());
    // Nothing to do, not even to look the path up.  Source: utimensat, fs/utimes.c, v6.1.
    if (access.nsec == UTIME_OMIT && modified.nsec == UTIME_OMIT) return 0;
    if (!is_valid(access) || !is_valid(modified)) return uapi::Errno::kEINVAL;
    host.emplace();
    host->front() = {.tv_sec = access.sec, .tv_nsec = access.nsec};
    host->back() = {.tv_sec = modified.sec, .tv_nsec = modified.nsec};
  }
  if (path.is_null() && dir == kCurrentDirectory) return uapi::Errno::kEFAULT;
  if (path.is_null() ? flags != 0 : (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) {
    return uapi::Errno::kEINVAL;
  }
  LIND_TRY(set_times(caller, dir, path, host, flags));
  return 0;
}

Result<std::int64_t> sys_futimesat(Caller& caller, Fd dir, GuestText path,
                                   GuestPtr<uapi::Timeval> times) {
  const FileTimes host = LIND_TRY(read_timevals(times));
  if (path.is_null() && dir == kCurrentDirectory) return uapi::Errno::kEFAULT;
  LIND_TRY(set_times(caller, dir, path, host, 0));
  return 0;
}

Result<std::int64_t> sys_utimes(Caller& caller, GuestText path, GuestPtr<uapi::Timeval> times) {
  return sys_futimesat(caller, kCurrentDirectory, path, times);
}

Result<std::int64_t> sys_utime(Caller& caller, GuestText path, GuestPtr<uapi::Utimbuf> times) {
  FileTimes host;
  if (!times.is_null()) {
    const uapi::Utimbuf buffer = LIND_TRY(times.read());
    host.emplace();
    host->front() = {.tv_sec = buffer.actime, .tv_nsec = 0};
    host->back() = {.tv_sec = buffer.modtime, .tv_nsec = 0};
  }
  if (path.is_null()) return uapi::Errno::kEFAULT;
  LIND_TRY(set_times(caller, kCurrentDirectory, path, host, 0));
  return 0;
}

}  // namespace lind::rawposix
