// A program of the build: it turns the lists below into the filters of seccomp_filters.inc, which
// host/seccomp.cc gives to the kernel.  So `lind` carries no filter compiler, and a start does not
// pay for one (a millisecond for lind, another for the broker).

#include <linux/filter.h>
#include <linux/fs.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "host/seccomp.h"
#include "host/seccomp_filter_internal.h"

namespace lind::host {
namespace {

// The comment behind a group says who needs its calls.  Calls that some arguments make dangerous
// are not here but in the functions below.

/// Every program of ours: memory, threads, time and its own end.
constexpr int kEverybody[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(lseek),
    SCMP_SYS(newfstatat),  // libc's fstat
    SCMP_SYS(writev),      // libc's messages of abort
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(brk),
    SCMP_SYS(madvise),  // malloc, mappings
    SCMP_SYS(futex),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),  // libc's threads
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),  // host/alternate_stack
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),  // raise
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),  // std::thread, sched_getaffinity
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),  // where the vDSO does not answer
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(getrandom),  // malloc, hash seeds
    SCMP_SYS(getrusage),
    SCMP_SYS(sysinfo),  // usage; LLVM, sort's sizes
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

/// lind.  Paths among them reach what Landlock leaves.
constexpr int kRuntime[] = {
    // rawposix/fs, one to one what guests ask for
    SCMP_SYS(openat),
    SCMP_SYS(openat2),
    SCMP_SYS(open),
    SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),
    SCMP_SYS(readv),
    SCMP_SYS(preadv),
    SCMP_SYS(pwritev),
    SCMP_SYS(preadv2),
    SCMP_SYS(pwritev2),
    SCMP_SYS(getdents64),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(statx),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(mknodat),
    SCMP_SYS(unlink),
    SCMP_SYS(rmdir),
    SCMP_SYS(unlinkat),
    SCMP_SYS(linkat),
    SCMP_SYS(symlinkat),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(chmod),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(fchown),
    SCMP_SYS(fchownat),
    SCMP_SYS(utimensat),
    SCMP_SYS(truncate),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate),
    SCMP_SYS(fadvise64),
    SCMP_SYS(readahead),
    SCMP_SYS(flock),
    SCMP_SYS(fcntl),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(sync),
    SCMP_SYS(syncfs),
    SCMP_SYS(sync_file_range),
    SCMP_SYS(sendfile),
    SCMP_SYS(copy_file_range),
    SCMP_SYS(splice),
    SCMP_SYS(tee),
    SCMP_SYS(setxattr),
    SCMP_SYS(lsetxattr),
    SCMP_SYS(fsetxattr),
    SCMP_SYS(getxattr),
    SCMP_SYS(lgetxattr),
    SCMP_SYS(fgetxattr),
    SCMP_SYS(listxattr),
    SCMP_SYS(llistxattr),
    SCMP_SYS(flistxattr),
    SCMP_SYS(removexattr),
    SCMP_SYS(lremovexattr),
    SCMP_SYS(fremovexattr),
    // rawposix/fs/inotify.cc: watches on files that were found below a grant
    SCMP_SYS(inotify_init1),
    SCMP_SYS(inotify_add_watch),
    SCMP_SYS(inotify_rm_watch),
    SCMP_SYS(umask),
    SCMP_SYS(dup),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(close_range),
    // rawposix/fs: waiting, and files without a name
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(pselect6),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2),
    SCMP_SYS(pipe),
    SCMP_SYS(pipe2),
    SCMP_SYS(eventfd2),
    SCMP_SYS(memfd_create),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime),
    SCMP_SYS(timerfd_gettime),
    // rawposix/net: addresses are checked there, as no filter can see them
    SCMP_SYS(bind),
    SCMP_SYS(listen),
    SCMP_SYS(accept4),
    SCMP_SYS(connect),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(shutdown),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(getpgrp),  // rawposix/tty: whether lind is in the foreground
    SCMP_SYS(sendmsg),  // rawposix/net; tools/lind/broker: descriptors for the broker
    SCMP_SYS(wait4),    // tools/lind/broker: its end
    SCMP_SYS(msync),
    SCMP_SYS(mincore),  // rawposix/mem
    SCMP_SYS(clock_getres),
    SCMP_SYS(getcpu),
    SCMP_SYS(uname),       // rawposix/proc
    SCMP_SYS(membarrier),  // runtime: changed code is seen by all threads
    SCMP_SYS(geteuid),
    SCMP_SYS(getegid),
    SCMP_SYS(getuid),
    SCMP_SYS(getgid),  // libc's secure mode
};

/// keep/tls_carrier: accepts, carries, hands over.  Nothing among them makes a socket but a pair.
constexpr int kCarrier[] = {
    SCMP_SYS(accept4),    SCMP_SYS(epoll_ctl),  SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
    SCMP_SYS(recvfrom),   SCMP_SYS(sendto),     SCMP_SYS(sendmsg),    SCMP_SYS(shutdown),
    SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(fcntl),
};

