/// \file
/// System calls on sockets.  Contracts are Linux's; notes of uapi/syscalls.def say where we differ.

#pragma once

#include <cstdint>

#include "base/result.h"
#include "rawposix/caller.h"
#include "runtime/guest_memory.h"
#include "uapi/file.h"
#include "uapi/socket.h"
#include "uapi/time.h"

namespace lind::rawposix {

using runtime::GuestBytes;
using runtime::GuestPtr;
/// Where a call stores the length of an address or a value.
using GuestSize = GuestPtr<std::int32_t>;

// socket.cc
Result<std::int64_t> sys_socket(Caller&, std::int32_t domain, std::int32_t type,
                                std::int32_t protocol);
Result<std::int64_t> sys_socketpair(Caller&, std::int32_t domain, std::int32_t type,
                                    std::int32_t protocol, GuestPtr<uapi::FdPair> out);
Result<std::int64_t> sys_shutdown(Caller&, Fd fd, std::int32_t how);

// connection.cc
Result<std::int64_t> sys_bind(Caller&, Fd fd, GuestBytes address, std::int32_t num_bytes);
Result<std::int64_t> sys_listen(Caller&, Fd fd, std::int32_t backlog);
Result<std::int64_t> sys_accept(Caller&, Fd fd, GuestBytes address, GuestSize size);
Result<std::int64_t> sys_accept4(Caller&, Fd fd, GuestBytes address, GuestSize size,
                                 std::int32_t flags);
Result<std::int64_t> sys_connect(Caller&, Fd fd, GuestBytes address, std::int32_t num_bytes);
Result<std::int64_t> sys_getsockname(Caller&, Fd fd, GuestBytes address, GuestSize size);
Result<std::int64_t> sys_getpeername(Caller&, Fd fd, GuestBytes address, GuestSize size);

// socket_options.cc
Result<std::int64_t> sys_setsockopt(Caller&, Fd fd, std::int32_t level, std::int32_t name,
                                    GuestBytes value, std::int32_t num_bytes);
Result<std::int64_t> sys_getsockopt(Caller&, Fd fd, std::int32_t level, std::int32_t name,
                                    GuestBytes value, GuestSize size);

// datagram.cc
Result<std::int64_t> sys_sendto(Caller&, Fd fd, GuestBytes buffer, std::uint64_t count,
                                std::int32_t flags, GuestBytes address, std::int32_t num_bytes);
Result<std::int64_t> sys_recvfrom(Caller&, Fd fd, GuestBytes buffer, std::uint64_t count,
                                  std::int32_t flags, GuestBytes address, GuestSize size);

// message.cc
Result<std::int64_t> sys_sendmsg(Caller&, Fd fd, GuestPtr<uapi::Msghdr> message,
                                 std::int32_t flags);
Result<std::int64_t> sys_recvmsg(Caller&, Fd fd, GuestPtr<uapi::Msghdr> message,
                                 std::int32_t flags);
Result<std::int64_t> sys_sendmmsg(Caller&, Fd fd, GuestPtr<uapi::Mmsghdr> messages,
                                  std::uint32_t count, std::int32_t flags);
Result<std::int64_t> sys_recvmmsg(Caller&, Fd fd, GuestPtr<uapi::Mmsghdr> messages,
                                  std::uint32_t count, std::int32_t flags,
                                  GuestPtr<uapi::Timespec> timeout);

}  // namespace lind::rawposix
