#include "time_limit.h"

#include <signal.h>
#include <unistd.h>

#include <thread>

#include "base/log.h"
#include "exit_status.h"

namespace lind::cli {

void end_after(std::chrono::seconds limit) {
  if (limit == std::chrono::seconds::zero()) return;
  // The thread takes no host signal: those are for threads that expect them.
  sigset_t all{};
  sigset_t before{};
  (void)::sigfillset(&all);
  (void)::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread([limit] {
    std::this_thread::sleep_for(limit);
    log::error("the time limit of {} s is reached", limit.count());
    ::_exit(kExitTimeLimit);
  }).detach();
  (void)::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace lind::cli
