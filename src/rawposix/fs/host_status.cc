#include "rawposix/fs/host_status.h"

#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include <bit>

namespace lind::rawposix {
namespace {

uapi::Timespec to_guest(const struct timespec& time) noexcept {
  return {.sec = time.tv_sec, .nsec = static_cast<std::int32_t>(time.tv_nsec), .pad = 0};
}

}  // namespace

uapi::Stat to_guest(const struct stat& status, const IdMap& ids) noexcept {
  uapi::Stat out;
  out.dev = status.st_dev;
  out.ino = status.st_ino;
  out.nlink = static_cast<std::uint32_t>(status.st_nlink);
  const SeenFile seen = ids.seen(status);
  out.mode = seen.mode;
  out.uid = seen.uid;
  out.gid = seen.gid;
  out.rdev = status.st_rdev;
  out.size = status.st_size;
  out.blksize = static_cast<std::int32_t>(status.st_blksize);
  out.blocks = status.st_blocks;
  out.atim = to_guest(status.st_atim);
  out.mtim = to_guest(status.st_mtim);
  out.ctim = to_guest(status.st_ctim);
  return out;
}

uapi::Statx to_guest(const struct statx& status, const IdMap& ids) noexcept {
  static_assert(sizeof(struct statx) == sizeof(uapi::Statx));
  auto out = std::bit_cast<uapi::Statx>(status);
  struct stat brief{};
  brief.st_dev = makedev(status.stx_dev_major, status.stx_dev_minor);
  brief.st_ino = status.stx_ino;
  brief.st_mode = status.stx_mode;
  brief.st_uid = status.stx_uid;
  brief.st_gid = status.stx_gid;
  const SeenFile seen = ids.seen(brief);
  out.mode = static_cast<std::uint16_t>(seen.mode);
  out.uid = seen.uid;
  out.gid = seen.gid;
  return out;
}

uapi::Statfs to_guest(const struct statfs& status, bool read_only) noexcept {
  static_assert(sizeof(struct statfs) == sizeof(uapi::Statfs));
  auto out = std::bit_cast<uapi::Statfs>(status);
  if (read_only) out.flags |= ST_RDONLY;
  return out;
}

}  // namespace lind::rawposix
