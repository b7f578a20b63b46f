/// \file
/// Names of Unix sockets: what a guest calls them, and what the host does.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/mutex.h"
#include "base/result.h"
#include "host/unique_fd.h"
#include "rawposix/net/socket_address.h"
#include "uapi/socket.h"

namespace lind::rawposix {

class Caller;

/// A name that a guest has given to a socket.  Its sockets and those they accept keep it.
class UnixName {
 public:
  UnixName(SocketAddress guest, host::UniqueFd directory)
      : guest_(guest), directory_(std::move(directory)) {}

  const SocketAddress& guest() const noexcept { return guest_; }
  /// Who listens there or has connected from there: what SO_PEERCRED says to the other side.
  std::optional<uapi::Credentials> owner() const LIND_EXCLUDES(mu_);
  void set_owner(const uapi::Credentials& credentials) LIND_EXCLUDES(mu_);

 private:
  const SocketAddress guest_;
  const host::UniqueFd directory_;  ///< keeps its number, which is in the host's name, from reuse
  mutable Mutex mu_;
  std::optional<uapi::Credentials> owner_ LIND_GUARDED_BY(mu_);
};

/// The names of one instance.
///
/// A path is resolved in the caller's mounts; the host gets "/proc/self/fd/N/NAME", where N is the
/// directory that was found, so that nothing is followed and nothing can be renamed in between.
/// Abstract names get a prefix of the instance, which guests can neither see nor leave out: they
/// meet no names of the host or of another instance.
///
/// Threading: any thread.  Lock order: mu_ is a leaf.
class UnixNames {
 public:
  UnixNames();

  /// Gives `fd`, a host socket, the name `guest`.  `permissions`: of the new file.
  /// Errors: those of bind(2); EINVAL also for an abstract name of more than 98 bytes.
  Result<std::shared_ptr<UnixName>> bind(Caller& caller, int fd, const SocketAddress& guest,
                                         std::uint32_t permissions) LIND_EXCLUDES(mu_);
  /// Gives `fd`, which will connect, a name that tells the other side who it is.
  /// Errors: EINVAL if it has a name.
  Result<void> introduce(int fd, const uapi::Credentials& credentials);

  /// An address to connect or send to.
  struct Target {
    SocketAddress host;
    std::shared_ptr<UnixName> name;  ///< null if the socket there is none of this instance
    host::UniqueFd file;             ///< the socket's file, which `host` names
  };
  /// Errors: those of connect(2) for a name that leads nowhere.
  Result<Target> find(Caller& caller, const SocketAddress& guest) const LIND_EXCLUDES(mu_);

  /// What guests see of a host address: unnamed for what they did not name.
  SocketAddress to_guest(const SocketAddress& host) const LIND_EXCLUDES(mu_);
  /// The name behind a host address; null if it is none of ours.
  std::shared_ptr<UnixName> name_of(const SocketAddress& host) const LIND_EXCLUDES(mu_);
  /// Who has introduced itself by a host address.
  std::optional<uapi::Credentials> introduced(const SocketAddress& host) const;

 private:
  using FileId = std::pair<dev_t, ino_t>;
  enum class Kind : char { kGuest = 'n', kIntroduction = 'c' };
  Result<std::shared_ptr<UnixName>> bind_path(Caller& caller, int fd, const SocketAddress& guest,
                                              std::uint32_t permissions) LIND_EXCLUDES(mu_);
  Result<std::shared_ptr<UnixName>> bind_abstract(int fd, const SocketAddress& guest)
      LIND_EXCLUDES(mu_);
  Result<std::shared_ptr<UnixName>> bind_any(int fd) LIND_EXCLUDES(mu_);
  Result<SocketAddress> host_abstract(std::string_view name) const;
  /// What follows the prefix and `kind` in a host address; nothing if it is not of that kind.
  std::optional<std::string_view> payload(const SocketAddress& host, Kind kind) const noexcept;
  /// Records that `host` is called `guest` as long as somebody keeps the result.
  std::shared_ptr<UnixName> add(const SocketAddress& host, const SocketAddress& guest,
                                host::UniqueFd directory) LIND_EXCLUDES(mu_);
  std::shared_ptr<UnixName> name_of_file(const FileId& file) const LIND_EXCLUDES(mu_);

  std::string prefix_;  ///< with the NUL that makes a name abstract
  mutable Mutex mu_;
  std::map<std::string, std::weak_ptr<UnixName>, std::less<>> names_ LIND_GUARDED_BY(mu_);
  std::map<FileId, std::weak_ptr<UnixName>> files_ LIND_GUARDED_BY(mu_);
  std::size_t prune_at_ LIND_GUARDED_BY(mu_) = 64;
  std::uint32_t last_number_ LIND_GUARDED_BY(mu_) = 0;
};

}  // namespace lind::rawposix
