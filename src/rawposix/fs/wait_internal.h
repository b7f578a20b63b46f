/// \file
/// What the calls that wait for several descriptors share.

#pragma once

#include <time.h>

#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"
#include "rawposix/fs/file_call_internal.h"
#include "runtime/address_space.h"

struct pollfd;

namespace lind::rawposix {

/// How long to wait; nothing: for ever.
using Timeout = std::optional<struct timespec>;

/// A guest's relative time.  A null pointer is no limit.
/// Errors: EFAULT; EINVAL for a negative time or a fraction of a second or more.
Result<Timeout> read_timeout(GuestPtr<uapi::Timespec> timeout);
/// Negative is no limit.
Timeout milliseconds(std::int32_t timeout_ms) noexcept;

/// ppoll on host descriptors.  `timeout` is what is left afterwards.
/// Errors: those of ppoll; ERESTARTNOHAND when interrupted.
Result<std::int64_t> wait_for(Caller& caller, std::span<struct pollfd> fds, Timeout* timeout);

/// An entry of an array for wait_for that stands for a virtual file.
struct WaitedVirtual {
  std::size_t index;
  VirtualFile* file;
};
/// Makes the answers of ready virtual files exact, which their descriptors approach.
void refine(std::span<struct pollfd> fds, std::span<const WaitedVirtual> virtual_files);

/// Calls `wait` with the signal mask behind `mask` in force, if there is one.
/// Errors: EINVAL if the set has not 8 bytes; EFAULT; those of `wait`.
template <typename Wait>
Result<std::int64_t> with_signal_mask(Caller& caller, GuestPtr<std::uint64_t> mask,
                                      std::uint64_t mask_bytes, Wait wait) {
  if (mask.is_null()) return wait();
  if (mask_bytes != sizeof(std::uint64_t)) return uapi::Errno::kEINVAL;
  const std::uint64_t blocked = LIND_TRY(mask.read());
  caller.process().set_blocked_for_call(caller.thread(), blocked);
  Result<std::int64_t> result = wait();
  // An interrupted call leaves the mask to the handler that is about to run.
  const bool interrupted = !result.ok() && (result.error() == uapi::Errno::kERESTARTNOHAND ||
                                            result.error() == uapi::Errno::kEINTR);
  if (!interrupted) caller.process().restore_blocked(caller.thread());
  return result;
}

}  // namespace lind::rawposix
