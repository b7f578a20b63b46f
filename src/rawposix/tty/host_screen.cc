#include "rawposix/tty/host_screen.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "host/errno.h"
#include "rawposix/caller.h"
#include "rawposix/fs/host_args.h"
#include "rawposix/tty/terminal.h"

namespace lind::rawposix {
namespace {

/// rdev of a terminal; 0 if `fd` is none.
dev_t terminal_device(int fd) noexcept {
  struct stat status{};
  if (::isatty(fd) != 1 || ::fstat(fd, &status) != 0) return 0;
  return status.st_rdev;
}

sigset_t watched_signals() noexcept {
  sigset_t set;
  (void)::sigemptyset(&set);
  (void)::sigaddset(&set, SIGWINCH);
  (void)::sigaddset(&set, SIGCONT);
  (void)::sigaddset(&set, SIGINT);
  (void)::sigaddset(&set, SIGQUIT);
  return set;
}

}  // namespace

std::unique_ptr<HostScreen> HostScreen::find() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    // Only of the controlling terminal a process may ask for the foreground group.
    if (terminal_device(fd) == 0 || ::tcgetpgrp(fd) < 0) continue;
    if ((::fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDWR) continue;
    host::UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
    const sigset_t watched = watched_signals();
    host::UniqueFd signals(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
    host::UniqueFd stop(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    struct termios found{};
    if (!copy.valid() || !signals.valid() || !stop.valid() || ::tcgetattr(fd, &found) != 0) {
      return nullptr;
    }
    if (::pthread_sigmask(SIG_BLOCK, &watched, nullptr) != 0) return nullptr;
    return std::unique_ptr<HostScreen>(
        new HostScreen(std::move(copy), std::move(signals), std::move(stop), found));
  }
  return nullptr;
}

HostScreen::HostScreen(host::UniqueFd fd, host::UniqueFd signals, host::UniqueFd stop,
                       const struct termios& found)
    : fd_(std::move(fd)), signals_(std::move(signals)), stop_(std::move(stop)), found_(found) {}

HostScreen::~HostScreen() {
  give_back();
}

bool HostScreen::is(int fd) const noexcept {
  return terminal_device(fd) == terminal_device(fd_.get());
}

uapi::Termios HostScreen::settings() const noexcept {
  uapi::Termios termios;
  termios.iflag = found_.c_iflag;
  termios.oflag = found_.c_oflag;
  termios.cflag = found_.c_cflag;
  termios.lflag = found_.c_lflag;
  std::copy_n(std::begin(found_.c_cc), termios.cc.size(), termios.cc.begin());
  return termios;
}

bool HostScreen::is_in_foreground() const noexcept {
  return ::tcgetpgrp(fd_.get()) == ::getpgrp();
}

void HostScreen::make_raw() const noexcept {
  struct termios raw = found_;
  ::cfmakeraw(&raw);
  (void)::tcsetattr(fd_.get(), TCSADRAIN, &raw);  // a terminal that is gone gives no input either
}

void HostScreen::serve(Terminal& terminal) {
  terminal_ = &terminal;
  refresh_window();
  reader_ = std::thread([this] { run(); });
}

bool HostScreen::taken_over() const {
  const MutexLock lock(mu_);
  return taken_over_;
}

void HostScreen::take_over() {
  while (!taken_over() && !is_in_foreground()) {
    if (::raise(SIGTTIN) != 0) return;
  }
  const MutexLock lock(mu_);
  if (taken_over_ || ends_) return;
  make_raw();
  taken_over_ = true;
  wake();
}

// The thread looks at taken_over_ and ends_ again.
void HostScreen::wake() const noexcept {
  const std::uint64_t one = 1;
  (void)::write(stop_.get(), &one, sizeof(one));
}

void HostScreen::suspend() noexcept {
  (void)::tcsetattr(fd_.get(), TCSADRAIN, &found_);
  (void)::raise(SIGSTOP);
  // SIGCONT has been noted by signals_.
}

void HostScreen::give_back() {
  bool restores = false;
  {
    const MutexLock lock(mu_);
    if (std::exchange(ends_, true) || terminal_ == nullptr) return;
    restores = taken_over_;
  }
  wake();
  terminal_->stop_typing();
  reader_.join();
  if (restores) (void)::tcsetattr(fd_.get(), TCSADRAIN, &found_);
}

void HostScreen::refresh_window() {
  struct winsize size{};
  if (::ioctl(fd_.get(), TIOCGWINSZ, &size) != 0) return;
  terminal_->set_window({.rows = size.ws_row,
                         .columns = size.ws_col,
                         .xpixel = size.ws_xpixel,
                         .ypixel = size.ws_ypixel});
}

void HostScreen::take_host_signals(bool raw) noexcept {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof(info)) > 0) {
    const auto signo = static_cast<int>(info.ssi_signo);
    if (signo == SIGCONT && raw && is_in_foreground()) make_raw();
    if (signo == SIGINT || signo == SIGQUIT) terminal_->signal_foreground(signo);
  }
  refresh_window();
}

// Sleeps until something is typed, the window changes, lind goes on after a stop, or the end.
void HostScreen::run() noexcept {
  for (;;) {
    bool reads = false;
    {
      const MutexLock lock(mu_);
      if (ends_) return;
      reads = taken_over_;
    }
    const int input = reads ? fd_.get() : -1;
    std::array<pollfd, 3> events{{{.fd = stop_.get(), .events = POLLIN, .revents = 0},
                                  {.fd = signals_.get(), .events = POLLIN, .revents = 0},
                                  {.fd = input, .events = POLLIN, .revents = 0}}};
    if (::poll(events.data(), events.size(), -1) < 0) continue;
    std::uint64_t woken = 0;
    if (events[0].revents != 0) (void)::read(stop_.get(), &woken, sizeof(woken));
    if (events[1].revents != 0) take_host_signals(reads);
    if (events[2].revents == 0) continue;
    std::array<std::byte, 1024> typed{};
    const ssize_t count = ::read(fd_.get(), typed.data(), typed.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) {
      terminal_->hang_up();
      return;
    }
    if (!terminal_->type(std::span(typed).first(static_cast<std::size_t>(count)))) return;
  }
}

Result<std::size_t> HostScreen::write(Caller& caller, std::span<const std::byte> bytes) {
  const Result<std::int64_t> written = caller.thread().blocking_syscall(
      SYS_write, host_args(fd_.get(), static_cast<const void*>(bytes.data()), bytes.size()));
  if (written.ok()) return static_cast<std::size_t>(written.value());
  if (written.error() == uapi::Errno::kEINTR) return uapi::Errno::kERESTARTSYS;
  return written.error();
}

void HostScreen::show(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EAGAIN) {
      pollfd room{.fd = fd_.get(), .events = POLLOUT, .revents = 0};
      (void)::poll(&room, 1, -1);
    } else if (count < 0 && errno != EINTR) {
      return;
    }
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace lind::rawposix
