#include "listen.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <netinet/in.h>
#include <optional>

#include <fmt/core.h>

namespace lind::cli {
namespace {

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
  int family = AF_UNSPEC;
};

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return port;
}

template <typename T>
Address address_of(int family, const T& value) {
  Address address{.family = family};
  address.size = sizeof(value);
  std::memcpy(&address.bytes, &value, sizeof(value));
  return address;
}

std::optional<Address> parse_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  const std::optional<std::uint16_t> port = parse_port(std::string_view(text).substr(colon + 1));
  if (!port) return std::nullopt;
  const std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    sockaddr_in6 v6{.sin6_family = AF_INET6,
                    .sin6_port = htons(*port),
                    .sin6_flowinfo = 0,
                    .sin6_addr = {},
                    .sin6_scope_id = 0};
    const std::string inner = host.substr(1, host.size() - 2);
    if (::inet_pton(AF_INET6, inner.c_str(), &v6.sin6_addr) != 1) return std::nullopt;
    return address_of(AF_INET6, v6);
  }
  sockaddr_in v4{.sin_family = AF_INET, .sin_port = htons(*port), .sin_addr = {}, .sin_zero = {}};
  if (!host.empty() && ::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) != 1) return std::nullopt;
  return address_of(AF_INET, v4);
}

}  // namespace

ErrorOr<host::UniqueFd> listen_on(const std::string& text) {
  const std::optional<Address> address = parse_address(text);
  if (!address) return Error(fmt::format("--listen {}: expected ADDRESS:PORT", text));
  host::UniqueFd socket(::socket(address->family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return host_error("--listen " + text, errno);
  const int yes = 1;
  const void* const bytes = &address->bytes;
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
      ::bind(socket.get(), static_cast<const sockaddr*>(bytes), address->size) != 0 ||
      ::listen(socket.get(), SOMAXCONN) != 0) {
    return host_error("--listen " + text, errno);
  }
  return socket;
}

}  // namespace lind::cli
