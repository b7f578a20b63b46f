/// \file
/// Control messages: the guest's form (4-byte lengths, aligned to 4) and the host's.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "host/unique_fd.h"
#include "rawposix/caller.h"
#include "rawposix/net/messages_in_flight.h"
#include "runtime/guest_memory.h"

namespace lind::rawposix {

/// What a guest sends beside the bytes.
struct SentControl {
  std::vector<std::byte> host;  ///< entries that the host understands as they are
  std::vector<std::shared_ptr<OpenFile>> files;
  bool names_sender = false;  ///< SCM_CREDENTIALS: those of the caller
};
/// Errors: EFAULT; ENOBUFS if there is too much; EINVAL for what is not well formed; EBADF; EPERM
/// for credentials of somebody else.
Result<SentControl> read_control(Caller& caller, const SocketState& socket,
                                 runtime::GuestBytes place, std::uint32_t num_bytes);
/// Adds an SCM_RIGHTS entry of host descriptors.
void append_rights(std::vector<std::byte>& host, std::span<const int> fds);

/// What came beside the bytes, in the host's form; its descriptors are owned here.
struct ReceivedControl {
  struct Entry {
    std::int32_t level;
    std::int32_t type;
    std::span<const std::byte> data;  ///< in the buffer that was parsed
  };
  std::vector<Entry> entries;  ///< without descriptors
  std::vector<host::UniqueFd> fds;
};
ReceivedControl parse_control(std::span<const std::byte> host);

/// Control messages as a guest gets them.
class ControlWriter {
 public:
  explicit ControlWriter(std::size_t room) : room_(room) {}

  /// Adds an entry, or as much of it as there is room for.
  void put(std::int32_t level, std::int32_t type, std::span<const std::byte> data);
  /// How many descriptors an entry could still hold.
  std::size_t room_for_fds() const noexcept;
  void truncate() noexcept { truncated_ = true; }

  bool truncated() const noexcept { return truncated_; }
  std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::size_t room_;
  std::vector<std::byte> bytes_;
  bool truncated_ = false;
};

}  // namespace lind::rawposix
