#include <netinet/in.h>

#include "base/log.h"
#include "rawposix/net/socket_call_internal.h"
#include "uapi/signal.h"

namespace lind::rawposix {
namespace {

uapi::Errno refuse(const Caller& caller, const char* what, const InternetAddress& address) {
  log::info("network: process {} may not {} {}: see --net, --allow-connect", caller.process().pid(),
            what, to_text(address));
  return uapi::Errno::kEACCES;
}

/// Under rules: whether a datagram or a connection may go to `guest`.
Result<void> check_rules(Caller& caller, const SocketState& socket, const SocketAddress& guest,
                         Use use) {
  SocketAddress asked = guest;
  if (guest.family() == AF_UNSPEC) {
    // Ends the association; on an IPv6 socket a datagram goes where the association leads.
    if (use == Use::kConnect || socket.domain() == AF_INET6) return {};
    // net/ipv4/udp.c: as AF_INET.
    const sa_family_t family = AF_INET;
    std::memcpy(asked.bytes.data(), &family, sizeof(family));
  }
  if (asked.family() != AF_INET && asked.family() != AF_INET6) return uapi::Errno::kEAFNOSUPPORT;
  const std::optional<InternetAddress> address = parse_internet_address(asked.view());
  if (!address) return uapi::Errno::kEINVAL;
  if (caller.kernel().network().policy.allows_connect(*address)) return {};
  if (use == Use::kSend && socket.type() == SOCK_DGRAM && socket.has_heard_from(*address)) {
    return {};
  }
  return refuse(caller, use == Use::kConnect ? "connect to" : "send to", *address);
}

}  // namespace

Result<std::shared_ptr<OpenFile>> socket_file(Caller& caller, Fd fd) {
  std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  if (file->socket() == nullptr) return uapi::Errno::kENOTSOCK;
  return file;
}

uapi::Credentials credentials_of(const Caller& caller) noexcept {
  const std::shared_ptr<const Credentials> who = caller.process().credentials();
  return {.pid = caller.process().pid(), .uid = who->users.real, .gid = who->groups.real};
}

uapi::Credentials peer_credentials_of(const Caller& caller) noexcept {
  const std::shared_ptr<const Credentials> who = caller.process().credentials();
  return {.pid = caller.process().pid(), .uid = who->users.effective, .gid = who->groups.effective};
}

Result<std::int64_t> finish_call(Caller& caller, const SocketState& socket, Direction direction,
                                 Result<std::int64_t> result, std::int32_t flags) {
  if (result.ok()) return result;
  if (result.error() == uapi::Errno::kEPIPE && direction == Direction::kSend &&
      socket.type() == SOCK_STREAM && (flags & MSG_NOSIGNAL) == 0) {
    caller.raise(uapi::kSIGPIPE);
  }
  const auto& limited =
      direction == Direction::kReceive ? socket.limits_receiving : socket.limits_sending;
  return limited.load() ? result : restartable(std::move(result));
}

Result<Destination> destination(Caller& caller, const OpenFile& file, const SocketAddress& guest,
                                Use use) {
  const SocketState& socket = *file.socket();
  if (socket.is_unix()) {
    const bool ends_association = use == Use::kConnect && guest.family() == AF_UNSPEC;
    // Only datagrams have an address of their own; the host says what is wrong with others.
    if (ends_association || (use == Use::kSend && socket.type() != SOCK_DGRAM)) {
      return Destination{guest, nullptr, host::UniqueFd()};
    }
    UnixNames::Target target = LIND_TRY(caller.kernel().network().unix_names.find(caller, guest));
    return Destination{target.host, std::move(target.name), std::move(target.file)};
  }
  if (!caller.kernel().network().policy.allows_all()) {
    LIND_TRY(check_rules(caller, socket, guest, use));
  }
  return Destination{guest, nullptr, host::UniqueFd()};
}

SocketAddress guest_address(Caller& caller, const SocketState& socket, const SocketAddress& host) {
  if (!socket.is_unix() || host.num_bytes == 0) return host;
  return caller.kernel().network().unix_names.to_guest(host);
}

void note_sender(Caller& caller, SocketState& socket, const SocketAddress& host) {
  if (socket.type() != SOCK_DGRAM || caller.kernel().network().policy.allows_all()) return;
  const std::optional<InternetAddress> address = parse_internet_address(host.view());
  if (address) socket.heard_from(*address);
}

bool tells_sender(Caller& caller, const OpenFile& file) noexcept {
  return file.socket()->is_unix() && caller.kernel().network().tells_senders.load();
}

}  // namespace lind::rawposix
