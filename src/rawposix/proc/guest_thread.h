/// \file
/// A guest thread as the microvisor sees it.

#pragma once

#include <time.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/ids.h"
#include "rawposix/proc/pending_signals.h"
#include "rawposix/proc/usage.h"
#include "runtime/thread.h"

namespace lind::rawposix {

/// Ownership: its Process, until it has ended.
/// Threading: fields marked (mu) are guarded by the Process's mu_; the others belong to the
///   thread itself.
struct GuestThread {
  std::uint32_t tid = 0;  ///< (mu)
  std::unique_ptr<runtime::Thread> runtime;

  GuestAddr robust_list{};  ///< (mu) head of the locks it holds, 0: none

  // --- signals (mu) -------------------------------------------------------------------------
  SignalMask blocked = 0;
  SignalMask awaited = 0;                ///< rt_sigtimedwait sleeps for these although blocked
  std::optional<SignalMask> saved_mask;  ///< rt_sigsuspend: to restore behind the handler
  PendingSignals pending;
  uapi::SigStack alternate_stack{.sp = 0, .flags = uapi::kSS_DISABLE, .size = 0};
  /// The interrupted call answers EINTR after any handler, whatever SA_RESTART says.
  bool never_restart = false;

  std::string name;  ///< PR_SET_NAME, at most 15 bytes; written under (mu) by itself

  // --- its own ------------------------------------------------------------------------------
  /// Of a relative sleep that is made again because no handler ran; CLOCK_MONOTONIC ns.
  std::optional<std::int64_t> restart_deadline_ns;
  GuestAddr clear_child_tid{};  ///< 0: none

  // --- how it starts and goes on ------------------------------------------------------------
  std::unique_ptr<runtime::ThreadImage> image;       ///< a forked child's first thread
  std::optional<std::uint32_t> start_block;          ///< lind_thread_start's argument
  std::optional<GuestAddr> activation_block;         ///< it is to become an activation
  bool has_exited = false;                           ///< an activation that has called exit
  std::shared_ptr<runtime::Instance> next_instance;  ///< set by exec

  // --- accounting ---------------------------------------------------------------------------
  std::optional<clockid_t> cpu_clock;  ///< (mu) of the host thread, once it runs
  std::int64_t cpu_start_ns = 0;       ///< (mu)
  Usage usage_start;
};

}  // namespace lind::rawposix
