#include "rawposix/net/network_policy.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>

#include <fmt/core.h>

namespace lind::rawposix {
namespace {

using AddressBytes = std::array<std::uint8_t, 16>;

constexpr AddressBytes kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
constexpr AddressBytes kLoopback6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
constexpr AddressBytes kLoopback4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
/// linux/ipv6: SIN6_LEN_RFC2133, without the scope.
constexpr std::size_t kSin6MinBytes = 24;

bool is_mapped(const AddressBytes& bytes) noexcept {
  return std::equal(bytes.begin(), bytes.begin() + 12, kMappedPrefix.begin());
}

template <typename T>
T part_of(std::span<const std::byte> bytes) noexcept {
  T value{};
  std::memcpy(&value, bytes.data(), std::min(sizeof(T), bytes.size()));
  return value;
}

}  // namespace

std::optional<InternetAddress> parse_internet_address(std::span<const std::byte> sockaddr) {
  if (sockaddr.size() < sizeof(sa_family_t)) return std::nullopt;
  InternetAddress address;
  const auto family = part_of<sa_family_t>(sockaddr);
  if (family == AF_INET && sockaddr.size() >= sizeof(sockaddr_in)) {
    const auto in = part_of<sockaddr_in>(sockaddr);
    address.bytes = kMappedPrefix;
    std::memcpy(address.bytes.data() + 12, &in.sin_addr, 4);
    address.port = ntohs(in.sin_port);
  } else if (family == AF_INET6 && sockaddr.size() >= kSin6MinBytes) {
    const auto in = part_of<sockaddr_in6>(sockaddr);
    std::memcpy(address.bytes.data(), &in.sin6_addr, 16);
    address.port = ntohs(in.sin6_port);
  } else {
    return std::nullopt;
  }
  if (address.bytes == AddressBytes{}) address.bytes = kLoopback6;
  if (address.bytes == kMappedPrefix) address.bytes = kLoopback4;
  return address;
}

std::string to_text(const InternetAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_mapped(address.bytes)) {
    (void)::inet_ntop(AF_INET, address.bytes.data() + 12, text.data(), text.size());
    return fmt::format("{}:{}", text.data(), address.port);
  }
  (void)::inet_ntop(AF_INET6, address.bytes.data(), text.data(), text.size());
  return fmt::format("[{}]:{}", text.data(), address.port);
}

bool NetworkPolicy::allows_connect(const InternetAddress& to) const noexcept {
  return all_ || std::ranges::any_of(destinations_, [&to](const Destination& allowed) {
           return (!allowed.address || *allowed.address == to.bytes) &&
                  (!allowed.port || *allowed.port == to.port);
         });
}

bool NetworkPolicy::allows_bind(std::uint16_t port) const noexcept {
  if (port == 0 && !destinations_.empty()) return true;
  return all_ || std::ranges::find(ports_, port) != ports_.end();
}

bool NetworkPolicy::allows_listen(std::uint16_t port) const noexcept {
  // A port that is bound and not in the list was chosen by the host: allows_bind saw to that.
  return all_ || std::ranges::find(ports_, port) != ports_.end() ||
         std::ranges::find(ports_, 0) != ports_.end();
}

}  // namespace lind::rawposix
