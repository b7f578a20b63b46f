/// \file
/// All TLS connections of a keep, carried by a process of their own.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "host/unique_fd.h"
#include "keep/tls_connection.h"
#include "keep/tls_context.h"

namespace lind::keep {

/// Listens, shakes hands and carries bytes, waiting in one place for all of them.
///
/// A program's listener is a Unix socket of type SOCK_SEQPACKET: each message on it carries the
/// plain end of one connection, whose handshake is done.  So poll finds it ready when accept would
/// be.
///
/// Keys never are in the process that has guests.  Whoever runs it gives it up to a process of its
/// own: connect before that process is confined, run afterwards.
///
/// Threading: one thread.
class TlsCarrier {
 public:
  /// Errors: the host's.
  static ErrorOr<TlsCarrier> create(TlsContexts contexts);

  /// Shakes hands on a connected socket, and waits for it.
  /// Errors: "failed to connect to endpoint: ...".
  ErrorOr<void> connect(host::UniqueFd tcp, const std::string& host, host::UniqueFd plain);
  /// Takes over a listening socket; connections go to `hand_over`.
  ErrorOr<void> listen(host::UniqueFd tcp, host::UniqueFd hand_over);
  /// Carries until the other end of `life` is closed and what the programs had written is sent, or
  /// nobody takes it.
  void run(host::UniqueFd life);

 private:
  using Clock = std::chrono::steady_clock;
  enum class Kind : std::uint8_t { kTcp, kPlain, kListener, kHandOver, kLife };
  struct Peer {
    std::unique_ptr<TlsConnection> connection;
    std::size_t listener = 0;  ///< which one accepted it
    bool is_handed_over = false;
    bool watches_tcp = false;
    bool watches_plain = false;
    bool tcp_hung_up = false;  ///< all that can still be read is there
    bool plain_hung_up = false;
  };
  struct Listener {
    host::UniqueFd tcp;
    host::UniqueFd hand_over;
    std::deque<host::UniqueFd> waiting;  ///< plain ends that the program has no room for
    bool watches_tcp = false;
  };

  TlsCarrier(TlsContexts contexts, host::UniqueFd epoll)
      : contexts_(std::move(contexts)), epoll_(std::move(epoll)) {}

  /// True once the socket is watched or needs not be.
  bool watch(int fd, Kind kind, std::uint64_t id, std::uint32_t events, bool is_new) const;
  void set_watched(std::uint64_t id, Peer& peer) const;
  void accept_all(std::size_t index);
  void watch_listeners(bool accepting);
  bool hand_over(Listener& listener, int fd) const;
  void hand_over_waiting(Listener& listener);
  void add_plain(std::uint64_t id, Peer& peer);
  void step(std::uint64_t id);
  void remove(std::uint64_t id);
  /// The program has ended: no new connections.
  void begin_end();
  void handle(Kind kind, std::uint64_t id, std::uint32_t events);
  int patience_ms();

  TlsContexts contexts_;
  host::UniqueFd epoll_;
  std::vector<Listener> listeners_;
  std::unordered_map<std::uint64_t, Peer> peers_;
  std::uint64_t next_id_ = 1;
  std::deque<std::pair<Clock::time_point, std::uint64_t>> handshakes_;  ///< by deadline
  bool is_ending_ = false;
  Clock::time_point end_ = {};
};

}  // namespace lind::keep
