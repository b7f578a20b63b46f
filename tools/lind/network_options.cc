#include "network_options.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <netinet/in.h>
#include <optional>
#include <span>
#include <sstream>
#include <string_view>

#include <fmt/core.h>

#include "host/unique_fd.h"

namespace lind::cli {
namespace {

using rawposix::InternetAddress;
using rawposix::NetworkPolicy;

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

std::optional<InternetAddress> parse_numeric(const std::string& host) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  if (::inet_pton(AF_INET, host.c_str(), &in.sin_addr) == 1) {
    return rawposix::parse_internet_address(std::as_bytes(std::span(&in, 1)));
  }
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  if (::inet_pton(AF_INET6, host.c_str(), &in6.sin6_addr) == 1) {
    return rawposix::parse_internet_address(std::as_bytes(std::span(&in6, 1)));
  }
  return std::nullopt;
}

/// What `getent ahosts HOST` prints; nothing if it cannot be run or fails.
std::optional<std::string> look_up(const std::string& host) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  const host::UniqueFd reader(ends[0]);
  host::UniqueFd writer(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::dup2(writer.get(), STDOUT_FILENO) < 0) ::_exit(127);
    ::execl("/usr/bin/getent", "getent", "ahosts", host.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  if (child < 0) return std::nullopt;
  writer.reset();
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t count = 0; (count = ::read(reader.get(), part.data(), part.size())) > 0;) {
    text.append(part.data(), static_cast<std::size_t>(count));
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || status != 0) return std::nullopt;
  return text;
}

ErrorOr<void> add_connect(const std::string& text, NetworkPolicy& policy) {
  const std::size_t colon = text.rfind(':');
  const auto wrong = [&text] {
    return Error(fmt::format("--allow-connect {}: expected HOST:PORT, where each may be *", text));
  };
  if (colon == std::string::npos || colon == 0) return wrong();
  NetworkPolicy::Destination destination;
  if (const std::string port = text.substr(colon + 1); port != "*") {
    destination.port = parse_port(port);
    if (!destination.port) return wrong();
  }
  std::string host = text.substr(0, colon);
  if (host == "*") {
    policy.allow_connect(destination);
    return {};
  }
  const bool has_brackets = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  if (has_brackets) host = host.substr(1, host.size() - 2);
  if (!has_brackets && host.find(':') != std::string::npos) return wrong();
  for (const InternetAddress& address : LIND_TRY(addresses_of(host))) {
    destination.address = address.bytes;
    policy.allow_connect(destination);
  }
  return {};
}

}  // namespace

ErrorOr<std::vector<InternetAddress>> addresses_of(const std::string& host) {
  if (const auto numeric = parse_numeric(host)) return std::vector{*numeric};
  if (host.starts_with('-')) return Error(fmt::format("{}: no name of a host", host));
  const std::optional<std::string> listed = look_up(host);
  if (!listed) return Error(fmt::format("{}: no address found", host));
  std::vector<InternetAddress> found;
  std::istringstream lines(*listed);
  for (std::string line; std::getline(lines, line);) {
    const auto address = parse_numeric(line.substr(0, line.find(' ')));
    if (address && std::ranges::find(found, *address) == found.end()) found.push_back(*address);
  }
  return found;
}

ErrorOr<NetworkPolicy> make_network_policy(const NetworkOptions& options) {
  NetworkPolicy policy;
  if (options.net == "host") policy.allow_all();
  for (const std::string& text : options.allow_connect)
    LIND_TRY(add_connect(text, policy));
  for (const std::string& text : options.allow_listen) {
    const std::optional<std::uint16_t> port = parse_port(text);
    if (!port) return Error(fmt::format("--allow-listen {}: expected a port", text));
    policy.allow_listen(*port);
  }
  return policy;
}

}  // namespace lind::cli
