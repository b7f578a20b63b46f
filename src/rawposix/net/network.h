/// \file
/// What the sockets of an instance share.

#pragma once

#include <atomic>
#include <utility>

#include "rawposix/net/messages_in_flight.h"
#include "rawposix/net/network_policy.h"
#include "rawposix/net/unix_names.h"

namespace lind::rawposix {

/// Ownership: the Kernel's.  Threading: any thread.
struct Network {
  explicit Network(NetworkPolicy given) : policy(std::move(given)) {}

  const NetworkPolicy policy;
  UnixNames unix_names;
  MessagesInFlight messages;
  /// Some socket has, or had, SO_PASSCRED: from now on every message tells who sent it.
  std::atomic<bool> tells_senders{false};
};

}  // namespace lind::rawposix
