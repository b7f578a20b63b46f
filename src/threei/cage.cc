#include "threei/cage.h"

#include "base/log.h"

namespace lind::threei {
namespace {

std::int64_t failure(uapi::Errno error) noexcept {
  return -static_cast<std::int64_t>(error);
}

void trace_call(CageId id, std::int32_t number, const runtime::SyscallArgs& args,
                std::int64_t result) {
  const std::string_view name = uapi::syscall_name(number);
  log::write_line(log::Level::kError,
                  fmt::format("[{}] {}({:#x}, {:#x}, {:#x}, {:#x}, {:#x}, {:#x}) = {}", to_u32(id),
                              name.empty() ? fmt::format("call_{}", number) : std::string(name),
                              args[0], args[1], args[2], args[3], args[4], args[5], result));
}

}  // namespace

Cage::Cage(CageId id, Switchboard& switchboard, std::shared_ptr<const RouteSnapshot> routes)
    : id_(id), switchboard_(switchboard), routes_(std::move(routes)) {}

std::int64_t Cage::syscall(runtime::Thread& thread, std::int32_t number,
                           const runtime::SyscallArgs& args) {
  std::int64_t result = failure(uapi::Errno::kENOSYS);
  const Route route = routes_.lookup(number);
  if (number >= uapi::kServiceBase) {
    result = service(thread, number, args);
  } else if (route.kind == Route::Kind::kDeny) {
    result = failure(route.error);
    if (number < 0 || number >= uapi::kSyscallLimit) {
      switchboard_.unanswered_outside.fetch_add(1, std::memory_order_relaxed);
    } else if (route.error == uapi::Errno::kENOSYS) {
      switchboard_.unanswered[static_cast<std::size_t>(number)].fetch_add(
          1, std::memory_order_relaxed);
    }
  } else {
    runtime::AddressSpace* const memory = &thread.instance().memory();
    const Call call{.acting = *this,
                    .waiting = thread,
                    .number = number,
                    .args = args,
                    .owners = {memory, memory, memory, memory, memory, memory}};
    // The default routes name the microvisor only where it has an entry.
    result = switchboard_.microvisor[static_cast<std::size_t>(number)](call);
  }
  if (switchboard_.trace) trace_call(id_, number, args, result);
  return result;
}

}  // namespace lind::threei
