#include "rawposix/ipc/semaphores.h"

#include <algorithm>
#include <utility>

namespace lind::rawposix {

Result<std::int32_t> Semaphores::get(std::int32_t key, std::int32_t num_sems, std::int32_t flags) {
  if (num_sems < 0 || static_cast<std::uint64_t>(num_sems) > kMaxPerSet) {
    return uapi::Errno::kEINVAL;
  }
  const auto count = static_cast<std::size_t>(num_sems);
  const MutexLock lock(mu_);
  std::size_t used = 0;
  for (const auto& [id, other] : sets_.all())
    used += other->semaphores.size();
  const auto create = [&]() -> Result<Ref> {
    if (count == 0) return uapi::Errno::kEINVAL;
    if (used + count > kMaxTotal) return uapi::Errno::kENOSPC;
    auto set = std::make_shared<Set>();
    set->semaphores.resize(count);
    set->ctime = ipc_time();
    return set;
  };
  const auto check = [&](const Set& set) -> Result<void> {
    if (count > set.semaphores.size()) return uapi::Errno::kEINVAL;
    return {};
  };
  return sets_.get(key, flags, create, check);
}

Result<Semaphores::Ref> Semaphores::find_locked(std::int32_t id) const {
  Ref set = sets_.find(id);
  if (set == nullptr) return uapi::Errno::kEINVAL;
  return set;
}

// Source: perform_atomic_semop_slow, ipc/sem.c, v6.1.
Result<std::optional<std::size_t>> Semaphores::try_all(Set& set,
                                                       std::span<const uapi::Sembuf> operations,
                                                       std::uint32_t pid) {
  const bool undoes = std::ranges::any_of(
      operations, [](const uapi::Sembuf& op) { return (op.flags & uapi::kSEM_UNDO) != 0; });
  Adjustments adjust;
  if (undoes) {
    const auto old = set.undo.find(pid);
    if (old != set.undo.end()) adjust = old->second;
  }
  // What has been done is taken back from the last to the first.
  const auto take_back = [&](std::size_t num_done) {
    while (num_done-- > 0)
      set.semaphores[operations[num_done].num].value -= operations[num_done].op;
  };
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const uapi::Sembuf& op = operations[i];
    std::int32_t& value = set.semaphores[op.num].value;
    if ((op.op == 0 && value != 0) || value + op.op < 0) {
      take_back(i);
      return std::optional(i);
    }
    bool out_of_range = value + op.op > kMaxValue;
    if (!out_of_range && (op.flags & uapi::kSEM_UNDO) != 0) {
      const std::int32_t undo = adjust[op.num] - op.op;
      out_of_range = undo < -kMaxValue - 1 || undo > kMaxValue;
      adjust[op.num] = undo;
    }
    if (out_of_range) {
      take_back(i);
      return uapi::Errno::kERANGE;
    }
    value += op.op;
  }
  for (const uapi::Sembuf& op : operations)
    set.semaphores[op.num].pid = pid;
  if (undoes) set.undo[pid] = std::move(adjust);
  set.otime = ipc_time();
  return std::optional<std::size_t>();
}

Result<void> Semaphores::operate(std::int32_t id, std::span<const uapi::Sembuf> operations,
                                 std::uint32_t pid, runtime::Thread& thread,
                                 std::optional<std::int64_t> deadline_ns) {
  const MutexLock lock(mu_);
  const Ref set = LIND_TRY(find_locked(id));
  for (const uapi::Sembuf& op : operations) {
    if (op.num >= set->semaphores.size()) return uapi::Errno::kEFBIG;
  }
  for (;;) {
    if (set->removed) return uapi::Errno::kEIDRM;
    const std::optional<std::size_t> blocked = LIND_TRY(try_all(*set, operations, pid));
    if (!blocked) {
      set->changed.wake_all();
      return {};
    }
    const uapi::Sembuf& op = operations[*blocked];
    if ((op.flags & uapi::kIPC_NOWAIT) != 0) return uapi::Errno::kEAGAIN;
    const Waiter waiter{.num = op.num, .for_zero = op.op == 0};
    set->waiters.push_back(&waiter);
    const Result<void> slept = set->changed.wait(mu_, thread, deadline_ns);
    std::erase(set->waiters, &waiter);
    if (slept.ok()) continue;
    if (set->removed) return uapi::Errno::kEIDRM;
    return slept.error() == uapi::Errno::kETIMEDOUT ? uapi::Errno::kEAGAIN : slept.error();
  }
}

