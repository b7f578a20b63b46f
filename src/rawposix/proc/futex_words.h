/// \file
/// Futex words of guests as the host's futex sees them.

#pragma once

#include <cstdint>

#include "base/ids.h"
#include "base/result.h"
#include "runtime/address_space.h"

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

}  // namespace lind::rawposix
