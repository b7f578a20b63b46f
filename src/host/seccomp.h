/// \file
/// The second wall: which calls of the host kernel this process can still make.

#pragma once

#include <cstdint>

#include "base/error.h"

namespace lind::host {

/// Whose list.  Each is in seccomp_lists.cc, every entry with who needs it.
enum class SyscallList : std::uint8_t {
  kRuntime,   ///< lind, its guests' threads included: no fork, no exec, no new powers
  kKeep,      ///< the same in a locked keep, whose internet sockets were all made before
  kCarrier,   ///< the carrier of a keep's TLS connections: what it accepts and has; no files
  kBroker,    ///< the compile broker: starts lindc, removes a directory
  kCompiler,  ///< lindc with its descriptors given: memory and threads; no files, no network
};

/// What happens to a call that is not on the list.
enum class OnForeignCall : std::uint8_t {
  kRefuse,  ///< ENOSYS
  kKill,    ///< SIGSYS ends the process
};

/// Confines every thread of this process, now and in children, for good.
/// Requires: no_new_privs is set.
/// Errors: the host has no seccomp.
ErrorOr<void> confine_syscalls(SyscallList list, OnForeignCall on_foreign);

}  // namespace lind::host
