#include "rawposix/tty/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <algorithm>
#include <utility>

#include "host/time.h"
#include "rawposix/caller.h"
#include "rawposix/proc/process_tree.h"
#include "rawposix/tty/host_screen.h"
#include "rawposix/tty/terminal_table.h"

namespace lind::rawposix {
namespace {

constexpr std::size_t kMaxTyped = 8192;           // pty_common_install: tty_buffer_set_limit
constexpr std::int64_t kNsPerTime = 100'000'000;  ///< VTIME counts tenths of a second
/// With more than this unread a terminal is not writable to poll.  Source: WAKEUP_CHARS, n_tty.c.
constexpr std::size_t kWritableBelow = LineDiscipline::kOutputBytes - 256;

// What the answer of an interrupted transfer is.
Result<std::size_t> done_or(std::size_t done, uapi::Errno error) {
  if (done > 0) return done;
  return error == uapi::Errno::kEINTR ? uapi::Errno::kERESTARTSYS : error;
}

}  // namespace

Result<std::shared_ptr<Terminal>> Terminal::create(Kernel& kernel, std::uint32_t number,
                                                   HostScreen* screen) {
  Readiness slave = LIND_TRY(Readiness::create());
  Readiness master = LIND_TRY(Readiness::create());
  return std::shared_ptr<Terminal>(
      new Terminal(kernel, number, screen, Ends{std::move(slave), std::move(master)}));
}

Terminal::Terminal(Kernel& kernel, std::uint32_t number, HostScreen* screen, Ends ends)
    : kernel_(kernel),
      number_(number),
      screen_(screen),
      ends_(std::move(ends)),
      locked_(screen == nullptr) {}

Terminal::~Terminal() {
  kernel_.terminals().forget(number_);
}

const std::shared_ptr<host::UniqueFd>& Terminal::ready_fd(TerminalEnd end) const {
  const MutexLock lock(mu_);
  return end == TerminalEnd::kSlave ? ends_.slave.fd() : ends_.master.fd();
}

// --- open files ---------------------------------------------------------------------------------

Result<std::uint32_t> Terminal::open(TerminalEnd end) {
  const MutexLock lock(mu_);
  if (end == TerminalEnd::kMaster) {
    ++num_masters_;
    return generation_;
  }
  if (locked_ || (screen_ == nullptr && num_masters_ == 0)) return uapi::Errno::kEIO;
  ++num_slaves_;
  slave_was_open_ = true;
  changed_locked();
  return generation_;
}

void Terminal::close(TerminalEnd end) {
  bool hangs_up = false;
  {
    const MutexLock lock(mu_);
    if (end == TerminalEnd::kMaster) {
      hangs_up = --num_masters_ == 0;
    } else {
      --num_slaves_;
    }
    changed_locked();
  }
  if (hangs_up) hang_up();
}

bool Terminal::has_master() const {
  const MutexLock lock(mu_);
  return screen_ != nullptr || num_masters_ > 0;
}

// Source: __tty_hangup and tty_signal_session_leader, v6.1.
void Terminal::hang_up() {
  std::uint32_t sid = 0;
  {
    const MutexLock lock(mu_);
    ++generation_;
    sid = std::exchange(session_, 0);
    foreground_ = 0;
    changed_locked();
  }
  if (sid == 0) return;
  const std::shared_ptr<Process> leader = kernel_.tree().find(sid);
  if (leader == nullptr) return;
  leader->send_signal(sent_signal(uapi::kSIGHUP, uapi::kSI_KERNEL, 0));
  leader->send_signal(sent_signal(uapi::kSIGCONT, uapi::kSI_KERNEL, 0));
}

bool Terminal::other_end_gone_locked(TerminalEnd end) const {
  if (screen_ != nullptr) return false;
  if (end == TerminalEnd::kSlave) return num_masters_ == 0;
  return slave_was_open_ && num_slaves_ == 0;
}

bool Terminal::hung_up(std::uint32_t generation) const {
  const MutexLock lock(mu_);
  return generation != generation_;
}

short Terminal::events_locked(TerminalEnd end, std::uint32_t generation) const {
  int events = 0;
  if (end == TerminalEnd::kSlave) {
    if (generation != generation_) {
      return POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM | POLLWRNORM;
    }
    const bool counts = discipline_.control(VTIME) == 0 && discipline_.control(VMIN) > 0;
    if (discipline_.readable(counts ? discipline_.control(VMIN) : 1)) events |= POLLIN | POLLRDNORM;
    if (!discipline_.stopped() && discipline_.num_output_bytes() < kWritableBelow) {
      events |= POLLOUT | POLLWRNORM;
    }
  } else {
    if (packet_mode_ && packet_status_ != 0) events |= POLLPRI | POLLIN | POLLRDNORM;
    if (discipline_.num_output_bytes() > 0) events |= POLLIN | POLLRDNORM;
    if (typed_.size() < kMaxTyped) events |= POLLOUT | POLLWRNORM;
  }
  if (other_end_gone_locked(end)) events |= POLLHUP;
  return static_cast<short>(events);
}

short Terminal::events(TerminalEnd end, std::uint32_t generation) const {
  const MutexLock lock(mu_);
  return events_locked(end, generation);
}

void Terminal::changed_locked() {
  const auto state = [](short events) {
    return Readiness::State{.readable = (events & POLLIN) != 0,
                            .writable = (events & POLLOUT) != 0,
                            .hung_up = (events & POLLHUP) != 0};
  };
  ends_.slave.set(state(events_locked(TerminalEnd::kSlave, generation_)));
  ends_.master.set(state(events_locked(TerminalEnd::kMaster, generation_)));
  changed_.wake_all();
  room_.notify_all();
}

// --- the slave ----------------------------------------------------------------------------------

// Source: n_tty_read.
Result<std::size_t> Terminal::read(const Wait& wait, std::span<std::byte> into) {
  if (hung_up(wait.generation)) return std::size_t{0};
  LIND_TRY(check_change(wait.caller, uapi::kSIGTTIN));
  Raised raised;
  const Result<std::size_t> result = [&]() -> Result<std::size_t> {
    const MutexLock lock(mu_);
    std::size_t done = 0;
    std::size_t minimum = 1;
    std::int64_t between_ns = 0;
    std::optional<std::int64_t> deadline;
    if (!discipline_.canonical()) {
      const std::int64_t time_ns = discipline_.control(VTIME) * kNsPerTime;
      if (discipline_.control(VMIN) > 0) {
        minimum = discipline_.control(VMIN);
        between_ns = time_ns;
      } else {
        deadline = host::monotonic_ns() + time_ns;
      }
    }
    for (;;) {
      if (generation_ != wait.generation) return done;
      if (discipline_.readable()) {
        const bool line = discipline_.canonical();
        done += discipline_.read(into.subspan(done));
        raised = feed_locked({});
        if (line || done >= minimum || done == into.size()) return done;
        if (between_ns > 0) deadline = host::monotonic_ns() + between_ns;
        continue;
      }
      if (other_end_gone_locked(TerminalEnd::kSlave)) return done_or(done, uapi::Errno::kEIO);
      if (deadline && host::monotonic_ns() >= *deadline) return done;
      if (wait.nonblocking) return done_or(done, uapi::Errno::kEAGAIN);
      const Result<void> slept = changed_.wait(mu_, wait.caller.thread(), deadline);
      if (!slept.ok() && slept.error() == uapi::Errno::kEINTR) {
        return done_or(done, uapi::Errno::kEINTR);
      }
    }
  }();
  send(raised);
  return result;
}

Result<std::size_t> Terminal::write(const Wait& wait, std::span<const std::byte> from) {
  bool stops_background = false;
  {
    const MutexLock lock(mu_);
    if (generation_ != wait.generation) return uapi::Errno::kEIO;
    stops_background = discipline_.has_local(TOSTOP);
  }
  if (stops_background) LIND_TRY(check_change(wait.caller, uapi::kSIGTTOU));
  if (screen_ != nullptr && !screen_->taken_over()) return screen_->write(wait.caller, from);
  std::size_t done = 0;
  for (;;) {
    std::string shown;
    {
      const MutexLock lock(mu_);
      if (generation_ != wait.generation || other_end_gone_locked(TerminalEnd::kSlave)) {
        return uapi::Errno::kEIO;
      }
      done += discipline_.write(from.subspan(done));
      if (screen_ != nullptr) {
        shown = discipline_.take_output(LineDiscipline::kOutputBytes);
      }
      changed_locked();
      if (shown.empty()) {
        if (done == from.size()) return done;
        if (wait.nonblocking) return done_or(done, uapi::Errno::kEAGAIN);
        while (!discipline_.has_output_room() && generation_ == wait.generation &&
               !other_end_gone_locked(TerminalEnd::kSlave)) {
          const Result<void> slept = changed_.wait(mu_, wait.caller.thread(), std::nullopt);
          if (!slept.ok()) return done_or(done, slept.error());
        }
        continue;
      }
    }
    screen_->show(shown);
    if (done == from.size()) return done;
  }
}

// --- the master ---------------------------------------------------------------------------------

Result<std::size_t> Terminal::read_master(const Wait& wait, std::span<std::byte> into) {
  const MutexLock lock(mu_);
  for (;;) {
    if (packet_mode_ && packet_status_ != 0) {
      into[0] = std::byte{std::exchange(packet_status_, std::uint8_t{0})};
      changed_locked();
      return std::size_t{1};
    }
    if (discipline_.num_output_bytes() > 0) {
      const std::size_t header = packet_mode_ ? 1 : 0;
      if (packet_mode_) into[0] = std::byte{TIOCPKT_DATA};
      const std::string taken = discipline_.take_output(into.size() - header);
      std::ranges::copy(std::as_bytes(std::span(taken)),
                        into.begin() + static_cast<std::ptrdiff_t>(header));
      changed_locked();
      return taken.size() + header;
    }
    if (other_end_gone_locked(TerminalEnd::kMaster)) return uapi::Errno::kEIO;
    if (wait.nonblocking) return uapi::Errno::kEAGAIN;
    if (!changed_.wait(mu_, wait.caller.thread(), std::nullopt).ok()) {
      return uapi::Errno::kERESTARTSYS;
    }
  }
}

Result<std::size_t> Terminal::write_master(const Wait& wait, std::span<const std::byte> from) {
  std::size_t done = 0;
  for (;;) {
    Raised raised;
    {
      const MutexLock lock(mu_);
      while (typed_.size() >= kMaxTyped) {
        if (wait.nonblocking) return done_or(done, uapi::Errno::kEAGAIN);
        const Result<void> slept = changed_.wait(mu_, wait.caller.thread(), std::nullopt);
        if (!slept.ok()) return done_or(done, slept.error());
      }
      const auto part = from.subspan(done, std::min(from.size() - done, kMaxTyped - typed_.size()));
      raised = feed_locked(part);
      done += part.size();
    }
    send(raised);
    if (done == from.size()) return done;
  }
}

// Gives the discipline what it has room for and keeps the rest.
Terminal::Raised Terminal::feed_locked(std::span<const std::byte> bytes) {
  const bool was_stopped = discipline_.stopped();
  for (const std::byte byte : bytes)
    typed_.push_back(static_cast<char>(byte));
  typed_.erase(0, discipline_.receive(std::as_bytes(std::span(typed_))));
  if (was_stopped != discipline_.stopped()) {
    packet_status_ =
        discipline_.stopped()
            ? static_cast<std::uint8_t>((packet_status_ & ~TIOCPKT_START) | TIOCPKT_STOP)
            : static_cast<std::uint8_t>((packet_status_ & ~TIOCPKT_STOP) | TIOCPKT_START);
  }
  Raised raised = raised_locked();
  changed_locked();
  return raised;
}

Terminal::Raised Terminal::raised_locked() {
  Raised raised{foreground_, discipline_.take_signals()};
  if (!raised.signals.empty() && !discipline_.has_local(NOFLSH)) {
    packet_status_ |= TIOCPKT_FLUSHREAD | TIOCPKT_FLUSHWRITE;
  }
  return raised;
}

void Terminal::send(const Raised& raised) {
  if (raised.group == 0) return;
  ProcessTree& tree = kernel_.tree();
  for (const std::int32_t signo : raised.signals) {
    tree.signal_group(raised.group, sent_signal(signo, uapi::kSI_KERNEL, 0));
    // Nobody inside could continue it, but who has started lind can.
    if (screen_ != nullptr && signo == uapi::kSIGTSTP && tree.group_is_orphaned(raised.group)) {
      screen_->suspend();
    }
  }
}

// --- the host's terminal ------------------------------------------------------------------------

bool Terminal::type(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    Raised raised;
    std::string echo;
    {
      const MutexLock lock(mu_);
      while (typed_.size() >= kMaxTyped && !no_more_typing_)
        room_.wait(mu_);
      if (no_more_typing_) return false;
      const auto part = bytes.first(std::min(bytes.size(), kMaxTyped - typed_.size()));
      raised = feed_locked(part);
      echo = discipline_.take_output(LineDiscipline::kOutputBytes * 2);
      bytes = bytes.subspan(part.size());
    }
    screen_->show(echo);
    send(raised);
  }
  return true;
}

