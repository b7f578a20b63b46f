/// \file
/// An open file description: what dup and fork share.

#pragma once

#include <sys/stat.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "host/unique_fd.h"
#include "rawposix/fs/virtual_file.h"

namespace lind::rawposix {

class EpollEntries;
class SocketState;

/// What only some types of open files have.
struct FileExtras {
  std::shared_ptr<SocketState> socket = nullptr;
  std::shared_ptr<EpollEntries> epoll = nullptr;
};

/// Ownership: counted; descriptors of any process point to it.  The host keeps offset, flags and
/// locks, as the host descriptor is one open file description of the host too.
/// Threading: immutable but for what the host synchronises.
class OpenFile {
 public:
  enum class Type : std::uint8_t {
    kRegular,
    kDirectory,
    kPipe,
    kSocket,
    kTerminal,
    kDevice,  ///< null, zero, full, random, urandom: reads and writes never wait
    kEpoll,
    kInotify,
    kMessageQueue,  ///< mq_open
    kOther,         ///< eventfd and whatever else the host gave us
    kPath,          ///< O_PATH
  };

  OpenFile(std::shared_ptr<host::UniqueFd> fd, Type type, bool read_only_mount, std::string path,
           std::unique_ptr<VirtualFile> virtual_file = nullptr, FileExtras extras = {})
      : fd_(std::move(fd)),
        type_(type),
        read_only_mount_(read_only_mount),
        path_(std::move(path)),
        virtual_file_(std::move(virtual_file)),
        extras_(std::move(extras)) {
    count().fetch_add(1, std::memory_order_relaxed);
  }
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  /// Whether the host has descriptors for another one.  Guests may have half of those of this
  /// process; the others are the runtime's, for memories, programs and directories.
  static bool may_be_more() noexcept;
  /// Whether the pipe may be made `num_bytes` large: together the cages may take a quarter of what
  /// the host grants a user beyond the usual size (pipe-user-pages-soft).
  bool may_enlarge_pipe(std::uint64_t num_bytes) noexcept;

  int host_fd() const noexcept { return fd_->get(); }
  /// For areas of a linear memory, which outlive the descriptor.
  const std::shared_ptr<host::UniqueFd>& shared_fd() const noexcept { return fd_; }
  Type type() const noexcept { return type_; }
  /// Whether reading or writing may wait for someone else, and so can be interrupted.
  bool may_block() const noexcept {
    return type_ != Type::kRegular && type_ != Type::kDirectory && type_ != Type::kDevice &&
           type_ != Type::kPath;
  }
  /// Lies on a mount granted read-only: fchmod, ftruncate and the like are EROFS.
  bool read_only_mount() const noexcept { return read_only_mount_; }
  /// Absolute guest path when it was opened; for *at resolution, fchdir and /proc.
  const std::string& path() const noexcept { return path_; }
  /// What F_GETFL says.  The host is asked once, unless others may change the flags, too.
  /// Errors: those of fcntl.
  Result<std::int32_t> status_flags() const LIND_EXCLUDES(flags_mu_);
  /// F_SETFL with flags that the host may have, and FIONBIO.
  Result<void> set_status_flags(std::int32_t flags) LIND_EXCLUDES(flags_mu_);
  Result<void> set_nonblocking(bool value) LIND_EXCLUDES(flags_mu_);
  /// Says that nobody outside has the host's open file.  Before others know this one.
  void own_flags() noexcept { owns_flags_ = true; }
  /// Who answers instead of the host; null for most files.
  VirtualFile* virtual_file() const noexcept { return virtual_file_.get(); }
  /// Of a socket that guests may use as one; null for all others.
  SocketState* socket() const noexcept { return extras_.socket.get(); }
  const std::shared_ptr<SocketState>& shared_socket() const noexcept { return extras_.socket; }
  /// Of an epoll; null for all others.
  const std::shared_ptr<EpollEntries>& shared_epoll() const noexcept { return extras_.epoll; }
  /// Host descriptors of this one file: number 0 is host_fd(), others are made when they are first
  /// asked for.  Errors: EMFILE.
  Result<int> host_fd_number(std::size_t number) const LIND_EXCLUDES(mu_);

 private:
  std::shared_ptr<host::UniqueFd> fd_;
  Type type_;
  bool read_only_mount_;
  std::string path_;
  std::unique_ptr<VirtualFile> virtual_file_;
  bool owns_flags_ = false;
  static constexpr std::int32_t kUnknown = -1;
  mutable Mutex flags_mu_;  ///< a leaf; held while the host's flags and `flags_` change
  mutable std::atomic<std::int32_t> flags_{kUnknown};
  FileExtras extras_;
  mutable Mutex mu_;  ///< a leaf
  mutable std::vector<host::UniqueFd> more_fds_ LIND_GUARDED_BY(mu_);
  std::atomic<std::uint64_t> extra_pipe_bytes_{0};

  static std::atomic<std::size_t>& count() noexcept;
};

/// An open file of a type that is known, made by us.  `path` is empty for what has no name.
std::shared_ptr<OpenFile> make_open_file(host::UniqueFd fd, OpenFile::Type type,
                                         bool read_only_mount = false, std::string path = {});
/// An open file around a host descriptor, its type asked of the host; for descriptors that lind
/// itself was started with.  Errors: those of fstat.
Result<std::shared_ptr<OpenFile>> adopt_host_file(host::UniqueFd fd, bool read_only_mount = false,
                                                  std::string path = {});
/// The same, with what fstat says of it.
std::shared_ptr<OpenFile> adopt_host_file(host::UniqueFd fd, const struct stat& status,
                                          bool read_only_mount, std::string path);

}  // namespace lind::rawposix