Result<std::int32_t> Semaphores::query(std::int32_t id, std::int32_t num, std::int32_t command) {
  const MutexLock lock(mu_);
  const Ref set = LIND_TRY(find_locked(id));
  if (num < 0 || static_cast<std::size_t>(num) >= set->semaphores.size()) {
    return uapi::Errno::kEINVAL;
  }
  const Semaphore& semaphore = set->semaphores[static_cast<std::size_t>(num)];
  const auto count_waiters = [&](bool for_zero) {
    return static_cast<std::int32_t>(std::ranges::count_if(set->waiters, [&](const Waiter* waiter) {
      return waiter->num == num && waiter->for_zero == for_zero;
    }));
  };
  switch (command) {
    case uapi::kGETVAL:
      return semaphore.value;
    case uapi::kGETPID:
      return static_cast<std::int32_t>(semaphore.pid);
    case uapi::kGETNCNT:
      return count_waiters(false);
    default:
      return count_waiters(true);
  }
}

Result<std::vector<std::uint16_t>> Semaphores::values(std::int32_t id) {
  const MutexLock lock(mu_);
  const Ref set = LIND_TRY(find_locked(id));
  std::vector<std::uint16_t> values;
  values.reserve(set->semaphores.size());
  for (const Semaphore& semaphore : set->semaphores)
    values.push_back(static_cast<std::uint16_t>(semaphore.value));
  return values;
}

Result<std::size_t> Semaphores::size(std::int32_t id) {
  const MutexLock lock(mu_);
  const Ref set = LIND_TRY(find_locked(id));
  return set->semaphores.size();
}

Result<void> Semaphores::set_value(std::int32_t id, std::int32_t num, std::int32_t value,
                                   std::uint32_t pid) {
  if (value < 0 || value > kMaxValue) return uapi::Errno::kERANGE;
  const MutexLock lock(mu_);
  const Ref set = LIND_TRY(find_locked(id));
  if (num < 0 || static_cast<std::size_t>(num) >= set->semaphores.size()) {
    return uapi::Errno::kEINVAL;
  }
  const auto index = static_cast<std::size_t>(num);
  for (auto& [owner, adjust] : set->undo)
    adjust.erase(static_cast<std::uint16_t>(index));
  set->semaphores[index] = {.value = value, .pid = pid};
  set->ctime = ipc_time();
  set->changed.wake_all();
  return {};
}

Result<void> Semaphores::set_values(std::int32_t id, std::span<const std::uint16_t> values,
                                    std::uint32_t pid) {
  const bool fits = std::ranges::all_of(values, [](std::uint16_t v) { return v <= kMaxValue; });
  if (!fits) return uapi::Errno::kERANGE;
  const MutexLock lock(mu_);
  const Ref set = LIND_TRY(find_locked(id));
  if (values.size() != set->semaphores.size()) return uapi::Errno::kEIDRM;  // another set by now
  for (std::size_t i = 0; i < values.size(); ++i)
    set->semaphores[i] = {.value = values[i], .pid = pid};
  set->undo.clear();
  set->ctime = ipc_time();
  set->changed.wake_all();
  return {};
}

Result<uapi::SemidDs> Semaphores::status(std::int32_t id) {
  const MutexLock lock(mu_);
  const Ref set = LIND_TRY(find_locked(id));
  uapi::SemidDs status;
  status.perm = set->perm;
  status.otime = set->otime;
  status.ctime = set->ctime;
  status.nsems = set->semaphores.size();
  return status;
}

Result<void> Semaphores::set(std::int32_t id, const uapi::SemidDs& wanted) {
  const MutexLock lock(mu_);
  const Ref set = LIND_TRY(find_locked(id));
  IdTable<Set>::set_perm(*set, wanted.perm);
  set->ctime = ipc_time();
  return {};
}

Result<void> Semaphores::remove(std::int32_t id) {
  const MutexLock lock(mu_);
  const Ref set = LIND_TRY(find_locked(id));
  sets_.remove(id);
  set->changed.wake_all();
  return {};
}

// Source: exit_sem, ipc/sem.c, v6.1: what would leave the range is cut.
void Semaphores::process_ended(std::uint32_t pid) {
  const MutexLock lock(mu_);
  for (const auto& [id, set] : sets_.all()) {
    const auto own = set->undo.find(pid);
    if (own == set->undo.end()) continue;
    for (const auto& [num, adjust] : own->second) {
      if (adjust == 0) continue;
      Semaphore& semaphore = set->semaphores[num];
      semaphore.value = std::clamp(semaphore.value + adjust, 0, kMaxValue);
      semaphore.pid = pid;
    }
    set->undo.erase(own);
    set->otime = ipc_time();
    set->changed.wake_all();
  }
}

}  // namespace lind::rawposix