void Terminal::stop_typing() {
  const MutexLock lock(mu_);
  no_more_typing_ = true;
  room_.notify_all();
}

// --- settings -----------------------------------------------------------------------------------

uapi::Termios Terminal::termios() const {
  const MutexLock lock(mu_);
  return discipline_.termios();
}

void Terminal::set_termios(const uapi::Termios& termios, Flush flush) {
  std::string shown;
  {
    const MutexLock lock(mu_);
    if (flush == Flush::kInput) {
      discipline_.flush_input();
      typed_.clear();
    }
    discipline_.set_termios(termios);
    if (screen_ != nullptr) shown = discipline_.take_output(LineDiscipline::kOutputBytes * 2);
    changed_locked();
  }
  if (!shown.empty()) screen_->show(shown);
}

uapi::Winsize Terminal::window() const {
  const MutexLock lock(mu_);
  return window_;
}

void Terminal::set_window(const uapi::Winsize& window) {
  {
    const MutexLock lock(mu_);
    if (std::as_const(window_) == window) return;
    window_ = window;
  }
  signal_foreground(uapi::kSIGWINCH);
}

void Terminal::set_locked(bool locked) {
  const MutexLock lock(mu_);
  locked_ = locked;
}
bool Terminal::locked() const {
  const MutexLock lock(mu_);
  return locked_;
}
void Terminal::set_packet_mode(bool on) {
  const MutexLock lock(mu_);
  if (on && !packet_mode_) packet_status_ = 0;
  packet_mode_ = on;
  changed_locked();
}
bool Terminal::packet_mode() const {
  const MutexLock lock(mu_);
  return packet_mode_;
}

