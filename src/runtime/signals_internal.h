/// \file
/// The process-wide signal handlers.

#pragma once

#include <signal.h>

#include "base/error.h"

namespace lind::runtime {

/// Installs them for SIGSEGV, SIGBUS, SIGFPE, SIGILL and the kick.  Errors: the host's.
ErrorOr<void> install_signal_handlers();

/// Hands a signal that is not ours to whoever had it before.  Async-signal-safe.
void chain_signal(int signal, siginfo_t* info, void* context) noexcept;

}  // namespace lind::runtime

extern "C" {

/// The handlers themselves; signals_inside_unsafe.cc.
void lind_handle_fault(int signal, siginfo_t* info, void* context) noexcept;
void lind_handle_kick(int signal, siginfo_t* info, void* context) noexcept;

}  // extern "C"
