/// \file
/// Sets of signals and the queue of those that wait for delivery.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "uapi/signal.h"

namespace lind::rawposix {

/// A set of signals as the ABI has it: bit signo - 1.
using SignalMask = std::uint64_t;

constexpr bool is_signal(std::int32_t signo) noexcept {
  return signo >= 1 && signo <= uapi::kNumSignals;
}
/// Requires: is_signal(signo).
constexpr SignalMask signal_bit(std::int32_t signo) noexcept {
  return SignalMask{1} << static_cast<std::uint32_t>(signo - 1);
}

/// What nobody can block, ignore or catch.
inline constexpr SignalMask kUnblockable = signal_bit(uapi::kSIGKILL) | signal_bit(uapi::kSIGSTOP);
/// Raised by an instruction; taken before all others.
inline constexpr SignalMask kSynchronous = signal_bit(uapi::kSIGSEGV) | signal_bit(uapi::kSIGBUS) |
                                           signal_bit(uapi::kSIGILL) | signal_bit(uapi::kSIGTRAP) |
                                           signal_bit(uapi::kSIGFPE) | signal_bit(uapi::kSIGSYS);
inline constexpr SignalMask kStopSignals = signal_bit(uapi::kSIGSTOP) | signal_bit(uapi::kSIGTSTP) |
                                           signal_bit(uapi::kSIGTTIN) | signal_bit(uapi::kSIGTTOU);

enum class DefaultAction : std::uint8_t { kTerminate, kIgnore, kStop, kContinue };

/// What SIG_DFL means.  Requires: is_signal(signo).
DefaultAction default_action(std::int32_t signo) noexcept;

/// The signals that wait for one thread or for one process.
///
/// A standard signal waits at most once; a real-time signal as often as it was sent.
/// Ownership: part of its thread or process, whose lock guards it.
class PendingSignals {
 public:
  /// Adds a signal.  False if it is a standard one that waits already.
  /// Requires: is_signal(info.signo).
  bool add(const uapi::SigInfo& info);

  /// Whether the signal of a timer waits that `info` (SI_TIMER) is from; its overruns grow then.
  bool count_timer(const uapi::SigInfo& info, std::uint32_t times);

  /// The signal of `allowed` that goes first: synchronous ones, then the lowest number; of one
  /// number the oldest.  0 if there is none.
  std::int32_t first(SignalMask allowed) const noexcept;
  /// Removes that signal and returns it.
  std::optional<uapi::SigInfo> take(SignalMask allowed);
  void remove(SignalMask signals);

  SignalMask mask() const noexcept { return mask_; }
  std::size_t size() const noexcept { return queue_.size(); }

 private:
  std::deque<uapi::SigInfo> queue_;
  SignalMask mask_ = 0;  ///< numbers in queue_
};

/// siginfo of kill, tkill and sigqueue.
uapi::SigInfo sent_signal(std::int32_t signo, std::int32_t code, std::uint32_t sender_pid,
                          std::uint32_t sender_uid = 0);

}  // namespace lind::rawposix
