/// \file
/// One TLS connection and the plain socket that a program has of it.

#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "host/unique_fd.h"
#include "keep/tls_context.h"

namespace lind::keep {

/// Carries bytes between a TCP socket, encrypted, and a Unix socket, plain, until both ends of both
/// directions are closed.
///
///     program <-- socket pair --> plain | TlsConnection | SSL, tcp <--> the other end
///
/// A half that the program closes becomes close_notify; close_notify becomes the end of file.
/// Never waits: step does what can be done now, wants says what to wait for.
///
/// Ownership: both sockets, which do not block.  Threading: one thread.
class TlsConnection {
 public:
  enum class Progress : std::uint8_t { kHandshake, kCarries, kEnded };

  TlsConnection(OpensslPtr<SSL> ssl, host::UniqueFd tcp) noexcept
      : ssl_(std::move(ssl)), tcp_(std::move(tcp)) {}

  int tcp() const noexcept { return tcp_.get(); }
  int plain() const noexcept { return plain_.get(); }
  /// The plain socket, once the handshake is done.
  void set_plain(host::UniqueFd plain) noexcept { plain_ = std::move(plain); }

  Progress step();
  /// Takes note that the program has closed both directions.
  void program_left() noexcept { program_left_ = true; }

  /// What epoll should tell of each socket.
  std::uint32_t wanted_of_tcp() const noexcept { return wanted_of_tcp_; }
  std::uint32_t wanted_of_plain() const noexcept { return wanted_of_plain_; }

 private:
  /// Bytes on their way in one direction.
  struct Flow {
    std::array<std::byte, 16384> bytes;  // one TLS record
    std::size_t begin = 0;
    std::size_t end = 0;
    bool source_ended = false;
    bool end_told = false;

    bool empty() const noexcept { return begin == end; }
    std::span<const std::byte> left() const noexcept {
      return std::span(bytes).subspan(begin, end - begin);
    }
  };

  bool fill_from_tcp();
  bool drain_to_plain();
  bool fill_from_plain();
  bool drain_to_tcp();
  /// What SSL could not do now; false if it never can.
  bool note_ssl(int result);
  /// The other end is lost: what came from it is still for the program.
  void break_off() noexcept;

  OpensslPtr<SSL> ssl_;
  host::UniqueFd tcp_;
  host::UniqueFd plain_;
  Flow in_;   ///< to the program
  Flow out_;  ///< from it
  bool shook_hands_ = false;
  bool program_left_ = false;
  std::uint32_t wanted_of_tcp_ = 0;
  std::uint32_t wanted_of_plain_ = 0;
};

}  // namespace lind::keep
