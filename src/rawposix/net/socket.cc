// Making sockets, and ending what they do.

#include <sys/syscall.h>

#include <array>
#include <netinet/in.h>

#include "rawposix/net/socket_call_internal.h"
#include "runtime/address_space.h"

namespace lind::rawposix {
namespace {

constexpr std::int32_t kTypeMask = 0xf;  // linux/net.h: SOCK_TYPE_MASK
constexpr std::int32_t kMaxType = 11;    // SOCK_MAX

/// A type as programs give it.
struct TypeArgument {
  std::int32_t type;
  std::int32_t flags;
  bool close_on_exec() const noexcept { return (flags & SOCK_CLOEXEC) != 0; }
  std::int32_t host() const noexcept { return type | flags | SOCK_CLOEXEC; }
};

Result<TypeArgument> parse_type(std::int32_t argument) {
  const TypeArgument type{argument & kTypeMask, argument & ~kTypeMask};
  if ((type.flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) != 0) return uapi::Errno::kEINVAL;
  if (type.type >= kMaxType) return uapi::Errno::kEINVAL;
  return type;
}

/// Which sockets of the internet there are: TCP, UDP and, with the whole network, echo requests.
Result<void> check_internet(const NetworkPolicy& policy, std::int32_t domain, std::int32_t type,
                            std::int32_t protocol) {
  if (protocol < 0 || protocol >= IPPROTO_MAX) return uapi::Errno::kEINVAL;
  const std::int32_t echo =
      domain == AF_INET ? std::int32_t{IPPROTO_ICMP} : std::int32_t{IPPROTO_ICMPV6};
  switch (type) {
    case SOCK_STREAM:
      return protocol == 0 || protocol == IPPROTO_TCP ? Result<void>()
                                                      : uapi::Errno::kEPROTONOSUPPORT;
    case SOCK_DGRAM:
      if (protocol == 0 || protocol == IPPROTO_UDP) return {};
      if (protocol != echo) return uapi::Errno::kEPROTONOSUPPORT;
      return policy.allows_all() ? Result<void>() : uapi::Errno::kEACCES;
    case SOCK_RAW:
      return protocol == 0 ? uapi::Errno::kEPROTONOSUPPORT : uapi::Errno::kEPERM;
    default:
      return uapi::Errno::kESOCKTNOSUPPORT;
  }
}

std::shared_ptr<OpenFile> make_socket(host::UniqueFd fd, std::int32_t domain, std::int32_t type) {
  // AF_UNIX takes SOCK_RAW for SOCK_DGRAM.
  const std::int32_t real_type = domain == AF_UNIX && type == SOCK_RAW ? SOCK_DGRAM : type;
  return std::make_shared<OpenFile>(
      std::make_shared<host::UniqueFd>(std::move(fd)), OpenFile::Type::kSocket, false,
      std::string(), nullptr,
      FileExtras{.socket = std::make_shared<SocketState>(domain, real_type)});
}

}  // namespace

Result<std::int64_t> sys_socket(Caller& caller, std::int32_t domain, std::int32_t argument,
                                std::int32_t protocol) {
  const TypeArgument type = LIND_TRY(parse_type(argument));
  if (domain == AF_INET || domain == AF_INET6) {
    LIND_TRY(check_internet(caller.kernel().network().policy, domain, type.type, protocol));
  } else if (domain != AF_UNIX) {
    return uapi::Errno::kEAFNOSUPPORT;
  }
  const std::int64_t fd = LIND_TRY(host_call(SYS_socket, domain, type.host(), protocol));
  return install_new(caller, make_socket(host::UniqueFd(static_cast<int>(fd)), domain, type.type),
                     type.close_on_exec());
}

Result<std::int64_t> sys_socketpair(Caller& caller, std::int32_t domain, std::int32_t argument,
                                    std::int32_t protocol, GuestPtr<uapi::FdPair> out) {
  const TypeArgument type = LIND_TRY(parse_type(argument));
  if (domain == AF_INET || domain == AF_INET6) {
    LIND_TRY(check_internet(caller.kernel().network().policy, domain, type.type, protocol));
    return uapi::Errno::kEOPNOTSUPP;
  }
  if (domain != AF_UNIX) return uapi::Errno::kEAFNOSUPPORT;
  FdSlot first = LIND_TRY(caller.fds().reserve());
  FdSlot second = LIND_TRY(caller.fds().reserve());
  LIND_TRY(out.write({.first = to_i32(first.fd()), .second = to_i32(second.fd())}));
  std::array<int, 2> ends{};
  LIND_TRY(host_call(SYS_socketpair, domain, type.host(), protocol, ends.data()));
  for (auto* slot : {&first, &second}) {
    auto file = make_socket(host::UniqueFd(ends[slot == &first ? 0 : 1]), domain, type.type);
    file->socket()->set_peer(peer_credentials_of(caller));
    slot->install(std::move(file), type.close_on_exec());
  }
  return 0;
}

Result<std::int64_t> sys_shutdown(Caller& caller, Fd fd, std::int32_t how) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(socket_file(caller, fd));
  return host_call(SYS_shutdown, file->host_fd(), how);
}

}  // namespace lind::rawposix
