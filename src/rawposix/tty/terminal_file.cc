#include "rawposix/tty/terminal_file.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include <utility>

#include "rawposix/caller.h"
#include "rawposix/fs/file_call_internal.h"
#include "rawposix/proc/process_tree.h"
#include "rawposix/tty/host_screen.h"
#include "rawposix/tty/terminal_table.h"
#include "runtime/address_space.h"

namespace lind::rawposix {
namespace {

constexpr unsigned kSlaveMajor = 136;  // UNIX98_PTY_SLAVE_MAJOR, linux/major.h, v6.1
constexpr unsigned kMasterMinor = 2;   // of TTYAUX_MAJOR
constexpr unsigned kAuxiliaryMajor = 5;

class TerminalFile final : public VirtualFile {
 public:
  TerminalFile(std::shared_ptr<Terminal> terminal, TerminalEnd end, std::uint64_t flags,
               std::uint32_t generation)
      : VirtualFile(flags & (O_ACCMODE | O_NONBLOCK | O_APPEND)),
        terminal_(std::move(terminal)),
        end_(end),
        generation_(generation) {}
  ~TerminalFile() override { terminal_->close(end_); }

  Result<std::size_t> read(Caller& caller, std::span<std::byte> into, Offset offset) override {
    if (offset) return uapi::Errno::kESPIPE;
    take_over();
    return end_ == TerminalEnd::kSlave ? terminal_->read(wait(caller), into)
                                       : terminal_->read_master(wait(caller), into);
  }
  Result<std::size_t> write(Caller& caller, std::span<const std::byte> from,
                            Offset offset) override {
    if (offset) return uapi::Errno::kESPIPE;
    return end_ == TerminalEnd::kSlave ? terminal_->write(wait(caller), from)
                                       : terminal_->write_master(wait(caller), from);
  }
  Result<std::int64_t> seek(std::int64_t /*offset*/, std::int32_t /*whence*/) override {
    return uapi::Errno::kESPIPE;
  }
  Result<std::size_t> list(Caller& /*caller*/, std::span<std::byte> /*into*/) override {
    return uapi::Errno::kENOTDIR;
  }
  Result<struct stat> status(Caller& /*caller*/) override {
    struct stat status{};
    const bool slave = end_ == TerminalEnd::kSlave;
    VirtualNode node{
        .type = VirtualNode::Type::kDevice,
        .permissions = slave ? 0620U : 0666U,
        .device = slave ? slave_device(*terminal_) : makedev(kAuxiliaryMajor, kMasterMinor),
        .path = slave ? slave_path(*terminal_) : "/dev/ptmx"};
    status = status_of(node);
    return status;
  }
  std::optional<short> poll_events() override { return terminal_->events(end_, generation_); }
  void about_to_wait(Caller& /*caller*/) override { take_over(); }
  Result<std::int64_t> ioctl(Caller& caller, std::uint32_t request,
                             runtime::GuestBytes arg) override;

 private:
  Terminal::Wait wait(Caller& caller) const { return {caller, nonblocking(), generation_}; }
  void take_over() {
    if (terminal_->screen() != nullptr) terminal_->screen()->take_over();
  }
  Result<std::int64_t> get_settings(std::uint32_t request, GuestBytes arg);
  Result<std::int64_t> set_settings(Caller& caller, std::uint32_t request, GuestBytes arg);
  Result<std::int64_t> flow(Caller& caller, std::uint32_t request, std::uint32_t value);
  Result<std::int64_t> job_control(Caller& caller, std::uint32_t request, GuestBytes arg);
  Result<std::int64_t> set_foreground(Caller& caller, GuestBytes arg);
  Result<std::int64_t> set_controlling(Caller& caller);
  Result<std::int64_t> let_go(Caller& caller);
  Result<std::int64_t> type_in(Caller& caller, GuestBytes arg);
  Result<std::int64_t> master_request(Caller& caller, std::uint32_t request, GuestBytes arg);
  bool is_own(Caller& caller) const {
    const ProcessTree::Place place = caller.kernel().tree().place_of(caller.process().pid());
    return place.sid != 0 && terminal_->session() == place.sid;
  }

