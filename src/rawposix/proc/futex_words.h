/// \file
/// Futex words of guests as the host's futex sees them.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/ids.h"
#include "base/result.h"
#include "runtime/address_space.h"
#include "runtime/thread.h"

namespace lind::rawposix {

/// The host's FUTEX_PRIVATE_FLAG for a word, or 0.
///
/// A word of the cage's own memory is private whatever the guest says: its mapping changes kind
/// when a fork freezes it, and with it the key of a shared futex; the address does not.  A word in
/// an area that several cages map keeps the guest's choice.
std::int32_t futex_scope(const runtime::AddressSpace& memory, GuestAddr word,
                         bool guest_says_private);

/// Wakes up to `count` threads that sleep on `word`, which is not known to be private.
/// Errors: EFAULT, EINVAL.
Result<std::int64_t> wake_futex(runtime::AddressSpace& memory, GuestAddr word, std::int32_t count);

/// A lock word that names its owner's tid (FUTEX_LOCK_PI and its kin).  `scope` is futex_scope's.
struct PiLock {
  runtime::AddressSpace& memory;
  GuestAddr word;
  std::int32_t scope;
};
/// Locks for `tid`, which `thread` runs; sleeps until `deadline_ns` of `clock` (nothing: for ever).
/// `owner_lives` tells whether a tid is one of a living thread.
/// Errors: EDEADLK, ESRCH (the owner is gone), ETIMEDOUT, EINTR, EFAULT, EINVAL.
struct PiWait {
  std::optional<std::int64_t> deadline_ns;
  bool realtime = true;
};
Result<void> lock_pi(runtime::Thread& thread, const PiLock& lock, std::uint32_t tid,
                     const PiWait& wait, const std::function<bool(std::uint32_t)>& owner_lives);
/// Errors: EAGAIN (held), EDEADLK, EFAULT, EINVAL.
Result<void> try_lock_pi(const PiLock& lock, std::uint32_t tid);
/// Errors: EPERM (not the owner), EFAULT, EINVAL.
Result<void> unlock_pi(const PiLock& lock, std::uint32_t tid);

}  // namespace lind::rawposix
