#include "host/futex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace lind::host {

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected) noexcept {
  // EAGAIN and EINTR are early returns, which the caller's loop expects.
  (void)::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

void futex_wake(std::atomic<std::uint32_t>& word, std::int32_t count) noexcept {
  (void)::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

}  // namespace lind::host
