#include "wasi/linux_calls.h"

#include <string>

#include "base/units.h"
#include "wasi/errno.h"

namespace lind::wasi {
namespace {

using runtime::AddressSpace;

constexpr std::uint64_t kAlignment = 8;

bool is_interrupted(std::int64_t result) noexcept {
  return result == runtime::kRestart || result == runtime::kRestartNoHandler ||
         result == -static_cast<std::int64_t>(uapi::Errno::kEINTR);
}

}  // namespace

lind::Result<std::int64_t> LinuxCalls::make_linux_call(uapi::SyscallNo number,
                                                       const runtime::SyscallArgs& args) {
  for (;;) {
    const std::int64_t result = process_.syscall(thread_, static_cast<std::int32_t>(number), args);
    if (result >= 0) return result;
    if (!is_interrupted(result)) return static_cast<uapi::Errno>(-result);
    if (!thread_.pending()) return uapi::Errno::kEINTR;
    // Without handlers a signal ends the program, stops it for a while, or is nothing.
    runtime::SignalDelivery handler;
    while (thread_.pending() && process_.take_signal(thread_, &handler)) {
    }
    if (thread_.leaving()) return uapi::Errno::kEINTR;
  }
}

Result<std::int64_t> LinuxCalls::make_call(uapi::SyscallNo number,
                                           const runtime::SyscallArgs& args) {
  const lind::Result<std::int64_t> result = make_linux_call(number, args);
  if (!result.ok()) return from_linux(result.error());
  return result.value();
}

Result<GuestAddr> LinuxCalls::reserve(std::uint64_t num_bytes) {
  if (num_bytes > AddressSpace::kCallRoomBytes - used_) return Errno::kNomem;
  const lind::Result<GuestAddr> room = thread_.call_room();
  if (!room.ok()) return from_linux(room.error());
  const GuestAddr start{to_u64(room.value()) + used_};
  used_ += align_up(num_bytes, kAlignment);
  return start;
}

Result<GuestAddr> LinuxCalls::put_bytes(std::span<const std::byte> bytes) {
  const GuestAddr start = LIND_TRY(reserve(bytes.size()));
  if (!thread_.instance().memory().copy_out(start, bytes).ok()) return Errno::kFault;
  return start;
}

Result<GuestAddr> LinuxCalls::put_string(std::string_view text) {
  const std::string with_end(text);
  return put_bytes(std::as_bytes(std::span(with_end.c_str(), with_end.size() + 1)));
}

Answer LinuxCalls::get(GuestAddr place, std::span<std::byte> bytes) const {
  if (!thread_.instance().memory().copy_in(bytes, place).ok()) return Errno::kFault;
  return {};
}

}  // namespace lind::wasi
