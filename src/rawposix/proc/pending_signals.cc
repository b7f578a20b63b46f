#include "rawposix/proc/pending_signals.h"

#include <algorithm>
#include <bit>

namespace lind::rawposix {
namespace {

constexpr SignalMask kIgnoredByDefault =
    signal_bit(uapi::kSIGCHLD) | signal_bit(uapi::kSIGURG) | signal_bit(uapi::kSIGWINCH);

}  // namespace

DefaultAction default_action(std::int32_t signo) noexcept {
  const SignalMask bit = signal_bit(signo);
  if (signo == uapi::kSIGCONT) return DefaultAction::kContinue;
  if ((bit & kStopSignals) != 0) return DefaultAction::kStop;
  if ((bit & kIgnoredByDefault) != 0) return DefaultAction::kIgnore;
  return DefaultAction::kTerminate;
}

bool PendingSignals::add(const uapi::SigInfo& info) {
  const SignalMask bit = signal_bit(info.signo);
  if (info.signo < uapi::kSIGRTMIN && (mask_ & bit) != 0) return false;
  queue_.push_back(info);
  mask_ |= bit;
  return true;
}

bool PendingSignals::count_timer(const uapi::SigInfo& info, std::uint32_t times) {
  const auto found = std::ranges::find_if(queue_, [&](const uapi::SigInfo& other) {
    return other.code == uapi::kSI_TIMER && other.signo == info.signo &&
           other.words[0] == info.words[0];
  });
  if (found == queue_.end()) return false;
  constexpr std::uint32_t kMost = INT32_MAX;  // DELAYTIMER_MAX
  found->words[1] =
      times > kMost - std::min(found->words[1], kMost) ? kMost : found->words[1] + times;
  return true;
}

std::int32_t PendingSignals::first(SignalMask allowed) const noexcept {
  SignalMask candidates = mask_ & allowed;
  if ((candidates & kSynchronous) != 0) candidates &= kSynchronous;
  return candidates == 0 ? 0 : std::countr_zero(candidates) + 1;
}

std::optional<uapi::SigInfo> PendingSignals::take(SignalMask allowed) {
  const std::int32_t signo = first(allowed);
  if (signo == 0) return std::nullopt;
  const auto has_number = [signo](const uapi::SigInfo& info) { return info.signo == signo; };
  const auto found = std::find_if(queue_.begin(), queue_.end(), has_number);
  const uapi::SigInfo info = *found;
  const auto next = queue_.erase(found);
  if (std::none_of(next, queue_.end(), has_number)) mask_ &= ~signal_bit(signo);
  return info;
}

void PendingSignals::remove(SignalMask signals) {
  std::erase_if(queue_, [signals](const uapi::SigInfo& info) {
    return (signal_bit(info.signo) & signals) != 0;
  });
  mask_ &= ~signals;
}

uapi::SigInfo sent_signal(std::int32_t signo, std::int32_t code, std::uint32_t sender_pid,
                          std::uint32_t sender_uid) {
  uapi::SigInfo info{.signo = signo, .error = 0, .code = code, .words = {}};
  info.words[0] = sender_pid;
  info.words[1] = sender_uid;
  return info;
}

}  // namespace lind::rawposix
