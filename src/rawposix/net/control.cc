#include "rawposix/net/control.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <netinet/in.h>
#include <netinet/udp.h>

#include "rawposix/net/socket_call_internal.h"
#include "runtime/address_space.h"

namespace lind::rawposix {
namespace {

/// net/core/sock.c: sysctl_optmem_max as it was up to v6.7.
constexpr std::uint32_t kMaxControlBytes = 20480;

constexpr std::size_t align(std::size_t size, std::size_t unit) noexcept {
  return (size + unit - 1) / unit * unit;
}

void append_host(std::vector<std::byte>& host, std::int32_t level, std::int32_t type,
                 std::span<const std::byte> data) {
  struct cmsghdr header{};
  header.cmsg_len = CMSG_LEN(data.size());
  header.cmsg_level = level;
  header.cmsg_type = type;
  const std::size_t start = host.size();
  host.resize(start + CMSG_SPACE(data.size()));
  std::memcpy(host.data() + start, &header, sizeof(header));
  if (data.empty()) return;
  std::memcpy(host.data() + start + CMSG_LEN(0), data.data(), data.size());
}

Result<void> add_files(Caller& caller, std::span<const std::byte> data, SentControl& control) {
  const std::size_t count = data.size() / sizeof(std::int32_t);
  if (count > uapi::kScmMaxFds || control.files.size() + count > uapi::kScmMaxFds - 1) {
    return uapi::Errno::kEINVAL;
  }
  for (std::size_t i = 0; i < count; ++i) {
    std::int32_t fd = -1;
    std::memcpy(&fd, data.data() + i * sizeof(fd), sizeof(fd));
    control.files.push_back(LIND_TRY(caller.fds().get(Fd{fd})));
  }
  return {};
}

Result<void> check_credentials(Caller& caller, std::span<const std::byte> data) {
  uapi::Credentials given;
  if (data.size() != sizeof(given)) return uapi::Errno::kEINVAL;
  std::memcpy(&given, data.data(), sizeof(given));
  const std::shared_ptr<const Credentials> who = caller.process().credentials();
  const bool is_own = given.pid == caller.process().pid() &&
                      (who->is_root() || (who->users.has(given.uid) && who->groups.has(given.gid)));
  return is_own ? Result<void>() : uapi::Errno::kEPERM;
}

/// One entry of a Unix socket.  Source: __scm_send, net/core/scm.c, v6.1.
Result<void> add_unix(Caller& caller, const uapi::Cmsghdr& header, std::span<const std::byte> data,
                      SentControl& control) {
  if (header.level != SOL_SOCKET) return {};
  switch (header.type) {
    case SCM_RIGHTS:
      return add_files(caller, data, control);
    case SCM_CREDENTIALS:
      control.names_sender = true;
      return check_credentials(caller, data);
    default:
      return uapi::Errno::kEINVAL;
  }
}

/// One entry of an internet socket.  Only what cannot lead a message elsewhere than where the rules
/// were asked about: a source route (IP_RETOPTS, IPV6_RTHDR) would.
Result<void> add_internet(const uapi::Cmsghdr& header, std::span<const std::byte> data,
                          SentControl& control) {
  struct Known {
    std::int32_t level;
    std::int32_t type;
  };
  static constexpr Known kKnown[] = {
      {SOL_SOCKET, SO_TIMESTAMPING}, {IPPROTO_IP, IP_PKTINFO},      {IPPROTO_IP, IP_TTL},
      {IPPROTO_IP, IP_TOS},          {IPPROTO_IPV6, IPV6_PKTINFO},  {IPPROTO_IPV6, IPV6_HOPLIMIT},
      {IPPROTO_IPV6, IPV6_TCLASS},   {IPPROTO_IPV6, IPV6_DONTFRAG}, {IPPROTO_UDP, UDP_SEGMENT},
  };
  // These two mean nothing to such sockets, which ignore them.
  const bool is_ignored =
      header.level == SOL_SOCKET && (header.type == SCM_RIGHTS || header.type == SCM_CREDENTIALS);
  if (is_ignored) return {};
  const bool is_known = std::ranges::any_of(kKnown, [&header](const Known& known) {
    return known.level == header.level && known.type == header.type;
  });
  if (!is_known) return uapi::Errno::kEINVAL;
  append_host(control.host, header.level, header.type, data);
  return {};
}

}  // namespace

Result<SentControl> read_control(Caller& caller, const SocketState& socket,
                                 runtime::GuestBytes place, std::uint32_t num_bytes) {
  SentControl control;
  if (num_bytes == 0) return control;
  if (num_bytes > kMaxControlBytes) return uapi::Errno::kENOBUFS;
  std::vector<std::byte> bytes(num_bytes);
  LIND_TRY(place.owner()->copy_in(bytes, place.addr()));
  std::span<const std::byte> left(bytes);
  while (left.size() >= sizeof(uapi::Cmsghdr)) {
    uapi::Cmsghdr header;
    std::memcpy(&header, left.data(), sizeof(header));
    if (header.num_bytes < sizeof(header) || header.num_bytes > left.size()) {
      return uapi::Errno::kEINVAL;
    }
    const auto data = left.subspan(sizeof(header), header.num_bytes - sizeof(header));
    LIND_TRY(socket.is_unix() ? add_unix(caller, header, data, control)
                              : add_internet(header, data, control));
    left = left.subspan(std::min(left.size(), align(header.num_bytes, uapi::kCmsgAlign)));
  }
  return control;
}

void append_rights(std::vector<std::byte>& host, std::span<const int> fds) {
  append_host(host, SOL_SOCKET, SCM_RIGHTS, std::as_bytes(fds));
}

ReceivedControl parse_control(std::span<const std::byte> host) {
  ReceivedControl control;
  while (host.size() >= sizeof(struct cmsghdr)) {
    struct cmsghdr header{};
    std::memcpy(&header, host.data(), sizeof(header));
    if (header.cmsg_len < sizeof(header) || header.cmsg_len > host.size()) break;
    const auto data = host.subspan(CMSG_LEN(0), header.cmsg_len - CMSG_LEN(0));
    if (header.cmsg_level == SOL_SOCKET && header.cmsg_type == SCM_RIGHTS) {
      for (std::size_t at = 0; at + sizeof(int) <= data.size(); at += sizeof(int)) {
        int fd = -1;
        std::memcpy(&fd, data.data() + at, sizeof(fd));
        control.fds.emplace_back(fd);
      }
    } else {
      control.entries.push_back({header.cmsg_level, header.cmsg_type, data});
    }
    host = host.subspan(std::min(host.size(), align(header.cmsg_len, sizeof(std::size_t))));
  }
  return control;
}

// Source: put_cmsg_compat, net/compat.c, v6.1.
void ControlWriter::put(std::int32_t level, std::int32_t type, std::span<const std::byte> data) {
  const std::size_t left = room_ - bytes_.size();
  uapi::Cmsghdr header;
  if (left < sizeof(header)) {
    truncated_ = true;
    return;
  }
  const std::size_t whole = sizeof(header) + data.size();
  const std::size_t used = std::min(whole, left);
  truncated_ = truncated_ || used < whole;
  header.num_bytes = static_cast<std::uint32_t>(used);
  header.level = level;
  header.type = type;
  const std::size_t start = bytes_.size();
  bytes_.resize(start + std::min(align(whole, uapi::kCmsgAlign), left));
  std::memcpy(bytes_.data() + start, &header, sizeof(header));
  if (used == sizeof(header)) return;
  std::memcpy(bytes_.data() + start + sizeof(header), data.data(), used - sizeof(header));
}

std::size_t ControlWriter::room_for_fds() const noexcept {
  const std::size_t left = room_ - bytes_.size();
  if (left <= sizeof(uapi::Cmsghdr)) return 0;
  return (left - sizeof(uapi::Cmsghdr)) / sizeof(std::int32_t);
}

}  // namespace lind::rawposix
