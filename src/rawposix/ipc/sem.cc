// semget, semop, semtimedop, semctl.

#include <optional>
#include <span>
#include <vector>

#include "host/time.h"
#include "rawposix/ipc/handlers.h"
#include "rawposix/ipc/ipc.h"
#include "rawposix/proc/time_values.h"
#include "runtime/address_space.h"

namespace lind::rawposix {
namespace {

Semaphores& sets_of(Caller& caller) {
  return caller.kernel().ipc().semaphores;
}

Result<std::int64_t> operate(Caller& caller, std::int32_t id,
                             runtime::GuestPtr<uapi::Sembuf> operations, std::uint64_t count,
                             std::optional<std::int64_t> deadline_ns) {
  if (count == 0 || id < 0) return uapi::Errno::kEINVAL;
  if (count > Semaphores::kMaxOperations) return uapi::Errno::kE2BIG;
  std::vector<uapi::Sembuf> copy(count);
  LIND_TRY(operations.owner()->copy_in(std::as_writable_bytes(std::span(copy)), operations.addr()));
  const Result<void> result =
      sets_of(caller).operate(id, copy, caller.process().pid(), caller.thread(), deadline_ns);
  if (result.ok()) return 0;
  // Never made again behind a handler: signal(7).
  return result.error() == uapi::Errno::kEINTR ? uapi::Errno::kERESTARTNOHAND : result.error();
}

Result<std::int64_t> get_all(Caller& caller, std::int32_t id, runtime::GuestBytes array) {
  const std::vector<std::uint16_t> values = LIND_TRY(sets_of(caller).values(id));
  LIND_TRY(array.owner()->copy_out(array.addr(), std::as_bytes(std::span(values))));
  return 0;
}

Result<std::int64_t> set_all(Caller& caller, std::int32_t id, runtime::GuestBytes array) {
  const std::size_t count = LIND_TRY(sets_of(caller).size(id));
  std::vector<std::uint16_t> values(count);
  LIND_TRY(array.owner()->copy_in(std::as_writable_bytes(std::span(values)), array.addr()));
  LIND_TRY(sets_of(caller).set_values(id, values, caller.process().pid()));
  return 0;
}

}  // namespace

Result<std::int64_t> sys_semget(Caller& caller, std::int32_t key, std::int32_t num_sems,
                                std::int32_t flags) {
  return LIND_TRY(sets_of(caller).get(key, num_sems, flags));
}

Result<std::int64_t> sys_semop(Caller& caller, std::int32_t id,
                               runtime::GuestPtr<uapi::Sembuf> operations, std::uint64_t count) {
  return operate(caller, id, operations, count, std::nullopt);
}

Result<std::int64_t> sys_semtimedop(Caller& caller, std::int32_t id,
                                    runtime::GuestPtr<uapi::Sembuf> operations, std::uint64_t count,
                                    runtime::GuestPtr<uapi::Timespec> timeout) {
  if (timeout.is_null()) return operate(caller, id, operations, count, std::nullopt);
  const uapi::Timespec given = LIND_TRY(timeout.read());
  const std::optional<std::int64_t> ns = to_ns(given);
  if (!ns) return uapi::Errno::kEINVAL;
  std::int64_t deadline = 0;
  if (__builtin_add_overflow(host::monotonic_ns(), *ns, &deadline)) {
    return operate(caller, id, operations, count, std::nullopt);
  }
  return operate(caller, id, operations, count, deadline);
}

Result<std::int64_t> sys_semctl(Caller& caller, std::int32_t id, std::int32_t num,
                                std::int32_t command, runtime::GuestBytes arg) {
  Semaphores& sets = sets_of(caller);
  const runtime::GuestPtr<uapi::SemidDs> buffer(arg.owner(), arg.addr());
  switch (command & ~uapi::kIPC_64) {
    case uapi::kIPC_STAT: {
      const uapi::SemidDs status = LIND_TRY(sets.status(id));
      LIND_TRY(buffer.write(status));
      return 0;
    }
    case uapi::kIPC_SET: {
      const uapi::SemidDs wanted = LIND_TRY(buffer.read());
      LIND_TRY(sets.set(id, wanted));
      return 0;
    }
    case uapi::kIPC_RMID:
      LIND_TRY(sets.remove(id));
      return 0;
    case uapi::kGETVAL:
    case uapi::kGETPID:
    case uapi::kGETNCNT:
    case uapi::kGETZCNT:
      return LIND_TRY(sets.query(id, num, command & ~uapi::kIPC_64));
    case uapi::kGETALL:
      return get_all(caller, id, arg);
    case uapi::kSETALL:
      return set_all(caller, id, arg);
    case uapi::kSETVAL: {
      const auto value = static_cast<std::int32_t>(to_u64(arg.addr()));
      LIND_TRY(sets.set_value(id, num, value, caller.process().pid()));
      return 0;
    }
    default:
      return uapi::Errno::kEINVAL;
  }
}

}  // namespace lind::rawposix
