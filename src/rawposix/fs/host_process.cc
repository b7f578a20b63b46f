#include "rawposix/fs/host_process.h"

#include <sys/stat.h>

#include <csignal>

#include "base/check.h"

namespace lind::rawposix {

void prepare_host_process() noexcept {
  ::umask(0);
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  LIND_CHECK(::sigaction(SIGPIPE, &ignore, nullptr) == 0);
  LIND_CHECK(::sigaction(SIGXFSZ, &ignore, nullptr) == 0);
}

}  // namespace lind::rawposix
