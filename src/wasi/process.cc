// The process itself: its end, its threads, and what it asks of the host.

#include "uapi/process.h"

#include <cstdint>

#include "base/checked.h"
#include "base/units.h"
#include "wasi/functions.h"
#include "wasi/program.h"

namespace lind::wasi {
namespace {

using uapi::SyscallNo;

// WASI's signals are Linux's but for SIGSTKFLT, which it has not.  Number 0 is none.
constexpr std::uint32_t kTerm = 15;
constexpr std::uint32_t kSys = 30;

}  // namespace

void proc_exit(Context& context, std::uint32_t code) {
  (void)context.linux.make(SyscallNo::k_exit_group, code);  // the thread leaves on its way out
}

Answer proc_raise(Context& context, std::uint32_t signal) {
  if (signal == 0 || signal > kSys) return Errno::kInval;
  const std::int64_t pid = LIND_TRY(context.linux.make(SyscallNo::k_getpid));
  LIND_TRY(context.linux.make(SyscallNo::k_kill, pid, signal + (signal > kTerm ? 1 : 0)));
  return {};
}

Answer sched_yield(Context& context) {
  LIND_TRY(context.linux.make(SyscallNo::k_sched_yield));
  return {};
}

Answer random_get(Context& context, Bytes buffer, std::uint32_t num_bytes) {
  // Linux would fill what is there before it finds that the rest is not.
  const std::uint64_t memory_bytes = buffer.memory().pages() * kWasmPageSize;
  if (!range_fits<std::uint64_t>(to_u64(buffer.address()), num_bytes, memory_bytes)) {
    return Errno::kFault;
  }
  // What Linux gives at once is limited.
  for (std::uint64_t done = 0; done < num_bytes;) {
    const std::int64_t got = LIND_TRY(context.linux.make(
        SyscallNo::k_getrandom, to_u64(buffer.address()) + done, num_bytes - done, 0));
    if (got <= 0) return Errno::kIo;  // a grate's answer
    done += static_cast<std::uint64_t>(got);
  }
  return {};
}

std::int32_t thread_spawn(Context& context, std::uint32_t argument) {
  constexpr std::uint64_t kThread = uapi::kCLONE_VM | uapi::kCLONE_FS | uapi::kCLONE_FILES |
                                    uapi::kCLONE_SIGHAND | uapi::kCLONE_THREAD |
                                    uapi::kCLONE_SYSVSEM;
  const Result<std::int64_t> tid =
      context.linux.make(SyscallNo::k_clone, kThread, argument, 0, 0, 0);
  if (!tid.ok()) return -static_cast<std::int32_t>(tid.error());
  return static_cast<std::int32_t>(tid.value());
}

}  // namespace lind::wasi
