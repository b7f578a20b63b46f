// getsockopt and setsockopt.  Only options of the list reach the host: others may hold pointers, or
// are for the administrator of the host.

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <span>

#include "rawposix/net/socket_call_internal.h"
#include "runtime/address_space.h"

namespace lind::rawposix {
namespace {

/// Whose values have no pointers and look the same in guest and host.  SO_RCVTIMEO and its like
/// have padding that guests need not clear.
enum class Kind : std::uint8_t { kPlain, kReadOnly, kTimeval, kCredentials, kPassCredentials };

struct Option {
  std::int32_t level;
  std::int32_t name;
  Kind kind = Kind::kPlain;
  std::uint32_t max_bytes = sizeof(std::int32_t);  ///< of a value that is set
};

constexpr std::uint32_t kMaxValueBytes = 512;

constexpr Option kOptions[] = {
    {SOL_SOCKET, SO_DEBUG},
    {SOL_SOCKET, SO_REUSEADDR},
    {SOL_SOCKET, SO_TYPE, Kind::kReadOnly},
    {SOL_SOCKET, SO_ERROR, Kind::kReadOnly},
    {SOL_SOCKET, SO_DONTROUTE},
    {SOL_SOCKET, SO_BROADCAST},
    {SOL_SOCKET, SO_SNDBUF},
    {SOL_SOCKET, SO_RCVBUF},
    {SOL_SOCKET, SO_KEEPALIVE},
    {SOL_SOCKET, SO_OOBINLINE},
    {SOL_SOCKET, SO_NO_CHECK},
    {SOL_SOCKET, SO_PRIORITY},
    {SOL_SOCKET, SO_LINGER, Kind::kPlain, sizeof(struct linger)},
    {SOL_SOCKET, SO_REUSEPORT},
    {SOL_SOCKET, SO_PASSCRED, Kind::kPassCredentials},
    {SOL_SOCKET, SO_PEERCRED, Kind::kCredentials},
    {SOL_SOCKET, SO_RCVLOWAT},
    {SOL_SOCKET, SO_SNDLOWAT, Kind::kReadOnly},
    {SOL_SOCKET, SO_RCVTIMEO, Kind::kTimeval, sizeof(uapi::Timeval)},
    {SOL_SOCKET, SO_SNDTIMEO, Kind::kTimeval, sizeof(uapi::Timeval)},
    {SOL_SOCKET, SO_BINDTODEVICE, Kind::kPlain, 16},
    {SOL_SOCKET, SO_TIMESTAMP},
    {SOL_SOCKET, SO_ACCEPTCONN, Kind::kReadOnly},
    {SOL_SOCKET, SO_TIMESTAMPNS},
    {SOL_SOCKET, SO_TIMESTAMPING},
    {SOL_SOCKET, SO_PROTOCOL, Kind::kReadOnly},
    {SOL_SOCKET, SO_DOMAIN, Kind::kReadOnly},
    {SOL_SOCKET, SO_RXQ_OVFL},
    {SOL_SOCKET, SO_PEEK_OFF},
    {SOL_SOCKET, SO_BUSY_POLL},
    {SOL_SOCKET, SO_MAX_PACING_RATE},
    {SOL_SOCKET, SO_INCOMING_CPU},
    {SOL_SOCKET, SO_MEMINFO, Kind::kReadOnly},
    {SOL_SOCKET, SO_COOKIE, Kind::kReadOnly},
    {SOL_SOCKET, SO_INCOMING_NAPI_ID, Kind::kReadOnly},
    {IPPROTO_IP, IP_TOS},
    {IPPROTO_IP, IP_TTL},
    {IPPROTO_IP, IP_PKTINFO},
    {IPPROTO_IP, IP_MTU_DISCOVER},
    {IPPROTO_IP, IP_RECVERR},
    {IPPROTO_IP, IP_RECVTTL},
    {IPPROTO_IP, IP_RECVTOS},
    {IPPROTO_IP, IP_MTU, Kind::kReadOnly},
    {IPPROTO_IP, IP_FREEBIND},
    {IPPROTO_IP, IP_RECVORIGDSTADDR},
    {IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT},
    {IPPROTO_IP, IP_MULTICAST_IF, Kind::kPlain, 12},
    {IPPROTO_IP, IP_MULTICAST_TTL},
    {IPPROTO_IP, IP_MULTICAST_LOOP},
    {IPPROTO_IP, IP_MULTICAST_ALL},
    {IPPROTO_IP, IP_ADD_MEMBERSHIP, Kind::kPlain, 12},
    {IPPROTO_IP, IP_DROP_MEMBERSHIP, Kind::kPlain, 12},
    {IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, Kind::kPlain, 12},
    {IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, Kind::kPlain, 12},
    {IPPROTO_IPV6, IPV6_UNICAST_HOPS},
    {IPPROTO_IPV6, IPV6_MULTICAST_IF},
    {IPPROTO_IPV6, IPV6_MULTICAST_HOPS},
    {IPPROTO_IPV6, IPV6_MULTICAST_LOOP},
    {IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, Kind::kPlain, 20},
    {IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, Kind::kPlain, 20},
    {IPPROTO_IPV6, IPV6_MTU_DISCOVER},
    {IPPROTO_IPV6, IPV6_MTU},
    {IPPROTO_IPV6, IPV6_RECVERR},
    {IPPROTO_IPV6, IPV6_V6ONLY},
    {IPPROTO_IPV6, IPV6_RECVPKTINFO},
    {IPPROTO_IPV6, IPV6_RECVHOPLIMIT},
    {IPPROTO_IPV6, IPV6_RECVTCLASS},
    {IPPROTO_IPV6, IPV6_TCLASS},
    {IPPROTO_IPV6, IPV6_DONTFRAG},
    {IPPROTO_TCP, TCP_NODELAY},
    {IPPROTO_TCP, TCP_MAXSEG},
    {IPPROTO_TCP, TCP_CORK},
    {IPPROTO_TCP, TCP_KEEPIDLE},
    {IPPROTO_TCP, TCP_KEEPINTVL},
    {IPPROTO_TCP, TCP_KEEPCNT},
    {IPPROTO_TCP, TCP_SYNCNT},
    {IPPROTO_TCP, TCP_LINGER2},
    {IPPROTO_TCP, TCP_DEFER_ACCEPT},
    {IPPROTO_TCP, TCP_WINDOW_CLAMP},
    {IPPROTO_TCP, TCP_INFO, Kind::kReadOnly},
    {IPPROTO_TCP, TCP_QUICKACK},
    {IPPROTO_TCP, TCP_CONGESTION, Kind::kPlain, 16},
    {IPPROTO_TCP, TCP_USER_TIMEOUT},
    {IPPROTO_TCP, TCP_FASTOPEN},
    {IPPROTO_TCP, TCP_FASTOPEN_CONNECT},
    {IPPROTO_TCP, TCP_TIMESTAMP, Kind::kReadOnly},
    {IPPROTO_TCP, TCP_NOTSENT_LOWAT},
    {IPPROTO_TCP, TCP_INQ},
    {IPPROTO_UDP, UDP_CORK},
    {IPPROTO_UDP, UDP_SEGMENT},
    {IPPROTO_UDP, UDP_GRO},
};

const Option* find_option(std::int32_t level, std::int32_t name) noexcept {
  const auto* const found = std::ranges::find_if(
      kOptions, [=](const Option& option) { return option.level == level && option.name == name; });
  return found == std::end(kOptions) ? nullptr : found;
}

/// A level that sockets of this family do not have: EOPNOTSUPP, as a missing option is ENOPROTOOPT.
uapi::Errno unknown_option(const SocketState& socket, std::int32_t level) noexcept {
  return socket.is_unix() && level != SOL_SOCKET ? uapi::Errno::kEOPNOTSUPP
                                                 : uapi::Errno::kENOPROTOOPT;
}

Result<std::int64_t> set_timeout(const OpenFile& file, std::int32_t name, GuestBytes value,
                                 std::int32_t num_bytes) {
  if (static_cast<std::size_t>(num_bytes) < sizeof(uapi::Timeval)) return uapi::Errno::kEINVAL;
  const uapi::Timeval time = LIND_TRY(value.at_byte<uapi::Timeval>(0).read());
  const struct timeval host = {.tv_sec = time.sec, .tv_usec = time.usec};
  LIND_TRY(host_call(SYS_setsockopt, file.host_fd(), SOL_SOCKET, name, &host, sizeof(host)));
  SocketState& socket = *file.socket();
  auto& limits = name == SO_RCVTIMEO ? socket.limits_receiving : socket.limits_sending;
  limits = time.sec > 0 || (time.sec == 0 && time.usec > 0);
  return 0;
}

Result<std::int64_t> set_pass_credentials(Caller& caller, const OpenFile& file, GuestBytes value,
                                          std::int32_t num_bytes) {
  if (static_cast<std::size_t>(num_bytes) < sizeof(std::int32_t)) return uapi::Errno::kEINVAL;
  const std::int32_t on = LIND_TRY(value.at_byte<std::int32_t>(0).read());
  if (!file.socket()->is_unix()) return uapi::Errno::kEOPNOTSUPP;
  if (on != 0) caller.kernel().network().tells_senders = true;
  file.socket()->wants_credentials = on != 0;
  return 0;
}

/// A value of ours, cut to what the guest has room for.
template <typename T>
Result<std::int64_t> answer(const T& value, GuestBytes place, GuestSize size, std::int32_t room) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  const auto part =
      bytes.first(std::min<std::size_t>(bytes.size(), static_cast<std::size_t>(room)));
  LIND_TRY(place.owner()->copy_out(place.addr(), part));
  LIND_TRY(size.write(static_cast<std::int32_t>(part.size())));
  return 0;
}

}  // namespace