void Terminal::flush_input() {
  const MutexLock lock(mu_);
  discipline_.flush_input();
  typed_.clear();
  packet_status_ |= TIOCPKT_FLUSHREAD;
  changed_locked();
}
void Terminal::flush_output() {
  const MutexLock lock(mu_);
  discipline_.flush_output();
  packet_status_ |= TIOCPKT_FLUSHWRITE;
  changed_locked();
}
void Terminal::set_stopped(bool stopped) {
  const MutexLock lock(mu_);
  if (stopped) {
    discipline_.stop();
  } else {
    discipline_.start();
  }
  changed_locked();
}

std::size_t Terminal::num_readable(TerminalEnd end) const {
  const MutexLock lock(mu_);
  return end == TerminalEnd::kSlave ? discipline_.num_readable() : discipline_.num_output_bytes();
}
std::size_t Terminal::num_unsent() const {
  const MutexLock lock(mu_);
  return screen_ != nullptr ? 0 : discipline_.num_output_bytes();
}

// --- job control --------------------------------------------------------------------------------

std::uint32_t Terminal::session() const {
  const MutexLock lock(mu_);
  return session_;
}
std::uint32_t Terminal::foreground() const {
  const MutexLock lock(mu_);
  return foreground_;
}
void Terminal::set_foreground(std::uint32_t pgid) {
  const MutexLock lock(mu_);
  foreground_ = pgid;
}