  const std::shared_ptr<Terminal> terminal_;
  const TerminalEnd end_;
  const std::uint32_t generation_;
};

template <typename T>
Result<std::int64_t> answer(GuestBytes arg, const T& value) {
  LIND_TRY(arg.at_byte<T>(0).write(value));
  return 0;
}

Result<std::int64_t> TerminalFile::ioctl(Caller& caller, std::uint32_t request, GuestBytes arg) {
  const auto value = static_cast<std::uint32_t>(to_u64(arg.addr()));
  if (end_ == TerminalEnd::kSlave && terminal_->hung_up(generation_)) {
    return request == TIOCSPGRP ? uapi::Errno::kENOTTY : uapi::Errno::kEIO;
  }
  switch (request) {
    case TCGETS:
    case TIOCGWINSZ:
    case FIONREAD:
    case TIOCOUTQ:
    case TIOCGETD:
      return get_settings(request, arg);
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
    case TIOCSWINSZ:
      return set_settings(caller, request, arg);
    case TCSBRK:
    case TCSBRKP:
    case TCXONC:
    case TCFLSH:
      return flow(caller, request, value);
    case TIOCGPGRP:
    case TIOCSPGRP:
    case TIOCGSID:
    case TIOCSCTTY:
    case TIOCNOTTY:
    case TIOCSTI:
      return job_control(caller, request, arg);
    default:
      return end_ == TerminalEnd::kMaster ? master_request(caller, request, arg)
                                          : uapi::Errno::kENOTTY;
  }
}

// Settings of the host's terminal are asked for before anything has been typed for us, by programs
// that only look: that alone does not take it over.
Result<std::int64_t> TerminalFile::get_settings(std::uint32_t request, GuestBytes arg) {
  switch (request) {
    case TCGETS:
      return answer(arg, terminal_->termios());
    case TIOCGWINSZ:
      if (terminal_->screen() != nullptr && !terminal_->screen()->taken_over()) {
        terminal_->screen()->refresh_window();
      }
      return answer(arg, terminal_->window());
    case FIONREAD:
      take_over();
      return answer(arg, static_cast<std::int32_t>(terminal_->num_readable(end_)));
    case TIOCOUTQ:
      return answer(arg, static_cast<std::int32_t>(terminal_->num_unsent()));
    default:
      return answer(arg, std::int32_t{0});  // N_TTY
  }
}

Result<std::int64_t> TerminalFile::set_settings(Caller& caller, std::uint32_t request,
                                                GuestBytes arg) {
  if (request == TIOCSWINSZ) {
    const uapi::Winsize window = LIND_TRY(arg.at_byte<uapi::Winsize>(0).read());
    terminal_->set_window(window);
    return 0;
  }
  LIND_TRY(terminal_->check_change(caller, uapi::kSIGTTOU));
  const uapi::Termios termios = LIND_TRY(arg.at_byte<uapi::Termios>(0).read());
  take_over();
  terminal_->set_termios(termios,
                         request == TCSETSF ? Terminal::Flush::kInput : Terminal::Flush::kNothing);
  return 0;
}

Result<std::int64_t> TerminalFile::flow(Caller& caller, std::uint32_t request,
                                        std::uint32_t value) {
  LIND_TRY(terminal_->check_change(caller, uapi::kSIGTTOU));
  if (request == TCSBRK || request == TCSBRKP) return 0;  // nothing to drain, and no line to break
  take_over();
  if (request == TCFLSH) {
    if (value > TCIOFLUSH) return uapi::Errno::kEINVAL;
    if (value != TCOFLUSH) terminal_->flush_input();
    if (value != TCIFLUSH) terminal_->flush_output();
    return 0;
  }
  switch (value) {
    case TCOOFF:
    case TCOON:
      terminal_->set_stopped(value == TCOOFF);
      return 0;
    case TCIOFF:
    case TCION:
      return 0;  // whoever types has no flow control of its own
    default:
      return uapi::Errno::kEINVAL;
  }
}

// --- job control: drivers/tty/tty_jobctrl.c, v6.1
// -------------------------------------------------

Result<std::int64_t> TerminalFile::job_control(Caller& caller, std::uint32_t request,
                                               GuestBytes arg) {
  // A master may ask about the slave's session.
  const bool may_ask = end_ == TerminalEnd::kMaster || is_own(caller);
  switch (request) {
    case TIOCGPGRP:
      if (!may_ask) return uapi::Errno::kENOTTY;
      return answer(arg, static_cast<std::int32_t>(terminal_->foreground()));
    case TIOCGSID:
      if (!may_ask || terminal_->session() == 0) return uapi::Errno::kENOTTY;
      return answer(arg, static_cast<std::int32_t>(terminal_->session()));
    case TIOCSPGRP:
      return set_foreground(caller, arg);
    case TIOCSCTTY:
      return set_controlling(caller);
    case TIOCNOTTY:
      return let_go(caller);
    default:
      return type_in(caller, arg);
  }
}

Result<std::int64_t> TerminalFile::set_foreground(Caller& caller, GuestBytes arg) {
  const Result<void> may = terminal_->check_change(caller, uapi::kSIGTTOU);
  if (!may.ok()) return may.error() == uapi::Errno::kEIO ? uapi::Errno::kENOTTY : may.error();
  const std::int32_t group = LIND_TRY(arg.at_byte<std::int32_t>(0).read());
  if (group < 0) return uapi::Errno::kEINVAL;
  if (!is_own(caller)) return uapi::Errno::kENOTTY;
  ProcessTree& tree = caller.kernel().tree();
  const std::uint32_t sid = LIND_TRY(tree.session_of(caller.process().pid()));
  const std::uint32_t group_sid =
      LIND_TRY(tree.session_of_group(static_cast<std::uint32_t>(group)));
  if (group_sid != sid) return uapi::Errno::kEPERM;
  take_over();
  terminal_->set_foreground(static_cast<std::uint32_t>(group));
  return 0;
}

// Nobody may steal the terminal of another session, as Linux's root may.
Result<std::int64_t> TerminalFile::set_controlling(Caller& caller) {
  if (end_ == TerminalEnd::kMaster) return uapi::Errno::kEIO;
  const std::uint32_t pid = caller.process().pid();
  const ProcessTree::Place place = caller.kernel().tree().place_of(pid);
  const bool leads = place.sid == pid;
  if (leads && terminal_->session() == pid) return 0;
  if (!leads || caller.kernel().terminals().of_session(place.sid) != nullptr) {
    return uapi::Errno::kEPERM;
  }
  return terminal_->attach(pid, place.pgid) ? Result<std::int64_t>(0) : uapi::Errno::kEPERM;
}

Result<std::int64_t> TerminalFile::let_go(Caller& caller) {
  if (!is_own(caller)) return uapi::Errno::kENOTTY;
  // Of a process that leads no session Linux forgets the terminal alone; ours belongs to sessions.
  if (terminal_->session() != caller.process().pid()) return uapi::Errno::kEPERM;
  const std::uint32_t group = terminal_->detach();
  if (group == 0) return 0;
  for (const std::int32_t signo : {uapi::kSIGHUP, uapi::kSIGCONT}) {
    caller.kernel().tree().signal_group(group, sent_signal(signo, uapi::kSI_KERNEL, 0));
  }
  return 0;
}

Result<std::int64_t> TerminalFile::type_in(Caller& caller, GuestBytes arg) {
  if (!is_own(caller)) return uapi::Errno::kEPERM;
  const std::byte typed = LIND_TRY(arg.read());
  (void)LIND_TRY(terminal_->write_master({caller, true, generation_}, {&typed, 1}));
  return 0;
}

// --- the master: drivers/tty/pty.c, v6.1
// ----------------------------------------------------------

Result<std::int64_t> TerminalFile::master_request(Caller& caller, std::uint32_t request,
                                                  GuestBytes arg) {
  switch (request) {
    case TIOCGPTN:
      return answer(arg, static_cast<std::int32_t>(terminal_->number()));
    case TIOCSPTLCK:
      terminal_->set_locked(LIND_TRY(arg.at_byte<std::int32_t>(0).read()) != 0);
      return 0;
    case TIOCGPTLCK:
      return answer(arg, std::int32_t{terminal_->locked()});
    case TIOCPKT:
      terminal_->set_packet_mode(LIND_TRY(arg.at_byte<std::int32_t>(0).read()) != 0);
      return 0;
    case TIOCGPKT:
      return answer(arg, std::int32_t{terminal_->packet_mode()});
    case TIOCSIG: {
      const auto signo = static_cast<std::int32_t>(to_u64(arg.addr()));
      const bool may = signo == uapi::kSIGINT || signo == uapi::kSIGQUIT || signo == uapi::kSIGTSTP;
      if (!may) return uapi::Errno::kEINVAL;
      terminal_->signal_foreground(signo);
      return 0;
    }
    case TIOCGPTPEER: {
      const auto flags = static_cast<std::uint32_t>(to_u64(arg.addr()));
      std::shared_ptr<OpenFile> slave =
          LIND_TRY(open_terminal(terminal_, TerminalEnd::kSlave, flags, slave_path(*terminal_)));
      if ((flags & O_NOCTTY) == 0) offer_terminal(caller, *terminal_);
      return install_new(caller, std::move(slave), (flags & O_CLOEXEC) != 0);
    }
    default:
      return uapi::Errno::kENOTTY;
  }
}

}  // namespace

std::string slave_path(const Terminal& terminal) {
  return "/dev/pts/" + std::to_string(terminal.number());
}

std::uint64_t slave_device(const Terminal& terminal) noexcept {
  return makedev(kSlaveMajor, terminal.number());
}

Result<std::shared_ptr<OpenFile>> open_terminal(std::shared_ptr<Terminal> terminal, TerminalEnd end,
                                                std::uint64_t flags, std::string path) {
  const std::uint32_t generation = LIND_TRY(terminal->open(end));
  std::shared_ptr<host::UniqueFd> ready = terminal->ready_fd(end);
  return std::make_shared<OpenFile>(
      std::move(ready), OpenFile::Type::kTerminal, true, std::move(path),
      std::make_unique<TerminalFile>(std::move(terminal), end, flags, generation));
}

void offer_terminal(Caller& caller, Terminal& terminal) {
  const std::uint32_t pid = caller.process().pid();
  const ProcessTree::Place place = caller.kernel().tree().place_of(pid);
  if (place.sid != pid || caller.kernel().terminals().of_session(pid) != nullptr) return;
  (void)terminal.attach(pid, place.pgid);  // it may be another session's
}

}  // namespace lind::rawposix
