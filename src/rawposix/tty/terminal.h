/// \file
/// A terminal: a line discipline with readers and writers, a session and a foreground group.

#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "rawposix/tty/line_discipline.h"
#include "rawposix/tty/readiness.h"
#include "runtime/wait_queue.h"
#include "uapi/terminal.h"

namespace lind::rawposix {

class Caller;
class Kernel;
class HostScreen;

/// What programs use (kSlave) and what drives it (kMaster: a terminal emulator in a cage).
enum class TerminalEnd : std::uint8_t { kSlave, kMaster };

/// A pseudo-terminal or the host's terminal.
///
/// Ownership: counted; its open files, and the kernel's table for the host's.
/// Threading: any thread.
/// Lock order: mu_ is a leaf; signals are sent and the host's terminal is written outside it.
class Terminal : public std::enable_shared_from_this<Terminal> {
 public:
  /// \param number  N of /dev/pts/N
  /// \param screen  shows the output; null for a pseudo-terminal, which starts locked
  /// Errors: EMFILE, ENFILE, ENOMEM.
  static Result<std::shared_ptr<Terminal>> create(Kernel& kernel, std::uint32_t number,
                                                  HostScreen* screen);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  std::uint32_t number() const noexcept { return number_; }
  HostScreen* screen() const noexcept { return screen_; }
  const std::shared_ptr<host::UniqueFd>& ready_fd(TerminalEnd end) const LIND_EXCLUDES(mu_);

  // --- open files ---------------------------------------------------------------------------
  /// Counts an open file; returns the generation to pass on, which tells that it was hung up.
  /// Errors of a slave: EIO while it is locked or when its master is gone.
  Result<std::uint32_t> open(TerminalEnd end) LIND_EXCLUDES(mu_);
  /// The last one of the master hangs the slave up.
  void close(TerminalEnd end) LIND_EXCLUDES(mu_);
  bool has_master() const LIND_EXCLUDES(mu_);
  /// Open slaves are dead from now on, and the session has lost its terminal.
  void hang_up() LIND_EXCLUDES(mu_);

  /// How a call waits.
  struct Wait {
    Caller& caller;
    bool nonblocking;
    std::uint32_t generation;
  };
  /// Errors of all four: EAGAIN, EIO, ERESTARTSYS.
  Result<std::size_t> read(const Wait& wait, std::span<std::byte> into) LIND_EXCLUDES(mu_);
  Result<std::size_t> write(const Wait& wait, std::span<const std::byte> from) LIND_EXCLUDES(mu_);
  Result<std::size_t> read_master(const Wait& wait, std::span<std::byte> into) LIND_EXCLUDES(mu_);
  Result<std::size_t> write_master(const Wait& wait, std::span<const std::byte> from)
      LIND_EXCLUDES(mu_);
  /// Bytes typed at the host's terminal.  Sleeps on the host while there is no room; false when
  /// `stop_typing` has been called.
  bool type(std::span<const std::byte> bytes) LIND_EXCLUDES(mu_);
  void stop_typing() LIND_EXCLUDES(mu_);
  /// POLL* that hold.
  short events(TerminalEnd end, std::uint32_t generation) const LIND_EXCLUDES(mu_);
  bool hung_up(std::uint32_t generation) const LIND_EXCLUDES(mu_);

  // --- settings -----------------------------------------------------------------------------
  uapi::Termios termios() const LIND_EXCLUDES(mu_);
  enum class Flush : std::uint8_t { kNothing, kInput };
  /// TCSETS*: output that waits is never lost, so draining is done.
  void set_termios(const uapi::Termios& termios, Flush flush) LIND_EXCLUDES(mu_);
  uapi::Winsize window() const LIND_EXCLUDES(mu_);
  /// SIGWINCH to the foreground if it changes.
  void set_window(const uapi::Winsize& window) LIND_EXCLUDES(mu_);
  void set_locked(bool locked) LIND_EXCLUDES(mu_);
  bool locked() const LIND_EXCLUDES(mu_);
  void set_packet_mode(bool on) LIND_EXCLUDES(mu_);
  bool packet_mode() const LIND_EXCLUDES(mu_);
  void flush_input() LIND_EXCLUDES(mu_);
  void flush_output() LIND_EXCLUDES(mu_);
  void set_stopped(bool stopped) LIND_EXCLUDES(mu_);
  std::size_t num_readable(TerminalEnd end) const LIND_EXCLUDES(mu_);
  std::size_t num_unsent() const LIND_EXCLUDES(mu_);

