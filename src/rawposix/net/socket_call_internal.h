/// \file
/// Steps that the socket handlers share.

#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "rawposix/caller.h"
#include "rawposix/fs/file_call_internal.h"
#include "rawposix/net/handlers.h"
#include "rawposix/net/network.h"
#include "rawposix/net/socket_address.h"
#include "rawposix/net/socket_state.h"

struct iovec;

namespace lind::rawposix {

/// A descriptor as a socket.  Errors: EBADF, ENOTSOCK.
Result<std::shared_ptr<OpenFile>> socket_file(Caller& caller, Fd fd);

/// What others learn of the caller: with a message the real ids, of the end of a connection the
/// effective ones.
uapi::Credentials credentials_of(const Caller& caller) noexcept;
uapi::Credentials peer_credentials_of(const Caller& caller) noexcept;

/// What Linux makes of the error of a host call that could wait: EINTR becomes ERESTARTSYS unless
/// the socket limits its waits; EPIPE of a stream brings SIGPIPE unless `flags` has MSG_NOSIGNAL.
Result<std::int64_t> finish_call(Caller& caller, const SocketState& socket, Direction direction,
                                 Result<std::int64_t> result, std::int32_t flags = 0);

/// accept4 of a listener that hands over what somebody else has accepted.  Errors: as accept4;
/// EINVAL if there is nobody any more.
Result<std::int64_t> accept_handed(Caller& caller, const OpenFile& listener,
                                   const GuestBytes& address, GuestSize size, std::int32_t flags);

enum class Use : std::uint8_t { kConnect, kSend };

/// Where a call goes, for the host.
struct Destination {
  SocketAddress host;
  std::shared_ptr<UnixName> name;  ///< of a Unix socket in this instance
  host::UniqueFd file;             ///< keeps what `host` names
};
/// Translates a guest's address and asks the rules.  Errors: EACCES, EINVAL, EAFNOSUPPORT, those
/// of path lookup, ECONNREFUSED.
Result<Destination> destination(Caller& caller, const OpenFile& file, const SocketAddress& guest,
                                Use use);

/// A host address as the guest may see it.
SocketAddress guest_address(Caller& caller, const SocketState& socket, const SocketAddress& host);
/// Remembers who sent a datagram, where the rules make that matter.
void note_sender(Caller& caller, SocketState& socket, const SocketAddress& host);

/// Whether messages of this socket must tell who sends them.
bool tells_sender(Caller& caller, const OpenFile& file) noexcept;
/// sendmsg of host buffers, with the caller's identity.
Result<std::int64_t> send_with_identity(Caller& caller, const OpenFile& file,
                                        std::span<iovec> buffers, const SocketAddress* to,
                                        std::int32_t flags);

}  // namespace lind::rawposix
