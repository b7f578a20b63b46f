/// \file
/// The list of locks that a guest thread holds, and what becomes of them when it ends.

#pragma once

#include <cstdint>

#include "base/ids.h"
#include "runtime/address_space.h"

namespace lind::rawposix {

/// Marks every lock of the list at `head` as left behind by `tid` and wakes one waiter of each.
/// The list is the guest's: what does not follow the rules ends the walk.
/// Source: exit_robust_list and handle_futex_death, kernel/futex/core.c, v6.1.
void release_robust_list(runtime::AddressSpace& memory, GuestAddr head, std::uint32_t tid);

}  // namespace lind::rawposix
