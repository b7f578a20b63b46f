#include "rawposix/tty/readiness.h"

#include <sys/socket.h>

#include <array>

#include "host/errno.h"

namespace lind::rawposix {
namespace {

constexpr int kNow = MSG_DONTWAIT | MSG_NOSIGNAL;

void drain(int fd) {
  std::array<char, 4096> bytes{};
  while (::recv(fd, bytes.data(), bytes.size(), kNow) > 0) {
  }
}

void fill(int fd) {
  static constexpr std::array<char, 16384> kBytes{};
  while (::send(fd, kBytes.data(), kBytes.size(), kNow) > 0) {
  }
}

}  // namespace

Result<Readiness> Readiness::create() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return host::last_errno();
  }
  return Readiness(host::UniqueFd(ends[0]), host::UniqueFd(ends[1]));
}

void Readiness::set(const State& state) {
  if (state_.hung_up) return;
  if (state.readable != state_.readable) {
    if (state.readable) {
      (void)::send(ours_.get(), "", 1, kNow);  // there is room: it is the only byte
    } else {
      drain(theirs_->get());
    }
  }
  if (state.writable != state_.writable) {
    if (state.writable) {
      drain(ours_.get());
    } else {
      fill(theirs_->get());
    }
  }
  if (state.hung_up) (void)::shutdown(ours_.get(), SHUT_RDWR);
  state_ = state;
}

}  // namespace lind::rawposix
