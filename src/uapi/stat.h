/// \file
/// What stat, statx and statfs answer: docs/guest-abi.md, section 3.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "uapi/guest_type.h"
#include "uapi/time.h"

namespace lind::uapi {

/// struct stat: the x86-64 kernel's layout; a 32-bit `long` fills the low half of its place.
struct Stat {
  std::uint64_t dev = 0;
  std::uint64_t ino = 0;
  std::uint32_t nlink = 0;
  std::uint32_t nlink_pad = 0;
  std::uint32_t mode = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t gid_pad = 0;
  std::uint64_t rdev = 0;
  std::int64_t size = 0;
  std::int32_t blksize = 0;
  std::int32_t blksize_pad = 0;
  std::int64_t blocks = 0;
  Timespec atim{};
  Timespec mtim{};
  Timespec ctim{};
  std::array<std::uint64_t, 3> reserved{};
};
static_assert(sizeof(Stat) == 144);
static_assert(offsetof(Stat, mode) == 24);
static_assert(offsetof(Stat, rdev) == 40);
static_assert(offsetof(Stat, blksize) == 56);
static_assert(offsetof(Stat, atim) == 72);
static_assert(offsetof(Stat, reserved) == 120 && GuestType<Stat>);

/// struct statx_timestamp.
struct StatxTimestamp {
  std::int64_t sec = 0;
  std::uint32_t nsec = 0;
  std::int32_t reserved = 0;
};

/// struct statx.  Source: linux/stat.h, v6.1.
struct Statx {
  std::uint32_t mask = 0;
  std::uint32_t blksize = 0;
  std::uint64_t attributes = 0;
  std::uint32_t nlink = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint16_t mode = 0;
  std::uint16_t mode_pad = 0;
  std::uint64_t ino = 0;
  std::uint64_t size = 0;
  std::uint64_t blocks = 0;
  std::uint64_t attributes_mask = 0;
  StatxTimestamp atime;
  StatxTimestamp btime;
  StatxTimestamp ctime;
  StatxTimestamp mtime;
  std::uint32_t rdev_major = 0;
  std::uint32_t rdev_minor = 0;
  std::uint32_t dev_major = 0;
  std::uint32_t dev_minor = 0;
  std::array<std::uint64_t, 14> rest{};  ///< mnt_id, direct I/O alignment, spare
};
static_assert(sizeof(Statx) == 256);
static_assert(offsetof(Statx, attributes_mask) == 56);
static_assert(offsetof(Statx, rdev_major) == 128 && GuestType<Statx>);

/// struct utimbuf.
struct Utimbuf {
  std::int64_t actime = 0;
  std::int64_t modtime = 0;
};
static_assert(sizeof(Utimbuf) == 16);

/// struct statfs.
struct Statfs {
  std::int64_t type = 0;
  std::int64_t bsize = 0;
  std::uint64_t blocks = 0;
  std::uint64_t bfree = 0;
  std::uint64_t bavail = 0;
  std::uint64_t files = 0;
  std::uint64_t ffree = 0;
  std::array<std::int32_t, 2> fsid{};
  std::int64_t namelen = 0;
  std::int64_t frsize = 0;
  std::int64_t flags = 0;
  std::array<std::int64_t, 4> spare{};
};
static_assert(sizeof(Statfs) == 120);
static_assert(offsetof(Statfs, fsid) == 56);
static_assert(offsetof(Statfs, flags) == 80 && GuestType<Statfs>);

}  // namespace lind::uapi