/// The broker and, until it has confined itself, lindc: the list outlives exec.
constexpr int kBroker[] = {
    SCMP_SYS(poll),
    SCMP_SYS(recvmsg),
    SCMP_SYS(fcntl),
    SCMP_SYS(dup2),
    SCMP_SYS(close_range),
    SCMP_SYS(wait4),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(kill),    // jobs
    SCMP_SYS(tgkill),  // abort of lindc, whose pid is another
    SCMP_SYS(clone),
    SCMP_SYS(vfork),
    SCMP_SYS(execveat),
    SCMP_SYS(execve),  // lindc
    SCMP_SYS(setrlimit),
    SCMP_SYS(prlimit64),  // its limits
    // the dynamic linker of lindc; its shared libraries
    SCMP_SYS(openat),
    SCMP_SYS(open),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(pread64),
    SCMP_SYS(arch_prctl),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(getcwd),
    SCMP_SYS(uname),
    SCMP_SYS(ftruncate),
    SCMP_SYS(getdents64),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(ioctl),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    // removing the private directory
    SCMP_SYS(unlink),
    SCMP_SYS(rmdir),
    SCMP_SYS(unlinkat),
    SCMP_SYS(statx),
    // becoming lindc, which confines itself further
    SCMP_SYS(seccomp),
};

/// lindc reads the module, writes the object and computes.
constexpr int kCompiler[] = {
    SCMP_SYS(ftruncate), SCMP_SYS(pread64), SCMP_SYS(pwrite64),   // the object
    SCMP_SYS(fcntl),     SCMP_SYS(getcwd),  SCMP_SYS(prlimit64),  // LLVM's support library
};

