#include "rawposix/proc/robust_list.h"

#include "rawposix/proc/futex_words.h"
#include "rawposix/proc/handlers.h"
#include "rawposix/proc/process_tree.h"
#include "uapi/futex.h"

namespace lind::rawposix {
namespace {

constexpr int kMaxLocks = 2048;  // linux/futex.h, ROBUST_LIST_LIMIT

/// An entry of the list: the address of its lock's link; the lowest bit tells a PI lock.
struct Entry {
  std::uint32_t address;
  bool is_pi;
};

Entry to_entry(std::uint32_t word) noexcept {
  return {.address = word & ~1U, .is_pi = (word & 1) != 0};
}

enum class Pending : std::uint8_t { kNo, kYes };

// Nobody is left who could be told of an error.
void release_lock(runtime::AddressSpace& memory, const Entry& entry, std::int32_t offset,
                  std::uint32_t tid, Pending pending) {
  // Addresses of the guest wrap as its own sums do.
  const GuestAddr word{entry.address + static_cast<std::uint32_t>(offset)};
  Result<std::uint32_t> value = memory.load_word(word);
  while (value.ok()) {
    const std::uint32_t seen = value.value();
    if (pending == Pending::kYes && !entry.is_pi && seen == 0) {
      (void)wake_futex(memory, word, 1);
      return;
    }
    if ((seen & uapi::kFUTEX_TID_MASK) != tid) return;
    const std::uint32_t left = (seen & uapi::kFUTEX_WAITERS) | uapi::kFUTEX_OWNER_DIED;
    value = memory.compare_exchange_word(word, seen, left);
    if (!value.ok()) return;
    if (value.value() != seen) continue;
    if ((seen & uapi::kFUTEX_WAITERS) != 0) (void)wake_futex(memory, word, 1);
    return;
  }
}

}  // namespace

void release_robust_list(runtime::AddressSpace& memory, GuestAddr head, std::uint32_t tid) {
  const Result<uapi::RobustListHead> list =
      runtime::GuestPtr<uapi::RobustListHead>(&memory, head).read();
  if (!list.ok()) return;
  const Entry pending = to_entry(list.value().pending);
  Entry entry = to_entry(list.value().first);
  for (int left = kMaxLocks; left > 0 && entry.address != to_u64(head); --left) {
    // The next one first: a lock that is free may be reused at once.
    const Result<std::uint32_t> next = memory.load_word(GuestAddr{entry.address});
    if (entry.address != pending.address) {
      release_lock(memory, entry, list.value().futex_offset, tid, Pending::kNo);
    }
    if (!next.ok()) break;
    entry = to_entry(next.value());
  }
  if (pending.address == 0) return;
  release_lock(memory, pending, list.value().futex_offset, tid, Pending::kYes);
}

SysResult sys_set_robust_list(Caller& caller, GuestPtr<uapi::RobustListHead> head,
                              std::uint32_t num_bytes) {
  if (num_bytes != sizeof(uapi::RobustListHead)) return uapi::Errno::kEINVAL;
  caller.process().set_robust_list(caller.thread(), head.addr());
  return 0;
}

SysResult sys_get_robust_list(Caller& caller, std::int32_t tid, GuestPtr<std::uint32_t> head,
                              GuestPtr<std::uint32_t> num_bytes) {
  std::uint32_t wanted = caller.process().tid_of(caller.thread());
  if (tid != 0) wanted = static_cast<std::uint32_t>(tid);
  std::optional<GuestAddr> found;
  for (const std::shared_ptr<Process>& process : caller.kernel().tree().all()) {
    found = process->robust_list(wanted);
    if (found) break;
  }
  if (!found) return uapi::Errno::kESRCH;
  LIND_TRY(num_bytes.write(sizeof(uapi::RobustListHead)));
  LIND_TRY(head.write(static_cast<std::uint32_t>(to_u64(*found))));
  return 0;
}

}  // namespace lind::rawposix
