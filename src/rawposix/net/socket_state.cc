#include "rawposix/net/socket_state.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace lind::rawposix {

bool SocketState::is_unix() const noexcept {
  return domain_ == AF_UNIX;
}

std::shared_ptr<UnixName> SocketState::name() const {
  const MutexLock lock(mu_);
  return name_;
}

void SocketState::set_name(std::shared_ptr<UnixName> name) {
  const MutexLock lock(mu_);
  std::swap(name_, name);
}

void SocketState::set_peer_name(std::shared_ptr<UnixName> name) {
  const MutexLock lock(mu_);
  std::swap(peer_name_, name);
}

uapi::Credentials SocketState::peer() const {
  const MutexLock lock(mu_);
  return peer_;
}

void SocketState::set_peer(const uapi::Credentials& credentials) {
  const MutexLock lock(mu_);
  peer_ = credentials;
}

void SocketState::heard_from(const InternetAddress& address) {
  const MutexLock lock(mu_);
  if (std::ranges::find(heard_, address) != heard_.end()) return;
  if (heard_.size() < kMaxHeard) {
    heard_.push_back(address);
  } else {
    heard_[next_heard_++ % kMaxHeard] = address;
  }
}

bool SocketState::has_heard_from(const InternetAddress& address) const {
  const MutexLock lock(mu_);
  return std::ranges::find(heard_, address) != heard_.end();
}

std::shared_ptr<SocketState> adopt_socket(int fd) {
  std::int32_t domain = AF_UNSPEC;
  std::int32_t type = 0;
  socklen_t size = sizeof(domain);
  if (::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 ||
      ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
    return nullptr;
  }
  if (domain != AF_UNIX && domain != AF_INET && domain != AF_INET6) return nullptr;
  return std::make_shared<SocketState>(domain, type);
}

}  // namespace lind::rawposix
