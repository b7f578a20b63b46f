#include "host_setup.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/log.h"

namespace lind::cli {

ErrorOr<void> prepare_host() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    // The lowest free number is `fd`: those below it are open.
    if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) < 0) {
      return host_error("/dev/null", errno);
    }
  }
  (void)std::signal(SIGPIPE, SIG_IGN);
  (void)std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return host_error("RLIMIT_NOFILE", errno);
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return host_error("RLIMIT_NOFILE", errno);
  return {};
}

ErrorOr<void> drop_rights(std::span<const host::LandlockGrant> grants) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return host_error("no_new_privs", errno);
  const host::Landlocked confined = LIND_TRY(host::confine_files(grants));
  if (confined == host::Landlocked::kNotOnThisHost) {
    log::info("this host's kernel has no Landlock: only openat2 keeps guests in their directories");
  }
  return {};
}

}  // namespace lind::cli
