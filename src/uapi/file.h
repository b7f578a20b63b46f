/// \file
/// Structures of the calls on descriptors: docs/guest-abi.md, section 3.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lind::uapi {

/// struct iovec of an ILP32 program.
struct Iovec {
  std::uint32_t base = 0;
  std::uint32_t len = 0;
};
static_assert(sizeof(Iovec) == 8);

/// Most elements of one vector.  Source: linux/uio.h, UIO_MAXIOV.
inline constexpr std::uint64_t kIovMax = 1024;
/// Most bytes one read or write moves.  Source: linux/fs.h, MAX_RW_COUNT.
inline constexpr std::uint64_t kMaxTransfer = 0x7ffff000;

/// What pipe and socketpair store.
struct FdPair {
  std::int32_t first = 0;
  std::int32_t second = 0;
};
static_assert(sizeof(FdPair) == 8);

struct Pollfd {
  std::int32_t fd = 0;
  std::int16_t events = 0;
  std::int16_t revents = 0;
};
static_assert(sizeof(Pollfd) == 8);

/// struct flock.  The padding is ignored on input and 0 on output.
struct Flock {
  std::int16_t type = 0;
  std::int16_t whence = 0;
  std::int32_t pad = 0;
  std::int64_t start = 0;
  std::int64_t len = 0;
  std::int32_t pid = 0;
  std::int32_t pad2 = 0;
};
static_assert(sizeof(Flock) == 32);
static_assert(offsetof(Flock, start) == 8);
static_assert(offsetof(Flock, pid) == 24);

/// struct epoll_event: packed as on x86-64; the halves of `data` keep it free of padding.
struct EpollEvent {
  std::uint32_t events = 0;
  std::uint32_t data_low = 0;
  std::uint32_t data_high = 0;
};
static_assert(sizeof(EpollEvent) == 12);

/// struct open_how.  Source: linux/openat2.h, v6.1.
struct OpenHow {
  std::uint64_t flags = 0;
  std::uint64_t mode = 0;
  std::uint64_t resolve = 0;
};
static_assert(sizeof(OpenHow) == 24);

/// The sixth argument of pselect6.
struct SigsetArgument {
  std::uint64_t mask_pointer = 0;
  std::uint64_t size = 0;
};
static_assert(sizeof(SigsetArgument) == 16);

}  // namespace lind::uapi