Result<std::int64_t> sys_setsockopt(Caller& caller, Fd fd, std::int32_t level, std::int32_t name,
                                    GuestBytes value, std::int32_t num_bytes) {
  if (num_bytes < 0) return uapi::Errno::kEINVAL;
  const std::shared_ptr<OpenFile> file = LIND_TRY(socket_file(caller, fd));
  const Option* const option = find_option(level, name);
  if (option == nullptr) return unknown_option(*file->socket(), level);
  switch (option->kind) {
    case Kind::kTimeval:
      return set_timeout(*file, name, value, num_bytes);
    case Kind::kPassCredentials:
      return set_pass_credentials(caller, *file, value, num_bytes);
    case Kind::kCredentials:
    case Kind::kReadOnly:
      return uapi::Errno::kENOPROTOOPT;
    case Kind::kPlain:
      break;
  }
  std::array<std::byte, kMaxValueBytes> bytes{};
  const auto used =
      std::span(bytes).first(std::min(static_cast<std::uint32_t>(num_bytes), option->max_bytes));
  if (!used.empty()) LIND_TRY(value.owner()->copy_in(used, value.addr()));
  return host_call(SYS_setsockopt, file->host_fd(), level, name, used.data(), used.size());
}

Result<std::int64_t> sys_getsockopt(Caller& caller, Fd fd, std::int32_t level, std::int32_t name,
                                    GuestBytes value, GuestSize size) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(socket_file(caller, fd));
  const std::int32_t room = LIND_TRY(size.read());
  if (room < 0) return uapi::Errno::kEINVAL;
  const SocketState& socket = *file->socket();
  const Option* const option = find_option(level, name);
  if (option == nullptr) return unknown_option(socket, level);
  if (option->kind == Kind::kCredentials) return answer(socket.peer(), value, size, room);
  if (option->kind == Kind::kPassCredentials) {
    return answer(std::int32_t{socket.wants_credentials.load()}, value, size, room);
  }
  std::array<std::byte, kMaxValueBytes> bytes{};
  auto used = static_cast<socklen_t>(std::min(static_cast<std::uint32_t>(room), kMaxValueBytes));
  LIND_TRY(host_call(SYS_getsockopt, file->host_fd(), level, name, bytes.data(), &used));
  used = std::min(used, static_cast<socklen_t>(kMaxValueBytes));
  LIND_TRY(value.owner()->copy_out(value.addr(), std::span(bytes).first(used)));
  LIND_TRY(size.write(static_cast<std::int32_t>(used)));
  return 0;
}

}  // namespace lind::rawposix
