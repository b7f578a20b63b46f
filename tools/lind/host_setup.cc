#include "host_setup.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <string>

#include "base/log.h"
#include "base/units.h"
#include "host/page_map.h"
#include "host/self.h"

namespace lind::cli {

namespace {

/// Memory that a program's load and verification freed stays ours: given back, it comes again page
/// by page with a fault each, a sixth of the life of a short program.
void keep_freed_memory() {
  constexpr int kKeptBytes = 64 << 20;
  constexpr int kLargestFromHeap = 4 << 20;
  constexpr int kGrowBytes = 512 << 10;
  // They fail for numbers out of range only.
  (void)::mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  (void)::mallopt(M_MMAP_THRESHOLD, kLargestFromHeap);
  (void)::mallopt(M_TOP_PAD, kGrowBytes);
}

}  // namespace

ErrorOr<void> prepare_host() {
  keep_freed_memory();
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    // The lowest free number is `fd`: those below it are open.
    if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) < 0) {
      return host_error("/dev/null", errno);
    }
  }
  (void)std::signal(SIGPIPE, SIG_IGN);
  (void)std::signal(SIGXFSZ, SIG_IGN);
  (void)host::PageMap::instance();  // opens /proc/self/pagemap while that is allowed
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return host_error("RLIMIT_NOFILE", errno);
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return host_error("RLIMIT_NOFILE", errno);
  return {};
}

std::optional<std::uint64_t> default_total_bytes() {
  std::uint64_t free_kib = 0;
  std::ifstream info("/proc/meminfo");
  for (std::string word; info >> word;) {
    if (word == "MemAvailable:") {
      info >> free_kib;
      break;
    }
  }
  std::uint64_t free_bytes = free_kib * kKiB;
  std::uint64_t most = 0;  // stays 0 for "max"
  std::uint64_t now = 0;
  std::ifstream("/sys/fs/cgroup/memory.max") >> most;
  std::ifstream("/sys/fs/cgroup/memory.current") >> now;
  if (most != 0) free_bytes = std::min(free_bytes, most - std::min(most, now));
  if (free_bytes == 0) return std::nullopt;
  return free_bytes / 8 * 7;
}

ErrorOr<void> drop_rights(std::span<const host::LandlockGrant> grants) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return host_error("no_new_privs", errno);
  const host::Landlocked confined = LIND_TRY(host::confine_files(grants));
  if (confined == host::Landlocked::kNotOnThisHost) {
    log::info("this host's kernel has no Landlock: only openat2 keeps guests in their directories");
  }
  return {};
}

ErrorOr<void> lock_down(std::span<const host::LandlockGrant> grants) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return host_error("no_new_privs", errno);
  LIND_TRY(host::hide_memory());
  const host::Landlocked confined =
      LIND_TRY(host::confine_files(grants, host::Beyond::kNetworkAndSignals));
  if (confined == host::Landlocked::kNotOnThisHost) return Error("this host has no Landlock");
  return {};
}

}  // namespace lind::cli
