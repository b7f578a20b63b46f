#include "time_limit.h"

#include <signal.h>

#include <atomic>
#include <thread>

namespace lind::cli {
namespace {

std::atomic<bool> is_over = false;

}  // namespace

bool is_time_over() noexcept {
  return is_over;
}

void end_after(const TimeLimit& limit, rawposix::Kernel& kernel) {
  // The thread takes no host signal: those are for threads that expect them.
  sigset_t all{};
  sigset_t before{};
  (void)::sigfillset(&all);
  (void)::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread([after = limit.after, &kernel] {
    std::this_thread::sleep_for(after);
    is_over = true;
    kernel.stop();
  }).detach();
  (void)::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace lind::cli
