/// \file
/// What guests may reach of the host's network.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lind::rawposix {

/// An IPv4 or IPv6 address with a port.  IPv4 is kept mapped into IPv6, so that both ways to write
/// one address are one value; the unspecified address is the loopback one, as for connect.
struct InternetAddress {
  std::array<std::uint8_t, 16> bytes{};
  std::uint16_t port = 0;
  bool operator==(const InternetAddress&) const = default;
};

/// The address in a host sockaddr; nothing for other families and for what is too short.
std::optional<InternetAddress> parse_internet_address(std::span<const std::byte> sockaddr);
/// "10.0.0.1:80", "[::1]:80".
std::string to_text(const InternetAddress& address);

/// Nothing is allowed at first.  Immutable once the kernel runs.
///
/// The rules bind sockets of AF_INET and AF_INET6, the loopback interface included.
class NetworkPolicy {
 public:
  struct Destination {
    std::optional<std::array<std::uint8_t, 16>>
        address;                        ///< nothing: any; as InternetAddress has it
    std::optional<std::uint16_t> port;  ///< nothing: any
  };

  /// `--net host`: every address and port.
  void allow_all() noexcept { all_ = true; }
  /// Connections and datagrams to `destination`.
  void allow_connect(const Destination& destination) { destinations_.push_back(destination); }
  /// Being reached at `port`; 0: at ports that the host chooses.
  void allow_listen(std::uint16_t port) { ports_.push_back(port); }

  bool allows_all() const noexcept { return all_; }
  bool allows_connect(const InternetAddress& to) const noexcept;
  /// Binding to `port`.  Whoever may connect may also have a port chosen by the host.
  bool allows_bind(std::uint16_t port) const noexcept;
  /// Being reached at `port`, which is bound; 0: the host is about to choose one.
  bool allows_listen(std::uint16_t port) const noexcept;

  const std::vector<Destination>& destinations() const noexcept { return destinations_; }
  const std::vector<std::uint16_t>& ports() const noexcept { return ports_; }

 private:
  bool all_ = false;
  std::vector<Destination> destinations_;
  std::vector<std::uint16_t> ports_;
};

}  // namespace lind::rawposix
