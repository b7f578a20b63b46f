/// \file
/// What a terminal makes of the bytes that are typed and written: editing, echo, signals.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "uapi/terminal.h"

namespace lind::rawposix {

/// The standard settings of a new terminal.  Source: tty_std_termios, drivers/tty/tty_io.c, v6.1.
uapi::Termios standard_termios() noexcept;

/// The line discipline of Linux, N_TTY: bytes in and out, nothing of processes or waiting.
/// Source of the rules: drivers/tty/n_tty.c, v6.1.  Parity or break conditions do not occur.
///
/// Ownership: part of its Terminal, whose lock guards it.
class LineDiscipline {
 public:
  /// Most bytes of input that wait for a reader, and of output that wait for the terminal.
  static constexpr std::size_t kInputBytes = 4095;
  static constexpr std::size_t kOutputBytes = 8192;

  LineDiscipline() : termios_(standard_termios()) {}

  const uapi::Termios& termios() const noexcept { return termios_; }
  /// TCSETS.  Whoever leaves canonical mode gets what was typed so far, whoever enters it a line.
  void set_termios(const uapi::Termios& termios);

  // --- input --------------------------------------------------------------------------------
  /// Takes typed bytes, as many as there is room for; returns how many.
  std::size_t receive(std::span<const std::byte> typed);
  /// Whether a read would get something: a line, or in raw mode at least `at_least` bytes.
  bool readable(std::size_t at_least = 1) const noexcept;
  /// One line or a part of it, or in raw mode what is there.  0 is an end of file that was typed.
  /// Requires: readable().
  std::size_t read(std::span<std::byte> into);
  /// FIONREAD.
  std::size_t num_readable() const noexcept;
  void flush_input();
  /// Signals that keys have asked for since the last call, in order.
  std::vector<std::int32_t> take_signals();

  // --- output -------------------------------------------------------------------------------
  /// Takes bytes that a program writes, as many as there is room for; returns how many.
  std::size_t write(std::span<const std::byte> bytes);
  bool has_output_room() const noexcept { return !stopped_ && output_.size() < kOutputBytes; }
  /// What the terminal shows next.
  std::size_t num_output_bytes() const noexcept { return output_.size(); }
  std::string take_output(std::size_t max_bytes);
  void flush_output();
  /// ^S and ^Q, TCXONC.
  void stop();
  void start();
  bool stopped() const noexcept { return stopped_; }

  bool canonical() const noexcept;
  bool has_local(std::uint32_t flag) const noexcept { return (termios_.lflag & flag) != 0; }
  std::uint8_t control(std::size_t index) const noexcept { return termios_.cc[index]; }

 private:
  static constexpr std::uint16_t kLineEnd = 0x100;  ///< in input_: the last byte of a line

  bool has_input(std::uint32_t flag) const noexcept { return (termios_.iflag & flag) != 0; }
  bool has_output(std::uint32_t flag) const noexcept { return (termios_.oflag & flag) != 0; }
  bool is_key(std::uint8_t c, std::size_t index) const noexcept {
    return c != 0 && termios_.cc[index] == c;
  }
  bool is_continuation(std::uint8_t c) const noexcept;

  void receive_byte(std::uint8_t c);
  bool receive_flow_or_signal(std::uint8_t c);
  bool receive_editing(std::uint8_t c);
  bool receive_line_end(std::uint8_t c);
  void signal_key(std::int32_t signo, std::uint8_t c);
  void put(std::uint8_t c);
  void end_line(std::uint8_t c);
  void reprint();
  void erase(std::uint8_t key);
  void erase_one(std::size_t num_bytes, std::uint8_t c, bool is_single_erase);
  void erase_tab();
  void finish_erasing();

  /// Echoes: as typed, or with control characters as ^X.
  void echo_raw(std::uint8_t c);
  void echo(std::uint8_t c);
  void emit(std::uint8_t c);
  void show(char c);
  void show_echo();
  /// One byte through the output settings; false if there is no room.
  bool write_byte(std::uint8_t c);

  uapi::Termios termios_;
  std::deque<std::uint16_t> input_;
  std::size_t num_in_lines_ = 0;  ///< bytes of input_ that belong to complete lines
  std::string output_;
  std::string echo_;  ///< not yet shown: of the bytes being received, or while stopped
  std::vector<std::int32_t> signals_;
  unsigned column_ = 0;
  unsigned line_column_ = 0;  ///< where the line being typed began
  bool literal_next_ = false;
  bool erasing_ = false;  ///< inside \.../ of ECHOPRT
  bool stopped_ = false;
  bool receiving_ = false;  ///< what is shown is an echo
};

}  // namespace lind::rawposix
