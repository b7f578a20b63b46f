/// \file
/// The terminals of one kernel, and the nodes of /dev that open them.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "rawposix/fs/virtual_node.h"
#include "rawposix/tty/host_screen.h"
#include "rawposix/tty/terminal.h"

namespace lind::rawposix {

/// Ownership: the Kernel.  Threading: any thread.  Lock order: mu_, then Terminal::mu_.
class TerminalTable {
 public:
  /// Most pseudo-terminals at once; each costs four descriptors of the host.
  static constexpr std::uint32_t kMaxTerminals = 256;

  /// Makes the host's terminal number 0 if one of lind's standard descriptors is lind's controlling
  /// terminal.  Requires: the process has one thread.
  void adopt_host_terminal(Kernel& kernel) LIND_EXCLUDES(mu_);
  /// Gives it to session `sid`, with `pgid` in its foreground.
  void begin(std::uint32_t sid, std::uint32_t pgid) LIND_EXCLUDES(mu_);
  /// Null if there is none.
  std::shared_ptr<Terminal> host_terminal() const LIND_EXCLUDES(mu_);
  /// Gives the host's terminal back as it was.
  void release_host_terminal() LIND_EXCLUDES(mu_);

  /// A new pseudo-terminal.  Errors: ENOSPC beyond kMaxTerminals; EMFILE, ENFILE, ENOMEM.
  Result<std::shared_ptr<Terminal>> create(Kernel& kernel) LIND_EXCLUDES(mu_);
  /// For ~Terminal alone.
  void forget(std::uint32_t number) LIND_EXCLUDES(mu_);
  /// Null if there is none with a master.
  std::shared_ptr<Terminal> find(std::uint32_t number) const LIND_EXCLUDES(mu_);
  std::vector<std::uint32_t> numbers() const LIND_EXCLUDES(mu_);
  /// The controlling terminal of a session; null if it has none.
  std::shared_ptr<Terminal> of_session(std::uint32_t sid) const LIND_EXCLUDES(mu_);

 private:
  std::vector<std::shared_ptr<Terminal>> all() const LIND_EXCLUDES(mu_);

  mutable Mutex mu_;
  std::map<std::uint32_t, std::weak_ptr<Terminal>> terminals_ LIND_GUARDED_BY(mu_);
  std::shared_ptr<Terminal> host_ LIND_GUARDED_BY(mu_);
  std::unique_ptr<HostScreen> screen_ LIND_GUARDED_BY(mu_);
};

/// What is at /dev/<names>: tty, ptmx, pts, pts/N.  Errors: ENOENT, ENOTDIR.
Result<VirtualNode> terminal_node(Caller& caller, std::span<const std::string> names);

}  // namespace lind::rawposix
