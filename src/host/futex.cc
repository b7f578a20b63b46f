#include "host/futex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace lind::host {

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected) noexcept {
  // EAGAIN and EINTR are early returns, which the caller's loop expects.
  (void)::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

void futex_wait_for(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                    std::int64_t num_ns) noexcept {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const timespec time{.tv_sec = num_ns / kSecond, .tv_nsec = num_ns % kSecond};
  // ETIMEDOUT, too, is for the caller's loop.
  (void)::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, &time, nullptr, 0);
}

void futex_wake(std::atomic<std::uint32_t>& word, std::int32_t count) noexcept {
  (void)::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

void futex_wake_address(std::uint64_t word, std::int32_t count) noexcept {
  (void)::syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

}  // namespace lind::host
