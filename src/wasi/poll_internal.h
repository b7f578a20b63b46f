/// \file
/// poll_oneoff, for both forms of a subscription.

#pragma once

#include <vector>

#include "wasi/function.h"

namespace lind::wasi {

/// Subscriptions of one call, at most.
inline constexpr std::uint32_t kMaxSubscriptions = 4096;

/// Waits, and stores the events.  Requires: at most kMaxSubscriptions.
/// Errors: kInval for none.
Answer poll_all(Context& context, const std::vector<Subscription>& subscriptions,
                const Ptr<Event>& out, const Ptr<std::uint32_t>& num_events);

}  // namespace lind::wasi