bool Terminal::attach(std::uint32_t sid, std::uint32_t pgid) {
  const MutexLock lock(mu_);
  if (session_ != 0) return session_ == sid;
  session_ = sid;
  foreground_ = pgid;
  return true;
}

std::uint32_t Terminal::detach() {
  const MutexLock lock(mu_);
  session_ = 0;
  return std::exchange(foreground_, 0);
}

Result<void> Terminal::check_change(Caller& caller, std::int32_t signo) {
  std::uint32_t foreground = 0;
  ProcessTree& tree = kernel_.tree();
  const ProcessTree::Place place = tree.place_of(caller.process().pid());
  {
    const MutexLock lock(mu_);
    if (session_ == 0 || session_ != place.sid) return {};
    foreground = foreground_;
  }
  if (foreground == 0 || foreground == place.pgid) return {};
  if (caller.process().looks_away(caller.thread(), signo)) {
    return signo == uapi::kSIGTTIN ? Result<void>(uapi::Errno::kEIO) : Result<void>();
  }
  if (tree.group_is_orphaned(place.pgid)) return uapi::Errno::kEIO;
  tree.signal_group(place.pgid, sent_signal(signo, uapi::kSI_KERNEL, 0));
  return uapi::Errno::kERESTARTSYS;
}

void Terminal::signal_foreground(std::int32_t signo) {
  const std::uint32_t group = foreground();
  if (group != 0) kernel_.tree().signal_group(group, sent_signal(signo, uapi::kSI_KERNEL, 0));
}

}  // namespace lind::rawposix
