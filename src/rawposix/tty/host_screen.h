/// \file
/// The terminal that lind itself runs in, as the back end of a guest terminal.

#pragma once

#include <termios.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>

#include "base/mutex.h"
#include "base/result.h"
#include "host/unique_fd.h"
#include "uapi/terminal.h"

namespace lind::rawposix {

class Caller;
class Terminal;

/// Shows output on the host's terminal and reads what is typed there.
///
/// Until a guest reads from it, waits for it or changes it, the host's terminal stays as it is:
/// lind in a pipeline or in the background does not touch it; its SIGINT and SIGQUIT are passed on
/// to the foreground group.  Then it is taken over: put into raw mode, and read by our thread.
///
/// Ownership: the kernel's TerminalTable, longer than its Terminal.
/// Threading: any thread, unless a method says more.  Lock order: mu_ is a leaf.
class HostScreen {
 public:
  /// Null unless one of the descriptors 0, 1 and 2 is the controlling terminal of lind.  Blocks
  /// SIGWINCH, SIGCONT, SIGINT and SIGQUIT.  Requires: the process has one thread.
  static std::unique_ptr<HostScreen> find();
  ~HostScreen();
  HostScreen(const HostScreen&) = delete;
  HostScreen& operator=(const HostScreen&) = delete;

  /// Whether the host's descriptor `fd` is this terminal.
  bool is(int fd) const noexcept;
  /// The host's settings as they were found.
  uapi::Termios settings() const noexcept;
  /// Starts our thread, which feeds `terminal`.  Call once.
  void serve(Terminal& terminal);

  /// Idempotent.  In the background it stops lind until it is brought back, as a read does.
  void take_over() LIND_EXCLUDES(mu_);
  bool taken_over() const LIND_EXCLUDES(mu_);
  /// Stops reading and restores the settings.  Idempotent.
  void give_back() LIND_EXCLUDES(mu_);
  /// ^Z for the whole instance: restores the settings and stops lind.
  void suspend() noexcept;
  /// Tells the terminal the size of the host's window.
  void refresh_window();

  /// While it is not taken over: as it is.  Errors: those of write; ERESTARTSYS.
  Result<std::size_t> write(Caller& caller, std::span<const std::byte> bytes);
  /// Shows processed bytes.  What the host does not take is dropped: it is gone then.
  void show(std::string_view bytes) noexcept;

 private:
  HostScreen(host::UniqueFd fd, host::UniqueFd signals, host::UniqueFd stop,
             const struct termios& found);
  void run() noexcept;
  void wake() const noexcept;
  void take_host_signals(bool raw) noexcept;
  void make_raw() const noexcept;
  bool is_in_foreground() const noexcept;

  const host::UniqueFd fd_;
  const host::UniqueFd signals_;  ///< signalfd: see find
  const host::UniqueFd stop_;     ///< eventfd: wakes our thread
  const struct termios found_;
  Terminal* terminal_ = nullptr;
  std::thread reader_;

  mutable Mutex mu_;
  bool taken_over_ LIND_GUARDED_BY(mu_) = false;
  bool ends_ LIND_GUARDED_BY(mu_) = false;
};

}  // namespace lind::rawposix
