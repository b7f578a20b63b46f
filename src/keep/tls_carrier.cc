#include "keep/tls_carrier.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/core.h>
#include <openssl/err.h>

namespace lind::keep {
namespace {

constexpr std::chrono::seconds kHandshakePatience{10};
/// For peers that take nothing more, once the program has ended.
constexpr std::chrono::seconds kEndPatience{10};
constexpr unsigned kKindBits = 3;

struct Pair {
  host::UniqueFd ours;
  host::UniqueFd theirs;
};

/// The plain ends of a connection; that of the program blocks, as an accepted socket does.
ErrorOr<Pair> make_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return host_error("socketpair", errno);
  }
  return Pair{host::UniqueFd(ends[0]), host::UniqueFd(ends[1])};
}

bool set_nonblocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

void set_patience(int socket, std::chrono::seconds patience) {
  const timeval time{.tv_sec = patience.count(), .tv_usec = 0};
  (void)::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
  (void)::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

}  // namespace

ErrorOr<TlsCarrier> TlsCarrier::create(TlsContexts contexts) {
  host::UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return host_error("epoll_create1", errno);
  return TlsCarrier(std::move(contexts), std::move(epoll));
}

ErrorOr<void> TlsCarrier::connect(host::UniqueFd tcp, const std::string& host,
                                  host::UniqueFd plain) {
  OpensslPtr<SSL> ssl = LIND_TRY(contexts_.connect(tcp.get(), host));
  set_patience(tcp.get(), kHandshakePatience);
  ::ERR_clear_error();
  if (::SSL_do_handshake(ssl.get()) != 1) {
    return Error(
        fmt::format("failed to connect to endpoint: {}: {}", host, handshake_error(ssl.get())));
  }
  if (!set_nonblocking(tcp.get())) return host_error("fcntl", errno);
  Peer peer{.connection = std::make_unique<TlsConnection>(std::move(ssl), std::move(tcp))};
  peer.connection->set_plain(std::move(plain));
  peer.is_handed_over = true;
  peers_.emplace(next_id_++, std::move(peer));
  return {};
}

ErrorOr<void> TlsCarrier::listen(host::UniqueFd tcp, host::UniqueFd hand_over) {
  if (!set_nonblocking(tcp.get())) return host_error("fcntl", errno);
  listeners_.push_back({.tcp = std::move(tcp), .hand_over = std::move(hand_over), .waiting = {}});
  return {};
}

bool TlsCarrier::watch(int fd, Kind kind, std::uint64_t id, std::uint32_t events,
                       bool is_new) const {
  epoll_event event{};
  event.events = events;
  event.data.u64 = (id << kKindBits) | static_cast<std::uint64_t>(kind);
  return ::epoll_ctl(epoll_.get(), is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) == 0;
}

void TlsCarrier::set_watched(std::uint64_t id, Peer& peer) const {
  const TlsConnection& connection = *peer.connection;
  // epoll tells of a hang-up whether one asks or not: from then on nobody waits there.
  const auto update = [&](int fd, Kind kind, std::uint32_t events, bool hung_up, bool& watches) {
    if (fd < 0) return;
    if (!hung_up) {
      watches = watch(fd, kind, id, events, !watches);
    } else if (watches) {
      (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
      watches = false;
    }
  };
  update(connection.tcp(), Kind::kTcp, connection.wanted_of_tcp(), peer.tcp_hung_up,
         peer.watches_tcp);
  update(connection.plain(), Kind::kPlain, connection.wanted_of_plain(), peer.plain_hung_up,
         peer.watches_plain);
}

void TlsCarrier::watch_listeners(bool accepting) {
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    Listener& listener = listeners_[i];
    const bool is_open = listener.hand_over.valid() && !is_ending_;
    const bool wants = is_open && accepting && listener.waiting.empty();
    const bool is_new = !listener.watches_tcp;
    if (is_new && !wants) continue;
    listener.watches_tcp =
        watch(listener.tcp.get(), Kind::kListener, i, wants ? std::uint32_t{EPOLLIN} : 0, is_new);
  }
}

