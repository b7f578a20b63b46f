#include "rawposix/tty/terminal_table.h"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <utility>

#include "rawposix/caller.h"
#include "rawposix/proc/process_tree.h"
#include "rawposix/proc/procfs.h"
#include "rawposix/tty/terminal_file.h"

namespace lind::rawposix {
namespace {

using Type = VirtualNode::Type;

constexpr unsigned kAuxiliaryMajor = 5;  // TTYAUX_MAJOR, linux/major.h, v6.1

VirtualNode device_node(std::uint32_t permissions, std::uint64_t device,
                        std::function<Result<std::shared_ptr<OpenFile>>(std::uint64_t)> open) {
  return {
      .type = Type::kDevice, .permissions = permissions, .device = device, .open = std::move(open)};
}

VirtualNode own_terminal_node(Caller& caller) {
  return device_node(0666, makedev(kAuxiliaryMajor, 0), [&caller](std::uint64_t flags) {
    return [&]() -> Result<std::shared_ptr<OpenFile>> {
      const std::uint32_t sid = LIND_TRY(caller.kernel().tree().session_of(caller.process().pid()));
      std::shared_ptr<Terminal> terminal = caller.kernel().terminals().of_session(sid);
      if (terminal == nullptr) return uapi::Errno::kENXIO;
      return open_terminal(std::move(terminal), TerminalEnd::kSlave, flags, "/dev/tty");
    }();
  });
}

VirtualNode master_node(Caller& caller) {
  return device_node(0666, makedev(kAuxiliaryMajor, 2), [&caller](std::uint64_t flags) {
    return [&]() -> Result<std::shared_ptr<OpenFile>> {
      std::shared_ptr<Terminal> terminal =
          LIND_TRY(caller.kernel().terminals().create(caller.kernel()));
      return open_terminal(std::move(terminal), TerminalEnd::kMaster, flags, "/dev/ptmx");
    }();
  });
}

VirtualNode slave_node(Caller& caller, const std::shared_ptr<Terminal>& terminal) {
  const auto open = [&caller, terminal](std::uint64_t flags) {
    return [&]() -> Result<std::shared_ptr<OpenFile>> {
      std::shared_ptr<OpenFile> file =
          LIND_TRY(open_terminal(terminal, TerminalEnd::kSlave, flags, slave_path(*terminal)));
      const bool can_read = (flags & O_ACCMODE) != O_WRONLY;
      if ((flags & O_NOCTTY) == 0 && can_read) offer_terminal(caller, *terminal);
      return file;
    }();
  };
  return device_node(0620, slave_device(*terminal), open);
}

VirtualNode slaves_node(Caller& caller) {
  return directory_node([&terminals = caller.kernel().terminals()] {
    std::vector<VirtualNode::Entry> entries = {{"ptmx", Type::kDevice}};
    for (const std::uint32_t number : terminals.numbers())
      entries.push_back({std::to_string(number), Type::kDevice});
    return entries;
  });
}

}  // namespace

void TerminalTable::adopt_host_terminal(Kernel& kernel) {
  std::unique_ptr<HostScreen> screen = HostScreen::find();
  if (screen == nullptr) return;
  Result<std::shared_ptr<Terminal>> terminal = Terminal::create(kernel, 0, screen.get());
  if (!terminal.ok()) return;  // then descriptors are the host's own
  terminal.value()->set_termios(screen->settings(), Terminal::Flush::kNothing);
  const MutexLock lock(mu_);
  terminals_.emplace(0, terminal.value());
  host_ = std::move(terminal).value();
  screen_ = std::move(screen);
}

void TerminalTable::begin(std::uint32_t sid, std::uint32_t pgid) {
  const std::shared_ptr<Terminal> terminal = host_terminal();
  if (terminal == nullptr) return;
  (void)terminal->attach(sid, pgid);  // it is of nobody yet
  terminal->screen()->serve(*terminal);
}

std::shared_ptr<Terminal> TerminalTable::host_terminal() const {
  const MutexLock lock(mu_);
  return host_;
}

void TerminalTable::release_host_terminal() {
  std::unique_ptr<HostScreen> screen;
  std::shared_ptr<Terminal> terminal;
  {
    const MutexLock lock(mu_);
    screen = std::move(screen_);
    terminal = std::move(host_);
  }
  if (screen != nullptr) screen->give_back();
  terminal.reset();  // before its screen
}

Result<std::shared_ptr<Terminal>> TerminalTable::create(Kernel& kernel) {
  std::uint32_t number = 0;
  {
    const MutexLock lock(mu_);
    while (terminals_.contains(number))
      ++number;
    if (number >= kMaxTerminals) return uapi::Errno::kENOSPC;
    terminals_.emplace(number, std::weak_ptr<Terminal>());
  }
  Result<std::shared_ptr<Terminal>> created = Terminal::create(kernel, number, nullptr);
  if (!created.ok()) {
    forget(number);
    return created.error();
  }
  const MutexLock lock(mu_);
  terminals_[number] = created.value();
  return created;
}

void TerminalTable::forget(std::uint32_t number) {
  const MutexLock lock(mu_);
  terminals_.erase(number);
}

std::vector<std::shared_ptr<Terminal>> TerminalTable::all() const {
  std::vector<std::shared_ptr<Terminal>> found;
  const MutexLock lock(mu_);
  for (const auto& [number, weak] : terminals_) {
    if (std::shared_ptr<Terminal> terminal = weak.lock()) found.push_back(std::move(terminal));
  }
  return found;
}

std::shared_ptr<Terminal> TerminalTable::find(std::uint32_t number) const {
  for (std::shared_ptr<Terminal>& terminal : all()) {
    if (terminal->number() == number && terminal->has_master()) return std::move(terminal);
  }
  return nullptr;
}

std::vector<std::uint32_t> TerminalTable::numbers() const {
  std::vector<std::uint32_t> numbers;
  for (const std::shared_ptr<Terminal>& terminal : all()) {
    if (terminal->has_master()) numbers.push_back(terminal->number());
  }
  return numbers;
}

std::shared_ptr<Terminal> TerminalTable::of_session(std::uint32_t sid) const {
  if (sid == 0) return nullptr;
  for (std::shared_ptr<Terminal>& terminal : all()) {
    if (terminal->session() == sid) return std::move(terminal);
  }
  return nullptr;
}

Result<VirtualNode> terminal_node(Caller& caller, std::span<const std::string> names) {
  if (names.size() == 1) {
    if (names[0] == "tty") return own_terminal_node(caller);
    if (names[0] == "ptmx") return master_node(caller);
    if (names[0] == "pts") return slaves_node(caller);
    return uapi::Errno::kENOENT;
  }
  if (names[0] != "pts" || names.size() > 2) return uapi::Errno::kENOTDIR;
  if (names[1] == "ptmx") return master_node(caller);
  const std::optional<std::uint32_t> number = to_number(names[1]);
  const std::shared_ptr<Terminal> terminal =
      number ? caller.kernel().terminals().find(*number) : nullptr;
  if (terminal == nullptr) return uapi::Errno::kENOENT;
  return slave_node(caller, terminal);
}

}  // namespace lind::rawposix
