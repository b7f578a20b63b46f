/// \file
/// Open files that the microvisor answers for itself, without the host: /proc, terminals.

#pragma once

#include <sys/stat.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "runtime/guest_memory.h"

namespace lind::rawposix {

class Caller;
class Process;
class SignalWatch;

/// What stands behind such an open file.  Its OpenFile also has a host descriptor, which only says
/// to poll and epoll whether the file is ready.
///
/// Ownership: its OpenFile's; ends with the last descriptor.
/// Threading: any thread, many at once.
class VirtualFile {
 public:
  /// \param flags  of open(2): access mode and O_NONBLOCK count
  explicit VirtualFile(std::uint64_t flags) noexcept : flags_(static_cast<std::int32_t>(flags)) {}
  virtual ~VirtualFile() = default;
  VirtualFile(const VirtualFile&) = delete;
  VirtualFile& operator=(const VirtualFile&) = delete;

  /// What F_GETFL says.
  std::int32_t flags() const noexcept { return flags_.load(); }
  /// F_SETFL, FIONBIO.
  void set_nonblocking(bool value) noexcept;
  bool nonblocking() const noexcept;

  /// Where a transfer begins: at the file's own offset, which moves, or elsewhere.
  using Offset = std::optional<std::uint64_t>;
  /// Fills a part of `into`; 0 is the end of the file.
  /// Errors: those of read(2); ERESTARTSYS when interrupted.
  virtual Result<std::size_t> read(Caller& caller, std::span<std::byte> into, Offset offset) = 0;
  virtual Result<std::size_t> write(Caller& caller, std::span<const std::byte> from,
                                    Offset offset) = 0;
  /// lseek.  Errors: ESPIPE, EINVAL.
  virtual Result<std::int64_t> seek(std::int64_t offset, std::int32_t whence) = 0;
  /// getdents64: whole records into `into`.  Errors: ENOTDIR; EINVAL if not one fits.
  virtual Result<std::size_t> list(Caller& caller, std::span<std::byte> into) = 0;
  virtual Result<std::int64_t> ioctl(Caller& caller, std::uint32_t request,
                                     runtime::GuestBytes arg) = 0;
  /// As the host would report it: owners are the host's.
  virtual Result<struct stat> status(Caller& caller) = 0;
  /// The POLL* that hold now, for poll and select to report; nothing: those of the descriptor.
  virtual std::optional<short> poll_events() { return std::nullopt; }
  /// Called before a guest waits for the descriptor.
  virtual void about_to_wait(Caller& /*caller*/) {}
  /// For signalfd, which changes its set; null for all others.
  virtual SignalWatch* signal_watch() noexcept { return nullptr; }
  /// Of a pidfd: its process; null for all others.
  virtual const std::weak_ptr<Process>* pidfd_process() const noexcept { return nullptr; }

 private:
  std::atomic<std::int32_t> flags_;
};

}  // namespace lind::rawposix