struct Release {
  void operator()(void* filter) const noexcept { ::seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Release>;

/// Builds one list; the first error stays.
class Rules {
 public:
  explicit Rules(scmp_filter_ctx filter) : filter_(filter) {}

  void allow(std::span<const int> calls) {
    for (const int call : calls)
      add(call, {});
  }
  void allow_if(int call, const scmp_arg_cmp& condition) { add(call, {&condition, 1}); }
  void allow_if_all(int call, std::span<const scmp_arg_cmp> conditions) { add(call, conditions); }

  void refuse(int call) {
    const int result = ::seccomp_rule_add(filter_, SCMP_ACT_ERRNO(ENOSYS), call, 0);
    if (error_ == 0 && result != 0) error_ = -result;
  }

  int error() const noexcept { return error_; }

 private:
  void add(int call, std::span<const scmp_arg_cmp> conditions) {
    const int result = ::seccomp_rule_add_array(
        filter_, SCMP_ACT_ALLOW, call, static_cast<unsigned>(conditions.size()), conditions.data());
    if (error_ == 0 && result != 0) error_ = -result;
  }
  scmp_filter_ctx filter_;
  int error_ = 0;
};

constexpr scmp_arg_cmp masked(unsigned argument, std::uint64_t mask, std::uint64_t value) {
  return {.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

// No page is ever writable and executable.
void allow_memory(Rules& rules) {
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
    rules.allow_if(call, masked(2, PROT_EXEC, 0));
    rules.allow_if(call, masked(2, PROT_WRITE, 0));
  }
}

// Threads, not processes.  clone3 hides its flags: libc falls back to clone.
void allow_threads(Rules& rules) {
  rules.allow_if(SCMP_SYS(clone), masked(0, CLONE_THREAD, CLONE_THREAD));
  // The kick, raise: signals for ourselves alone.
  rules.allow_if(SCMP_SYS(tgkill), masked(0, 0xffffffff, kOwnPidPlaceholder));
}

// rawposix/net; the pairs are rawposix/tty/readiness.cc's too.
void allow_unix_sockets(Rules& rules) {
  rules.allow_if(SCMP_SYS(socketpair), masked(0, 0xffffffff, AF_UNIX));
  rules.allow_if(SCMP_SYS(socket), masked(0, 0xffffffff, AF_UNIX));
}

// rawposix/net.  No raw and no packet sockets, no netlink: TCP, UDP and echo requests.
void allow_internet_sockets(Rules& rules) {
  for (const int family : {AF_INET, AF_INET6}) {
    for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
      const std::array conditions = {masked(0, 0xffffffff, static_cast<std::uint64_t>(family)),
                                     masked(1, 0xf, static_cast<std::uint64_t>(type))};
      rules.allow_if_all(SCMP_SYS(socket), conditions);
    }
  }
}

// rawposix/fs/ioctl.cc, isatty; PAGEMAP_SCAN is the runtime's.  Above all not TIOCSTI.
void allow_ioctls(Rules& rules) {
  constexpr std::uint32_t kPagemapScan = 0xc0606610;  // linux/fs.h, v6.7
  for (const std::uint32_t request :
       {std::uint32_t{FIONBIO}, std::uint32_t{FIONREAD}, std::uint32_t{TIOCOUTQ},
        std::uint32_t{FIOQSIZE}, std::uint32_t{TCGETS}, std::uint32_t{TCSETS},
        std::uint32_t{TCSETSW}, std::uint32_t{TCSETSF}, std::uint32_t{TIOCGWINSZ},
        std::uint32_t{TIOCSWINSZ}, std::uint32_t{TCSBRK}, std::uint32_t{TCXONC},
        std::uint32_t{TCFLSH}, std::uint32_t{TIOCGPGRP}, std::uint32_t{SIOCATMARK}, kPagemapScan}) {
    rules.allow_if(SCMP_SYS(ioctl), masked(1, 0xffffffff, request));
  }
}

void fill(Rules& rules, SyscallList list) {
  rules.allow(kEverybody);
  switch (list) {
    case SyscallList::kRuntime:
    case SyscallList::kKeep:
      rules.allow(kRuntime);
      allow_threads(rules);
      allow_memory(rules);
      allow_ioctls(rules);
      allow_unix_sockets(rules);
      if (list == SyscallList::kRuntime) allow_internet_sockets(rules);
      // The name of a thread, and of a mapping (malloc's arenas).
      rules.allow_if(SCMP_SYS(prctl), masked(0, 0xffffffff, PR_SET_NAME));
      return;
    case SyscallList::kCarrier:
      rules.allow(kCarrier);
      allow_memory(rules);
      rules.allow_if(SCMP_SYS(socketpair), masked(0, 0xffffffff, AF_UNIX));
      return;
    case SyscallList::kBroker:
      rules.allow(kBroker);
      allow_memory(rules);
      rules.allow_if(SCMP_SYS(prctl), masked(0, 0xffffffff, PR_SET_NO_NEW_PRIVS));
      rules.allow_if(SCMP_SYS(prctl), masked(0, 0xffffffff, PR_SET_NAME));
      rules.allow_if(SCMP_SYS(prctl), masked(0, 0xffffffff, PR_SET_SECCOMP));
      return;
    case SyscallList::kCompiler:
      rules.allow(kCompiler);
      allow_threads(rules);
      allow_memory(rules);
      rules.allow_if(SCMP_SYS(prctl), masked(0, 0xffffffff, PR_SET_NAME));
      return;
  }
}

/// The filter of one list; empty after a failure, which `what` names on stderr.
std::vector<sock_filter> compile(SyscallList list, OnForeignCall on_foreign) {
  const auto failed = [](const char* what) {
    std::fprintf(stderr, "seccomp lists: %s failed\n", what);
    return std::vector<sock_filter>();
  };
  const bool kills = on_foreign == OnForeignCall::kKill;
  const Filter filter(::seccomp_init(kills ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(ENOSYS)));
  if (filter == nullptr) return failed("seccomp_init");
  // A tree instead of a line of comparisons.
  if (::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2) != 0) {
    return failed("seccomp_attr_set");
  }
  Rules rules(filter.get());
  fill(rules, list);
  // libc tries it first and knows what ENOSYS means: never a reason to kill.
  if (kills) rules.refuse(SCMP_SYS(clone3));
  if (rules.error() != 0) return failed("seccomp_rule_add");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  if (file == nullptr || ::seccomp_export_bpf(filter.get(), ::fileno(file.get())) != 0) {
    return failed("seccomp_export_bpf");
  }
  std::rewind(file.get());
  std::vector<sock_filter> code(BPF_MAXINSNS);
  code.resize(std::fread(code.data(), sizeof(sock_filter), code.size(), file.get()));
  return code;
}

/// Where the kernel's comparison with the own pid is; -1: not once, or more than once.
int own_pid_index(std::span<const sock_filter> code) {
  int found = -1;
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (code[i].k != kOwnPidPlaceholder) continue;
    if (found >= 0 || BPF_CLASS(code[i].code) != BPF_JMP) return -1;
    found = static_cast<int>(i);
  }
  return found;
}

bool print(const char* name, SyscallList list, OnForeignCall on_foreign) {
  const std::vector<sock_filter> code = compile(list, on_foreign);
  if (code.empty()) return false;
  const int pid_index = own_pid_index(code);
  const bool has_threads = list != SyscallList::kBroker && list != SyscallList::kCarrier;
  if (pid_index < 0 && has_threads) {
    std::fprintf(stderr, "seccomp lists: %s has no single place for the own pid\n", name);
    return false;
  }
  std::printf("constexpr int %sPidIndex = %d;\nconstexpr sock_filter %s[] = {\n", name, pid_index,
              name);
  for (const sock_filter& one : code)
    std::printf("    {0x%x, %u, %u, 0x%x},\n", one.code, one.jt, one.jf, one.k);
  std::printf("};\n");
  return true;
}

int print_all() {
  bool ok = true;
  for (const auto& [name, list] :
       {std::pair{"kRuntime", SyscallList::kRuntime}, std::pair{"kKeep", SyscallList::kKeep},
        std::pair{"kCarrier", SyscallList::kCarrier}, std::pair{"kBroker", SyscallList::kBroker},
        std::pair{"kCompiler", SyscallList::kCompiler}}) {
    ok = ok && print((std::string(name) + "Refuses").c_str(), list, OnForeignCall::kRefuse) &&
         print((std::string(name) + "Kills").c_str(), list, OnForeignCall::kKill);
  }
  return ok && std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace
}  // namespace lind::host

int main() {
  return lind::host::print_all();
}
