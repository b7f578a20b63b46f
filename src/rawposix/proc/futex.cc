#include "uapi/futex.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "host/errno.h"
#include "host/time.h"
#include "rawposix/fs/host_args.h"
#include "rawposix/proc/futex_words.h"
#include "rawposix/proc/handlers.h"
#include "rawposix/proc/process_tree.h"
#include "rawposix/proc/time_values.h"

namespace lind::rawposix {

std::int32_t futex_scope(const runtime::AddressSpace& memory, GuestAddr word,
                         bool guest_says_private) {
  if (guest_says_private) return uapi::kFUTEX_PRIVATE_FLAG;
  const std::vector<runtime::Area> areas = memory.areas();
  const bool is_shared = std::ranges::any_of(areas, [word](const runtime::Area& area) {
    return to_u64(word) >= area.start && to_u64(word) - area.start < area.num_bytes &&
           (area.backing == runtime::Backing::kSharedFile ||
            area.backing == runtime::Backing::kSharedAnon);
  });
  return is_shared ? 0 : uapi::kFUTEX_PRIVATE_FLAG;
}

Result<std::int64_t> wake_futex(runtime::AddressSpace& memory, GuestAddr word, std::int32_t count) {
  std::uint32_t* const address = LIND_TRY(memory.futex_word(word));
  const std::int32_t operation = uapi::kFUTEX_WAKE | futex_scope(memory, word, false);
  const long woken = ::syscall(SYS_futex, address, operation, count, nullptr, nullptr, 0);
  if (woken < 0) return host::last_errno();
  return woken;
}

namespace {

/// The registers of a futex call, decoded.
struct FutexCall {
  GuestPtr<std::uint32_t> word;
  std::int32_t command;
  std::int32_t flags;  ///< host's FUTEX_PRIVATE_FLAG and FUTEX_CLOCK_REALTIME
  std::uint32_t value;
  GuestPtr<uapi::Timespec> fourth;
  GuestPtr<std::uint32_t> second_word;
  std::uint32_t third_value;
};

// FUTEX_WAIT's time is relative, FUTEX_WAIT_BITSET's absolute; the host is always asked for the
// latter, so that a wait that is made again ends when the first one would have.
Result<std::optional<std::int64_t>> deadline_of(GuestThread& guest, const FutexCall& call) {
  if (call.fourth.is_null()) return std::optional<std::int64_t>();
  const uapi::Timespec given = LIND_TRY(call.fourth.read());
  const std::optional<std::int64_t> ns = to_ns(given);
  if (!ns) return uapi::Errno::kEINVAL;
  if (call.command == uapi::kFUTEX_WAIT_BITSET) return ns;
  const std::int64_t deadline = guest.restart_deadline_ns.value_or(host::deadline_after(*ns));
  guest.restart_deadline_ns.reset();
  return std::optional(deadline);
}

SysResult wait(Caller& caller, const FutexCall& call) {
  const bool is_bitset = call.command == uapi::kFUTEX_WAIT_BITSET;
  const std::uint32_t bitset = is_bitset ? call.third_value : uapi::kFUTEX_BITSET_MATCH_ANY;
  if (bitset == 0) return uapi::Errno::kEINVAL;
  GuestThread& guest = caller.guest_thread();
  const std::optional<std::int64_t> deadline_ns = LIND_TRY(deadline_of(guest, call));
  std::uint32_t* const address = LIND_TRY(call.word.owner()->futex_word(call.word.addr()));
  timespec deadline{};
  if (deadline_ns) {
    deadline = {.tv_sec = *deadline_ns / kNsPerSecond, .tv_nsec = *deadline_ns % kNsPerSecond};
  }
  // A relative time is never one of CLOCK_REALTIME once it has become a deadline.
  const std::int32_t clock = is_bitset ? call.flags & uapi::kFUTEX_CLOCK_REALTIME : 0;
  const std::int32_t operation =
      uapi::kFUTEX_WAIT_BITSET | (call.flags & uapi::kFUTEX_PRIVATE_FLAG) | clock;
  const Result<std::int64_t> result = caller.thread().blocking_wait(
      SYS_futex, host_args(address, operation, call.value, deadline_ns ? &deadline : nullptr,
                           nullptr, bitset));
  if (result.ok() || result.error() != uapi::Errno::kEINTR) return result;
  if (!deadline_ns) return uapi::Errno::kERESTARTSYS;
  if (!is_bitset) guest.restart_deadline_ns = deadline_ns;
  return uapi::Errno::kERESTARTNOHAND;
}

SysResult wake(const FutexCall& call) {
  const bool is_bitset = call.command == uapi::kFUTEX_WAKE_BITSET;
  const std::uint32_t bitset = is_bitset ? call.third_value : uapi::kFUTEX_BITSET_MATCH_ANY;
  std::uint32_t* const address = LIND_TRY(call.word.owner()->futex_word(call.word.addr()));
  const long woken = ::syscall(SYS_futex, address,
                               uapi::kFUTEX_WAKE_BITSET | (call.flags & uapi::kFUTEX_PRIVATE_FLAG),
                               call.value, nullptr, nullptr, bitset);
  if (woken < 0) return host::last_errno();
  return woken;
}

// REQUEUE, CMP_REQUEUE and WAKE_OP: the fourth argument is a count.
SysResult wake_and_move(const FutexCall& call) {
  std::uint32_t* const address = LIND_TRY(call.word.owner()->futex_word(call.word.addr()));
  std::uint32_t* const second =
      LIND_TRY(call.second_word.owner()->futex_word(call.second_word.addr()));
  const std::int32_t operation = call.command | (call.flags & uapi::kFUTEX_PRIVATE_FLAG);
  const long count = static_cast<std::int32_t>(to_u64(call.fourth.addr()));
  const long moved =
      ::syscall(SYS_futex, address, operation, call.value, count, second, call.third_value);
  if (moved < 0) return host::last_errno();
  return moved;
}

bool thread_lives(Caller& caller, std::uint32_t tid) {
  if (caller.process().has_thread(tid)) return true;
  const std::vector<std::shared_ptr<Process>> all = caller.kernel().tree().all();
  return std::ranges::any_of(all, [tid](const auto& process) { return process->has_thread(tid); });
}

SysResult pi_operation(Caller& caller, const FutexCall& call) {
  const PiLock lock{.memory = *call.word.owner(),
                    .word = call.word.addr(),
                    .scope = call.flags & uapi::kFUTEX_PRIVATE_FLAG};
  const std::uint32_t tid = caller.process().tid_of(caller.thread());
  if (call.command == uapi::kFUTEX_UNLOCK_PI) {
    LIND_TRY(unlock_pi(lock, tid));
    return 0;
  }
  if (call.command == uapi::kFUTEX_TRYLOCK_PI) {
    LIND_TRY(try_lock_pi(lock, tid));
    return 0;
  }
  PiWait wait;
  if (!call.fourth.is_null()) {
    const uapi::Timespec given = LIND_TRY(call.fourth.read());
    wait.deadline_ns = to_ns(given);
    if (!wait.deadline_ns) return uapi::Errno::kEINVAL;
  }
  wait.realtime = wait.deadline_ns && (call.command == uapi::kFUTEX_LOCK_PI ||
                                       (call.flags & uapi::kFUTEX_CLOCK_REALTIME) != 0);
  const Result<void> locked = lock_pi(caller.thread(), lock, tid, wait, [&](std::uint32_t owner) {
    return thread_lives(caller, owner);
  });
  if (locked.ok()) return 0;
  // The deadline is absolute: the same call again waits as long as the first one would have.
  return locked.error() == uapi::Errno::kEINTR ? uapi::Errno::kERESTARTSYS : locked.error();
}

}  // namespace

SysResult sys_futex(Caller& caller, GuestPtr<std::uint32_t> word, std::int32_t operation,
                    std::uint32_t value, GuestPtr<uapi::Timespec> timeout,
                    GuestPtr<std::uint32_t> second_word, std::uint32_t third_value) {
  const bool is_private = (operation & uapi::kFUTEX_PRIVATE_FLAG) != 0;
  const FutexCall call{.word = word,
                       .command = operation & uapi::kFUTEX_CMD_MASK,
                       .flags = (operation & uapi::kFUTEX_CLOCK_REALTIME) |
                                futex_scope(*word.owner(), word.addr(), is_private),
                       .value = value,
                       .fourth = timeout,
                       .second_word = second_word,
                       .third_value = third_value};
  switch (call.command) {
    case uapi::kFUTEX_WAIT:
    case uapi::kFUTEX_WAIT_BITSET:
      return wait(caller, call);
    case uapi::kFUTEX_WAKE:
    case uapi::kFUTEX_WAKE_BITSET:
      return wake(call);
    case uapi::kFUTEX_REQUEUE:
    case uapi::kFUTEX_CMP_REQUEUE:
    case uapi::kFUTEX_WAKE_OP:
      return wake_and_move(call);
    case uapi::kFUTEX_LOCK_PI:
    case uapi::kFUTEX_LOCK_PI2:
    case uapi::kFUTEX_TRYLOCK_PI:
    case uapi::kFUTEX_UNLOCK_PI:
      return pi_operation(caller, call);
    default:
      return uapi::Errno::kENOSYS;
  }
}

}  // namespace lind::rawposix
