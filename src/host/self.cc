#include "host/self.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace lind::host {

ErrorOr<void> close_inherited_descriptors() {
  if (::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0) != 0) {
    return host_error("close_range", errno);
  }
  return {};
}

ErrorOr<void> hide_memory() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0) return host_error("RLIMIT_CORE", errno);
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return host_error("PR_SET_DUMPABLE", errno);
  return {};
}

}  // namespace lind::host
