// Open files.

#include <fcntl.h>
#include <sys/stat.h>

#include <array>

#include "wasi/functions.h"
#include "wasi/program.h"
#include "wasi/stat_internal.h"
#include "wasi/time_internal.h"

namespace lind::wasi {

using uapi::SyscallNo;

Filetype filetype_of(std::uint32_t mode) noexcept {
  switch (mode & S_IFMT) {
    case S_IFBLK:
      return Filetype::kBlockDevice;
    case S_IFCHR:
      return Filetype::kCharacterDevice;
    case S_IFDIR:
      return Filetype::kDirectory;
    case S_IFREG:
      return Filetype::kRegularFile;
    case S_IFSOCK:
      return Filetype::kSocketStream;
    case S_IFLNK:
      return Filetype::kSymbolicLink;
    default:
      return Filetype::kUnknown;
  }
}

Filestat to_filestat(const uapi::Stat& stat) noexcept {
  return {.dev = stat.dev,
          .ino = stat.ino,
          .filetype = static_cast<std::uint8_t>(filetype_of(stat.mode)),
          .pad = {},
          .nlink = stat.nlink,
          .size = static_cast<std::uint64_t>(stat.size),
          .atim = to_ns(stat.atim),
          .mtim = to_ns(stat.mtim),
          .ctim = to_ns(stat.ctim)};
}

Result<uapi::Stat> stat_descriptor(Context& context, std::int64_t fd) {
  const GuestAddr place = LIND_TRY(context.linux.reserve(sizeof(uapi::Stat)));
  LIND_TRY(context.linux.make(SyscallNo::k_fstat, fd, place));
  return context.linux.get<uapi::Stat>(place);
}

Result<Filestat> stat_open(Context& context, std::uint32_t fd) {
  LIND_TRY(context.program.descriptors().find(fd, kFdFilestatGet));
  return to_filestat(LIND_TRY(stat_descriptor(context, fd)));
}

Result<GuestAddr> put_times(Context& context, std::uint64_t atim, std::uint64_t mtim,
                            std::uint32_t flags) {
  constexpr std::uint32_t kAccess = kFstAtim | kFstAtimNow;
  constexpr std::uint32_t kModified = kFstMtim | kFstMtimNow;
  if ((flags & ~(kAccess | kModified)) != 0 || (flags & kAccess) == kAccess ||
      (flags & kModified) == kModified) {
    return Errno::kInval;
  }
  const auto choose = [flags](std::uint32_t given, std::uint32_t now, std::uint64_t ns) {
    if ((flags & given) != 0) return to_timespec(ns);
    constexpr std::int32_t kNow = UTIME_NOW;
    constexpr std::int32_t kOmit = UTIME_OMIT;
    return uapi::Timespec{.sec = 0, .nsec = (flags & now) != 0 ? kNow : kOmit, .pad = 0};
  };
  const std::array times = {choose(kFstAtim, kFstAtimNow, atim),
                            choose(kFstMtim, kFstMtimNow, mtim)};
  return context.linux.put_bytes(std::as_bytes(std::span(times)));
}

Answer fd_advise(Context& context, std::uint32_t fd, std::uint64_t offset, std::uint64_t length,
                 std::uint32_t advice) {
  LIND_TRY(context.program.descriptors().find(fd, kFdAdvise));
  // normal, sequential, random, willneed, dontneed, noreuse
  constexpr std::array kAdvice = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                                  POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
  if (advice >= kAdvice.size()) return Errno::kInval;
  LIND_TRY(context.linux.make(SyscallNo::k_fadvise64, fd, offset, length, kAdvice[advice]));
  return {};
}

Answer fd_allocate(Context& context, std::uint32_t fd, std::uint64_t offset, std::uint64_t length) {
  LIND_TRY(context.program.descriptors().find(fd, kFdAllocate));
  LIND_TRY(context.linux.make(SyscallNo::k_fallocate, fd, 0, offset, length));
  return {};
}

Answer fd_datasync(Context& context, std::uint32_t fd) {
  LIND_TRY(context.program.descriptors().find(fd, kFdDatasync));
  LIND_TRY(context.linux.make(SyscallNo::k_fdatasync, fd));
  return {};
}

Answer fd_sync(Context& context, std::uint32_t fd) {
  LIND_TRY(context.program.descriptors().find(fd, kFdSync));
  LIND_TRY(context.linux.make(SyscallNo::k_fsync, fd));
  return {};
}

Answer fd_filestat_get(Context& context, std::uint32_t fd, Ptr<Filestat> stat) {
  const Filestat status = LIND_TRY(stat_open(context, fd));
  return stat.write(status);
}

Answer fd_filestat_set_size(Context& context, std::uint32_t fd, std::uint64_t size) {
  LIND_TRY(context.program.descriptors().find(fd, kFdFilestatSetSize));
  LIND_TRY(context.linux.make(SyscallNo::k_ftruncate, fd, size));
  return {};
}

Answer fd_filestat_set_times(Context& context, std::uint32_t fd, std::uint64_t atim,
                             std::uint64_t mtim, std::uint32_t flags) {
  LIND_TRY(context.program.descriptors().find(fd, kFdFilestatSetTimes));
  const GuestAddr times = LIND_TRY(put_times(context, atim, mtim, flags));
  LIND_TRY(context.linux.make(SyscallNo::k_utimensat, fd, 0, times, 0));
  return {};
}

}  // namespace lind::wasi
