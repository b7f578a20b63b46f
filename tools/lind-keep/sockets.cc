#include "sockets.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <vector>

#include "network_options.h"

namespace lind::cli {
namespace {

using rawposix::InternetAddress;

constexpr timeval kPatience = {.tv_sec = 30, .tv_usec = 0};

/// As the host's calls take it: every address as one of IPv6, IPv4 mapped into it.
sockaddr_in6 to_sockaddr(const InternetAddress& address) {
  sockaddr_in6 bytes{};
  bytes.sin6_family = AF_INET6;
  bytes.sin6_port = htons(address.port);
  std::memcpy(&bytes.sin6_addr, address.bytes.data(), address.bytes.size());
  return bytes;
}

bool is_ipv4(const InternetAddress& address) {
  const sockaddr_in6 bytes = to_sockaddr(address);
  return IN6_IS_ADDR_V4MAPPED(&bytes.sin6_addr);
}

/// The same as an address of IPv4.
sockaddr_in to_ipv4(const InternetAddress& address) {
  constexpr std::size_t kPrefixBytes = 12;
  sockaddr_in bytes{};
  bytes.sin_family = AF_INET;
  bytes.sin_port = htons(address.port);
  std::memcpy(&bytes.sin_addr, address.bytes.data() + kPrefixBytes, sizeof(bytes.sin_addr));
  return bytes;
}

using Call = int (*)(int, const sockaddr*, socklen_t);

/// bind or connect.
int call_with(Call call, int socket, const InternetAddress& address) {
  if (is_ipv4(address)) {
    const sockaddr_in bytes = to_ipv4(address);
    const void* const data = &bytes;
    return call(socket, static_cast<const sockaddr*>(data), sizeof(bytes));
  }
  const sockaddr_in6 bytes = to_sockaddr(address);
  const void* const data = &bytes;
  return call(socket, static_cast<const sockaddr*>(data), sizeof(bytes));
}

host::UniqueFd make_socket(const InternetAddress& address) {
  const int family = is_ipv4(address) ? AF_INET : AF_INET6;
  return host::UniqueFd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

void set(int socket, int level, int option, int value) {
  // The calls behind say what cannot be done without it.
  (void)::setsockopt(socket, level, option, &value, sizeof(value));
}

}  // namespace

ErrorOr<host::UniqueFd> listen_tcp(const std::string& address, std::uint16_t port) {
  const std::string what =
      "failed to setup listening socket: " + address + " port " + std::to_string(port);
  // "::" is the unspecified address, which addresses_of takes for the loopback one.
  InternetAddress at{.bytes = {}, .port = port};
  if (address == "0.0.0.0") {
    at.bytes[10] = at.bytes[11] = 0xff;
  } else if (address != "::") {
    const ErrorOr<std::vector<InternetAddress>> found = addresses_of(address);
    if (!found.ok() || found.value().empty()) return Error(what + ": no address");
    at.bytes = found.value().front().bytes;
  }
  host::UniqueFd socket = make_socket(at);
  if (!socket.valid() && address == "::") {  // a host without IPv6
    at.bytes[10] = at.bytes[11] = 0xff;
    socket = make_socket(at);
  }
  if (!socket.valid()) return host_error(what, errno);
  set(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (!is_ipv4(at)) set(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (call_with(::bind, socket.get(), at) != 0 || ::listen(socket.get(), SOMAXCONN) != 0) {
    return host_error(what, errno);
  }
  return socket;
}

ErrorOr<host::UniqueFd> connect_tcp(const std::string& host, std::uint16_t port) {
  const std::string what =
      "failed to connect to endpoint: " + host + " port " + std::to_string(port);
  const ErrorOr<std::vector<InternetAddress>> found =
      addresses_of(host == "localhost" ? "127.0.0.1" : host);
  if (!found.ok() || found.value().empty()) return Error(what + ": no address");
  int reason = 0;
  for (InternetAddress address : found.value()) {
    address.port = port;
    host::UniqueFd socket = make_socket(address);
    if (socket.valid()) {
      // SO_SNDTIMEO limits connect, too.
      (void)::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
      if (call_with(::connect, socket.get(), address) == 0) {
        constexpr timeval kForever{};
        (void)::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kForever, sizeof(kForever));
        return socket;
      }
    }
    reason = errno == EINPROGRESS ? ETIMEDOUT : errno;
  }
  return host_error(what, reason);
}

}  // namespace lind::cli