  // --- job control --------------------------------------------------------------------------
  std::uint32_t session() const LIND_EXCLUDES(mu_);     ///< 0: of nobody
  std::uint32_t foreground() const LIND_EXCLUDES(mu_);  ///< group, 0: none
  void set_foreground(std::uint32_t pgid) LIND_EXCLUDES(mu_);
  /// Becomes the controlling terminal of a session; false if it is that of another one.
  bool attach(std::uint32_t sid, std::uint32_t pgid) LIND_EXCLUDES(mu_);
  /// The session lets go, or has ended; returns the foreground group it had.
  std::uint32_t detach() LIND_EXCLUDES(mu_);
  /// What a caller of the background meets that reads (SIGTTIN) or changes something (SIGTTOU).
  /// Source: __tty_check_change, drivers/tty/tty_jobctrl.c, v6.1.
  /// Errors: EIO, ERESTARTSYS once its group has got the signal.
  Result<void> check_change(Caller& caller, std::int32_t signo) LIND_EXCLUDES(mu_);
  /// Sends to the foreground group, as the terminal does.
  void signal_foreground(std::int32_t signo) LIND_EXCLUDES(mu_);

 private:
  struct Ends {
    Readiness slave;
    Readiness master;
  };
  Terminal(Kernel& kernel, std::uint32_t number, HostScreen* screen, Ends ends);

  /// Signals that keys asked for, to be sent without the lock.
  struct Raised {
    std::uint32_t group = 0;
    std::vector<std::int32_t> signals = {};
  };
  Raised feed_locked(std::span<const std::byte> bytes) LIND_REQUIRES(mu_);
  Raised raised_locked() LIND_REQUIRES(mu_);
  void send(const Raised& raised) LIND_EXCLUDES(mu_);
  void changed_locked() LIND_REQUIRES(mu_);
  short events_locked(TerminalEnd end, std::uint32_t generation) const LIND_REQUIRES(mu_);
  bool other_end_gone_locked(TerminalEnd end) const LIND_REQUIRES(mu_);

  Kernel& kernel_;
  const std::uint32_t number_;
  HostScreen* const screen_;

  mutable Mutex mu_;
  LineDiscipline discipline_ LIND_GUARDED_BY(mu_);
  Ends ends_ LIND_GUARDED_BY(mu_);
  std::string typed_ LIND_GUARDED_BY(mu_);  ///< by the master, not yet taken by the discipline
  uapi::Winsize window_ LIND_GUARDED_BY(mu_);
  std::uint32_t session_ LIND_GUARDED_BY(mu_) = 0;
  std::uint32_t foreground_ LIND_GUARDED_BY(mu_) = 0;
  std::uint32_t generation_ LIND_GUARDED_BY(mu_) = 0;  ///< grows when the slave is hung up
  std::size_t num_slaves_ LIND_GUARDED_BY(mu_) = 0;
  std::size_t num_masters_ LIND_GUARDED_BY(mu_) = 0;
  bool slave_was_open_ LIND_GUARDED_BY(mu_) = false;
  bool locked_ LIND_GUARDED_BY(mu_);
  bool packet_mode_ LIND_GUARDED_BY(mu_) = false;
  std::uint8_t packet_status_ LIND_GUARDED_BY(mu_) = 0;  ///< TIOCPKT_* not yet read
  bool no_more_typing_ LIND_GUARDED_BY(mu_) = false;
  runtime::WaitQueue changed_;
  std::condition_variable_any room_;  ///< for type(), which no guest thread calls
};

}  // namespace lind::rawposix
