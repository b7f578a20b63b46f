/// \file
/// What we keep of a socket beside its host descriptor.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "rawposix/net/network_policy.h"
#include "rawposix/net/unix_names.h"
#include "uapi/socket.h"

namespace lind::rawposix {

/// Ownership: its OpenFile's, and that of a message on its way which carries the socket.
/// Threading: any thread.  Lock order: mu_ is a leaf.
class SocketState {
 public:
  SocketState(std::int32_t domain, std::int32_t type) noexcept : domain_(domain), type_(type) {}

  std::int32_t domain() const noexcept { return domain_; }
  std::int32_t type() const noexcept { return type_; }
  bool is_unix() const noexcept;
  bool is_internet() const noexcept { return !is_unix(); }

  /// SO_RCVTIMEO and SO_SNDTIMEO are set: an interrupted call is not made again (signal(7)).
  std::atomic<bool> limits_receiving{false};
  std::atomic<bool> limits_sending{false};
  /// SO_PASSCRED.
  std::atomic<bool> wants_credentials{false};

  /// What stands for a listening socket: each message that comes carries a connection.
  std::atomic<bool> hands_over{false};

  /// The name it was bound to, or the one its listener has; null: unnamed.
  std::shared_ptr<UnixName> name() const LIND_EXCLUDES(mu_);
  void set_name(std::shared_ptr<UnixName> name) LIND_EXCLUDES(mu_);
  /// Of the other end, kept although that may be closed.
  void set_peer_name(std::shared_ptr<UnixName> name) LIND_EXCLUDES(mu_);
  /// SO_PEERCRED.
  uapi::Credentials peer() const LIND_EXCLUDES(mu_);
  void set_peer(const uapi::Credentials& credentials) LIND_EXCLUDES(mu_);

  /// A datagram has come from `address`: it may be answered although no rule names it.
  void heard_from(const InternetAddress& address) LIND_EXCLUDES(mu_);
  bool has_heard_from(const InternetAddress& address) const LIND_EXCLUDES(mu_);

 private:
  static constexpr std::size_t kMaxHeard = 256;
  const std::int32_t domain_;
  const std::int32_t type_;  ///< SOCK_*, without flags
  mutable Mutex mu_;
  std::shared_ptr<UnixName> name_ LIND_GUARDED_BY(mu_);
  std::shared_ptr<UnixName> peer_name_ LIND_GUARDED_BY(mu_);
  // net/core/sock.c, v6.1: what a socket without a peer says.
  uapi::Credentials peer_ LIND_GUARDED_BY(mu_){.pid = 0, .uid = 0xffffffff, .gid = 0xffffffff};
  std::vector<InternetAddress> heard_ LIND_GUARDED_BY(mu_);  ///< a ring
  std::size_t next_heard_ LIND_GUARDED_BY(mu_) = 0;
};

/// For a socket that lind was started with; null for a family that guests have none of.
std::shared_ptr<SocketState> adopt_socket(int fd);

}  // namespace lind::rawposix