void TlsCarrier::accept_all(std::size_t index) {
  Listener& listener = listeners_[index];
  while (listener.waiting.empty()) {
    host::UniqueFd tcp(
        ::accept4(listener.tcp.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!tcp.valid()) {
      // Without descriptors to spare: when a connection ends, there is one again.
      const bool is_full = errno == EMFILE || errno == ENFILE || errno == ENOMEM;
      if (is_full) watch_listeners(peers_.empty());
      return;
    }
    ErrorOr<OpensslPtr<SSL>> ssl = contexts_.accept(tcp.get());
    if (!ssl.ok()) continue;
    const std::uint64_t id = next_id_++;
    Peer peer{.connection =
                  std::make_unique<TlsConnection>(std::move(ssl).value(), std::move(tcp))};
    peer.listener = index;
    peers_.emplace(id, std::move(peer));
    handshakes_.emplace_back(Clock::now() + kHandshakePatience, id);
    step(id);
  }
}

bool TlsCarrier::hand_over(Listener& listener, int fd) const {
  char byte = 'c';
  iovec data{.iov_base = &byte, .iov_len = 1};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &fd, sizeof(fd));
  return ::sendmsg(listener.hand_over.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

void TlsCarrier::hand_over_waiting(Listener& listener) {
  while (!listener.waiting.empty() && hand_over(listener, listener.waiting.front().get()))
    listener.waiting.pop_front();
  watch_listeners(true);
}

void TlsCarrier::add_plain(std::uint64_t id, Peer& peer) {
  ErrorOr<Pair> pair = make_pair();
  if (!pair.ok()) return remove(id);
  peer.is_handed_over = true;
  peer.connection->set_plain(std::move(pair.value().ours));
  Listener& listener = listeners_[peer.listener];
  if (!listener.waiting.empty() || !hand_over(listener, pair.value().theirs.get())) {
    listener.waiting.push_back(std::move(pair.value().theirs));
    watch_listeners(false);
  }
}

void TlsCarrier::remove(std::uint64_t id) {
  peers_.erase(id);  // closing takes its sockets out of epoll
  watch_listeners(true);
}

void TlsCarrier::step(std::uint64_t id) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return;
  Peer& peer = found->second;
  TlsConnection::Progress progress = peer.connection->step();
  if (progress == TlsConnection::Progress::kCarries && !peer.is_handed_over) {
    add_plain(id, peer);
    if (!peers_.contains(id)) return;
    progress = peer.connection->step();
  }
  if (progress == TlsConnection::Progress::kEnded) return remove(id);
  set_watched(id, peer);
}

void TlsCarrier::begin_end() {
  is_ending_ = true;
  end_ = Clock::now() + kEndPatience;
  listeners_.clear();
  std::erase_if(peers_, [](const auto& entry) { return !entry.second.is_handed_over; });
}

void TlsCarrier::handle(Kind kind, std::uint64_t id, std::uint32_t events) {
  const bool hung_up = (events & (EPOLLHUP | EPOLLERR)) != 0;
  switch (kind) {
    case Kind::kListener:
      return accept_all(id);
    case Kind::kHandOver: {
      Listener& listener = listeners_[id];
      if (hung_up) {  // the program has closed its listener
        listener = {};
        return;
      }
      return hand_over_waiting(listener);
    }
    case Kind::kLife:
      return begin_end();
    case Kind::kTcp:
    case Kind::kPlain:
      break;
  }
  const auto found = peers_.find(id);
  if (found == peers_.end()) return;
  if (hung_up && kind == Kind::kTcp) found->second.tcp_hung_up = true;
  if (hung_up && kind == Kind::kPlain) {
    found->second.plain_hung_up = true;
    found->second.connection->program_left();
  }
  step(id);
}

int TlsCarrier::patience_ms() {
  const Clock::time_point now = Clock::now();
  while (!handshakes_.empty()) {
    const auto [deadline, id] = handshakes_.front();
    const auto found = peers_.find(id);
    const bool is_done = found == peers_.end() || found->second.is_handed_over;
    if (!is_done && deadline > now) break;
    handshakes_.pop_front();
    if (!is_done) remove(id);
  }
  constexpr int kForever = -1;
  if (handshakes_.empty() && !is_ending_) return kForever;
  Clock::time_point next = is_ending_ ? end_ : handshakes_.front().first;
  if (!handshakes_.empty()) next = std::min(next, handshakes_.front().first);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - now).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

void TlsCarrier::run(host::UniqueFd life) {
  if (!watch(life.get(), Kind::kLife, 0, EPOLLIN, true)) return;
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    // Edge-triggered: there mostly is room, and nobody waits for that.
    (void)watch(listeners_[i].hand_over.get(), Kind::kHandOver, i, EPOLLOUT | EPOLLET, true);
  }
  watch_listeners(true);
  std::vector<std::uint64_t> ids;
  for (const auto& [id, peer] : peers_)
    ids.push_back(id);
  for (const std::uint64_t id : ids)
    step(id);
  while (!is_ending_ || (!peers_.empty() && Clock::now() < end_)) {
    std::array<epoll_event, 64> events{};
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), patience_ms());
    if (count < 0 && errno != EINTR) return;
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events.at(static_cast<std::size_t>(i));
      const auto kind = static_cast<Kind>(event.data.u64 & ((1U << kKindBits) - 1));
      const bool is_of_peer = kind == Kind::kTcp || kind == Kind::kPlain;
      if (is_ending_ && !is_of_peer) continue;
      handle(kind, event.data.u64 >> kKindBits, event.events);
    }
    if (is_ending_ && life.valid()) life.reset();
  }
}

}  // namespace lind::keep
