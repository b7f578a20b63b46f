#include "host/seccomp.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <span>
#include <vector>

#include "host/seccomp_filter_internal.h"

namespace lind::host {
namespace {

#include "seccomp_filters.inc"  // by seccomp_lists.cc

struct Filter {
  std::span<const sock_filter> code;
  int pid_index;  ///< of the comparison with the own pid; negative: there is none
};

Filter filter_of(SyscallList list, bool kills) {
  switch (list) {
    case SyscallList::kRuntime:
      return kills ? Filter{kRuntimeKills, kRuntimeKillsPidIndex}
                   : Filter{kRuntimeRefuses, kRuntimeRefusesPidIndex};
    case SyscallList::kKeep:
      return kills ? Filter{kKeepKills, kKeepKillsPidIndex}
                   : Filter{kKeepRefuses, kKeepRefusesPidIndex};
    case SyscallList::kCarrier:
      return kills ? Filter{kCarrierKills, kCarrierKillsPidIndex}
                   : Filter{kCarrierRefuses, kCarrierRefusesPidIndex};
    case SyscallList::kBroker:
      return kills ? Filter{kBrokerKills, kBrokerKillsPidIndex}
                   : Filter{kBrokerRefuses, kBrokerRefusesPidIndex};
    case SyscallList::kCompiler:
      return kills ? Filter{kCompilerKills, kCompilerKillsPidIndex}
                   : Filter{kCompilerRefuses, kCompilerRefusesPidIndex};
  }
  return {};
}

}  // namespace

ErrorOr<void> confine_syscalls(SyscallList list, OnForeignCall on_foreign) {
  const Filter filter = filter_of(list, on_foreign == OnForeignCall::kKill);
  std::vector<sock_filter> code(filter.code.begin(), filter.code.end());
  if (filter.pid_index >= 0) {
    code[static_cast<std::size_t>(filter.pid_index)].k = static_cast<std::uint32_t>(::getpid());
  }
  const sock_fprog program{.len = static_cast<unsigned short>(code.size()), .filter = code.data()};
  // A positive result is a thread that could not be confined.
  const long result =
      ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH, &program);
  if (result != 0) return host_error("seccomp", errno);
  return {};
}

}  // namespace lind::host
