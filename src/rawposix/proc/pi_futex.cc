// Locks whose word names the owner.  The word alone is the state; who waits sleeps on it with the
// host's futex, so that locks work between cages that share the memory.  A waiter that was woken
// takes the lock with the waiters' bit set, as it cannot know whether there are others: at worst
// one unlock too many comes to us.  All guest threads have the same priority for the host, so
// there is none to lend.

#include <sys/syscall.h>
#include <time.h>

#include "rawposix/fs/host_args.h"
#include "rawposix/proc/futex_words.h"
#include "rawposix/proc/time_values.h"
#include "uapi/futex.h"

namespace lind::rawposix {
namespace {

constexpr std::uint32_t owner_of(std::uint32_t word) noexcept {
  return word & uapi::kFUTEX_TID_MASK;
}

Result<void> sleep_on(runtime::Thread& thread, const PiLock& lock, std::uint32_t value,
                      const PiWait& wait) {
  std::uint32_t* const address = LIND_TRY(lock.memory.futex_word(lock.word));
  timespec deadline{};
  if (wait.deadline_ns) {
    deadline = {.tv_sec = *wait.deadline_ns / kNsPerSecond,
                .tv_nsec = *wait.deadline_ns % kNsPerSecond};
  }
  const std::int32_t clock = wait.realtime ? uapi::kFUTEX_CLOCK_REALTIME : 0;
  const Result<std::int64_t> slept = thread.blocking_wait(
      SYS_futex,
      host_args(address, uapi::kFUTEX_WAIT_BITSET | lock.scope | clock, value,
                wait.deadline_ns ? &deadline : nullptr, nullptr, uapi::kFUTEX_BITSET_MATCH_ANY));
  // The word has changed already: the caller looks at it anyway.
  if (slept.ok() || slept.error() == uapi::Errno::kEAGAIN) return {};
  return slept.error();
}

}  // namespace

Result<void> lock_pi(runtime::Thread& thread, const PiLock& lock, std::uint32_t tid,
                     const PiWait& wait, const std::function<bool(std::uint32_t)>& owner_lives) {
  std::uint32_t waiters = 0;
  std::uint32_t seen = LIND_TRY(lock.memory.load_word(lock.word));
  for (;;) {
    const std::uint32_t owner = owner_of(seen);
    if (owner == tid) return uapi::Errno::kEDEADLK;
    if (owner != 0 && !owner_lives(owner)) {
      // A thread leaves its robust locks before it is gone: the word may say so by now.
      const std::uint32_t now = LIND_TRY(lock.memory.load_word(lock.word));
      if (now == seen) return uapi::Errno::kESRCH;
      seen = now;
      continue;
    }
    const std::uint32_t wanted =
        owner == 0 ? tid | waiters | (seen & ~uapi::kFUTEX_TID_MASK) : seen | uapi::kFUTEX_WAITERS;
    const std::uint32_t before =
        LIND_TRY(lock.memory.compare_exchange_word(lock.word, seen, wanted));
    if (before != seen) {
      seen = before;
      continue;
    }
    if (owner == 0) return {};
    LIND_TRY(sleep_on(thread, lock, wanted, wait));
    waiters = uapi::kFUTEX_WAITERS;
    seen = LIND_TRY(lock.memory.load_word(lock.word));
  }
}

Result<void> try_lock_pi(const PiLock& lock, std::uint32_t tid) {
  std::uint32_t seen = LIND_TRY(lock.memory.load_word(lock.word));
  for (;;) {
    if (owner_of(seen) == tid) return uapi::Errno::kEDEADLK;
    if (owner_of(seen) != 0) return uapi::Errno::kEAGAIN;
    const std::uint32_t before = LIND_TRY(
        lock.memory.compare_exchange_word(lock.word, seen, tid | (seen & ~uapi::kFUTEX_TID_MASK)));
    if (before == seen) return {};
    seen = before;
  }
}

Result<void> unlock_pi(const PiLock& lock, std::uint32_t tid) {
  std::uint32_t seen = LIND_TRY(lock.memory.load_word(lock.word));
  for (;;) {
    if (owner_of(seen) != tid) return uapi::Errno::kEPERM;
    const std::uint32_t before = LIND_TRY(lock.memory.compare_exchange_word(lock.word, seen, 0));
    if (before == seen) break;
    seen = before;
  }
  if ((seen & uapi::kFUTEX_WAITERS) != 0) LIND_TRY(wake_futex(lock.memory, lock.word, 1));
  return {};
}

}  // namespace lind::rawposix
