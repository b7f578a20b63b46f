#include "keep/tls_connection.h"

#include <sys/socket.h>

#include <cerrno>

#include <openssl/err.h>

namespace lind::keep {

bool TlsConnection::note_ssl(int result) {
  switch (::SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      wanted_of_tcp_ |= EPOLLIN;
      return true;
    case SSL_ERROR_WANT_WRITE:
      wanted_of_tcp_ |= EPOLLOUT;
      return true;
    default:
      return false;
  }
}

void TlsConnection::break_off() noexcept {
  in_.source_ended = true;
  out_.begin = out_.end = 0;
  out_.source_ended = out_.end_told = true;
}

// Each of the four says whether it got on.

bool TlsConnection::fill_from_tcp() {
  if (!in_.empty() || in_.source_ended) return false;
  ::ERR_clear_error();
  const int got = ::SSL_read(ssl_.get(), in_.bytes.data(), static_cast<int>(in_.bytes.size()));
  if (got > 0) {
    in_.begin = 0;
    in_.end = static_cast<std::size_t>(got);
    return true;
  }
  if (note_ssl(got)) return false;
  in_.source_ended = true;
  // Whoever ends without close_notify may have been cut off: the connection is over both ways.
  if (::SSL_get_error(ssl_.get(), got) != SSL_ERROR_ZERO_RETURN) break_off();
  return true;
}

bool TlsConnection::drain_to_plain() {
  if (in_.empty()) {
    if (!in_.source_ended || in_.end_told) return false;
    (void)::shutdown(plain_.get(), SHUT_WR);  // it may have gone
    in_.end_told = true;
    return true;
  }
  const std::span<const std::byte> left = in_.left();
  const ssize_t sent = ::send(plain_.get(), left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0) {
    in_.begin += static_cast<std::size_t>(sent);
    return true;
  }
  if (errno == EAGAIN || errno == EINTR) {
    wanted_of_plain_ |= EPOLLOUT;
    return false;
  }
  // The program reads no more: what comes is lost, as behind any closed socket.
  in_.begin = in_.end = 0;
  in_.source_ended = in_.end_told = true;
  return true;
}

bool TlsConnection::fill_from_plain() {
  if (!out_.empty() || out_.source_ended) return false;
  const ssize_t got = ::recv(plain_.get(), out_.bytes.data(), out_.bytes.size(), MSG_DONTWAIT);
  if (got > 0) {
    out_.begin = 0;
    out_.end = static_cast<std::size_t>(got);
    return true;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
    wanted_of_plain_ |= EPOLLIN;
    return false;
  }
  out_.source_ended = true;
  return true;
}

bool TlsConnection::drain_to_tcp() {
  ::ERR_clear_error();
  if (out_.empty()) {
    if (!out_.source_ended || out_.end_told) return false;
    const int told = ::SSL_shutdown(ssl_.get());
    if (told < 0 && note_ssl(told)) return false;
    (void)::shutdown(tcp_.get(), SHUT_WR);  // it may have gone
    out_.end_told = true;
    return true;
  }
  const std::span<const std::byte> left = out_.left();
  const int sent = ::SSL_write(ssl_.get(), left.data(), static_cast<int>(left.size()));
  if (sent > 0) {
    out_.begin += static_cast<std::size_t>(sent);
    return true;
  }
  if (note_ssl(sent)) return false;
  break_off();
  return true;
}

TlsConnection::Progress TlsConnection::step() {
  wanted_of_tcp_ = wanted_of_plain_ = 0;
  if (!shook_hands_) {
    ::ERR_clear_error();
    const int result = ::SSL_do_handshake(ssl_.get());
    if (result != 1) return note_ssl(result) ? Progress::kHandshake : Progress::kEnded;
    shook_hands_ = true;
  }
  if (!plain_.valid()) return Progress::kCarries;  // set_plain follows
  // A few rounds: one busy connection must not starve the others.
  constexpr int kRounds = 16;
  bool gets_on = true;
  for (int round = 0; gets_on && round < kRounds; ++round) {
    wanted_of_tcp_ = wanted_of_plain_ = 0;
    const bool filled_in = fill_from_tcp();
    const bool drained_in = drain_to_plain();
    const bool filled_out = fill_from_plain();
    const bool drained_out = drain_to_tcp();
    gets_on = filled_in || drained_in || filled_out || drained_out;
  }
  if (gets_on) wanted_of_tcp_ |= EPOLLIN | EPOLLOUT;  // more is ready: epoll says so at once
  if ((in_.end_told || program_left_) && out_.end_told) return Progress::kEnded;
  return Progress::kCarries;
}

}  // namespace lind::keep
