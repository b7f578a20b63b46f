/// \file
/// Structures of the socket calls: docs/guest-abi.md, section 3.  Addresses, options and the
/// contents of control messages are those of x86-64's kernel and have no structures here.

#pragma once

#include <cstddef>
#include <cstdint>

#include "uapi/guest_type.h"

namespace lind::uapi {

/// struct msghdr of an ILP32 program.
struct Msghdr {
  std::uint32_t name = 0;
  std::int32_t name_bytes = 0;
  std::uint32_t iov = 0;
  std::uint32_t iov_count = 0;
  std::uint32_t control = 0;
  std::uint32_t control_bytes = 0;
  std::int32_t flags = 0;
};
static_assert(sizeof(Msghdr) == 28 && offsetof(Msghdr, flags) == 24 && GuestType<Msghdr>);

struct Mmsghdr {
  Msghdr header;
  std::uint32_t num_bytes = 0;
};
static_assert(sizeof(Mmsghdr) == 32 && offsetof(Mmsghdr, num_bytes) == 28 && GuestType<Mmsghdr>);

/// struct cmsghdr; the data follow at once, the next header is aligned to 4.
struct Cmsghdr {
  std::uint32_t num_bytes = 0;  ///< with this header
  std::int32_t level = 0;
  std::int32_t type = 0;
};
static_assert(sizeof(Cmsghdr) == 12 && GuestType<Cmsghdr>);
inline constexpr std::size_t kCmsgAlign = 4;

/// struct ucred.
struct Credentials {
  std::uint32_t pid = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};
static_assert(sizeof(Credentials) == 12 && GuestType<Credentials>);

/// Most descriptors of one message.  Source: net/scm.h, SCM_MAX_FD, v6.1.
inline constexpr std::size_t kScmMaxFds = 253;

}  // namespace lind::uapi
