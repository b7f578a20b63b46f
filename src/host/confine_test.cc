#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <netinet/in.h>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "host/landlock.h"
#include "host/seccomp.h"
#include "host/self.h"
#include "host/unique_fd.h"

namespace lind::host {
namespace {

/// The wait status of a child that confines itself and runs `body`, whose result is its exit
/// status.
template <typename Body>
int in_child(SyscallList list, OnForeignCall on_foreign, Body body) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) ::_exit(100);
    if (!confine_syscalls(list, on_foreign).ok()) ::_exit(101);
    ::_exit(body());
  }
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return status;
}

/// Each argument is a call that must fail with ENOSYS; the number of the first that does not.
template <typename... Results>
int first_allowed(Results... calls) {
  int number = 0;
  int allowed = 0;
  const auto look = [&](auto call) {
    ++number;
    errno = 0;
    if (allowed == 0 && (call() != -1 || errno != ENOSYS)) allowed = number;
  };
  (look(calls), ...);
  return allowed;
}

TEST(Seccomp, RefusesWhatTheRuntimeDoesNotNeed) {
  const int status = in_child(SyscallList::kRuntime, OnForeignCall::kRefuse, [] {
    return first_allowed(
        [] { return ::syscall(SYS_fork); },                                            // 1
        [] { return ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); },                      // 2
        [] { return ::syscall(SYS_clone3, nullptr, 0); },                              // 3
        [] { return ::syscall(SYS_execve, "/bin/true", nullptr, nullptr); },           // 4
        [] { return ::syscall(SYS_socket, AF_INET, SOCK_RAW, 1); },                    // 5
        [] { return ::syscall(SYS_ptrace, 0, 0, 0, 0); },                              // 6
        [] { return ::syscall(SYS_kill, ::getppid(), 0); },                            // 7
        [] { return ::syscall(SYS_tgkill, ::getppid(), ::getppid(), 0); },             // 8
        [] { return ::syscall(SYS_ioctl, 0, TIOCSTI, "x"); },                          // 9
        [] { return ::syscall(SYS_mprotect, 0, 0, PROT_WRITE | PROT_EXEC); },          // 10
        [] { return ::syscall(SYS_mount, "a", "b", "c", 0, 0); },                      // 11
        [] { return ::syscall(SYS_unshare, 0); },                                      // 12
        [] { return ::syscall(SYS_process_vm_readv, 1, nullptr, 0, nullptr, 0, 0); },  // 13
        [] { return ::syscall(SYS_bpf, 0, nullptr, 0); },                              // 14
        [] { return ::syscall(SYS_io_uring_setup, 1, nullptr); },                      // 15
        [] { return ::syscall(SYS_prctl, PR_SET_DUMPABLE, 1); },                       // 16
        [] { return ::syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 0); });                // 17
  });
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Seccomp, LetsTheRuntimeStartThreadsAndMapMemory) {
  const int status = in_child(SyscallList::kRuntime, OnForeignCall::kKill, [] {
    int value = 1;
    std::thread([&value] { value = 0; }).join();
    const long page = ::syscall(SYS_mmap, nullptr, 4096, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == -1 || ::syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC) != 0) return 2;
    return value;
  });
  EXPECT_EQ(status, 0);
}

TEST(Seccomp, KillsWhereItIsToldTo) {
  const int status = in_child(SyscallList::kRuntime, OnForeignCall::kKill,
                              [] { return static_cast<int>(::syscall(SYS_fork)); });
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGSYS);
}

TEST(Seccomp, RefusesWhatTheBrokerDoesNotNeed) {
  const int status = in_child(SyscallList::kBroker, OnForeignCall::kRefuse, [] {
    return first_allowed([] { return ::syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); },
                         [] { return ::syscall(SYS_ptrace, 0, 0, 0, 0); },
                         [] { return ::syscall(SYS_mkdirat, AT_FDCWD, "x", 0700); });
  });
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Seccomp, GivesTheCompilerNeitherFilesNorNetworkNorProcesses) {
  const int status = in_child(SyscallList::kCompiler, OnForeignCall::kRefuse, [] {
    return first_allowed([] { return ::syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY); },
                         [] { return ::syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); },
                         [] { return ::syscall(SYS_unlink, "x"); },
                         [] { return ::syscall(SYS_fork); },
                         [] { return ::syscall(SYS_execve, "/bin/true", nullptr, nullptr); });
  });
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Landlock, LeavesWhatWasGrantedAndNothingElse) {
  std::string directory = testing::TempDir() + "landlock-XXXXXX";
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  const pid_t pid = ::fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    const UniqueFd granted(::open(directory.c_str(), O_PATH | O_DIRECTORY));
    const UniqueFd read_only(::open("/usr", O_PATH | O_DIRECTORY));
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) ::_exit(1);
    const LandlockGrant grants[] = {{granted.get(), LandlockGrant::Rights::kReadWrite},
                                    {read_only.get(), LandlockGrant::Rights::kReadOnly}};
    const ErrorOr<Landlocked> confined = confine_files(grants);
    if (!confined.ok()) ::_exit(2);
    if (confined.value() == Landlocked::kNotOnThisHost) ::_exit(77);
    const UniqueFd inside(::openat(granted.get(), "file", O_CREAT | O_RDWR, 0600));
    if (!inside.valid()) ::_exit(3);
    if (::unlinkat(granted.get(), "file", 0) != 0) ::_exit(4);
    const UniqueFd listed(::open("/usr/bin", O_RDONLY | O_DIRECTORY));
    if (!listed.valid()) ::_exit(5);
    if (::open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES) ::_exit(6);
    if (::open("/usr/new", O_CREAT | O_WRONLY, 0600) >= 0 || errno != EACCES) ::_exit(7);
    ::execl("/usr/bin/true", "true", nullptr);
    ::_exit(errno == EACCES ? 0 : 8);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  (void)::rmdir(directory.c_str());
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

/// Runs `body` in a child; its exit status.
template <typename Body>
int status_of_child(Body body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
}

constexpr int kNotHere = 77;

/// A TCP socket at a free port of the loopback interface that listens.
int listen_at(sockaddr_in& address) {
  address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  void* const bytes = &address;
  socklen_t size = sizeof(address);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::bind(socket, static_cast<sockaddr*>(bytes), size) != 0 || ::listen(socket, 5) != 0) {
    return -1;
  }
  return ::getsockname(socket, static_cast<sockaddr*>(bytes), &size) == 0 ? socket : -1;
}

int connect_to(int socket, const sockaddr_in& address) {
  const void* const bytes = &address;
  return ::connect(socket, static_cast<const sockaddr*>(bytes), sizeof(address));
}

// What a guest that has taken lind over can do in a locked keep.
TEST(Keep, MakesNoInternetSocket) {
  const int status = in_child(SyscallList::kKeep, OnForeignCall::kRefuse, [] {
    const int allowed = first_allowed(
        [] { return ::syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); },
        [] { return ::syscall(SYS_socket, AF_INET6, SOCK_STREAM, 0); },
        [] { return ::syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0); },
        [] { return ::syscall(SYS_socket, AF_INET6, SOCK_DGRAM, 0); },
        [] { return ::syscall(SYS_fork); }, [] { return ::syscall(SYS_prctl, PR_SET_DUMPABLE, 1); },
        [] { return ::syscall(SYS_setrlimit, 0, nullptr); });
    if (allowed != 0) return allowed;
    return ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? 0 : 100;
  });
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Keep, CarriesTlsWithoutFilesNetworkOrProcesses) {
  const int status = in_child(SyscallList::kCarrier, OnForeignCall::kRefuse, [] {
    return first_allowed([] { return ::syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY); },
                         [] { return ::syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); },
                         [] { return ::syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0); },
                         [] { return ::syscall(SYS_connect, 0, nullptr, 0); },
                         [] { return ::syscall(SYS_bind, 0, nullptr, 0); },
                         [] { return ::syscall(SYS_fork); },
                         [] { return ::syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0); },
                         [] { return ::syscall(SYS_execve, "/bin/true", nullptr, nullptr); },
                         [] { return ::syscall(SYS_kill, ::getppid(), 0); },
                         [] { return ::syscall(SYS_ioctl, 0, TIOCSTI, "x"); },
                         [] { return ::syscall(SYS_mprotect, 0, 0, PROT_WRITE | PROT_EXEC); });
  });
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Keep, ConnectsAndBindsNoSocketThatItWasGiven) {
  sockaddr_in address{};
  const UniqueFd listener(listen_at(address));
  ASSERT_TRUE(listener.valid());
  const int status = status_of_child([&address] {
    const int given = ::socket(AF_INET, SOCK_STREAM, 0);
    const int another = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 1;
    if (landlock_version() < 4) return kNotHere;
    if (!confine_files({}, Beyond::kNetworkAndSignals).ok()) return 2;
    if (connect_to(given, address) == 0 || errno != EACCES) return 3;
    sockaddr_in any = address;
    any.sin_port = 0;
    const void* const bytes = &any;
    if (::bind(another, static_cast<const sockaddr*>(bytes), sizeof(any)) == 0 || errno != EACCES) {
      return 4;
    }
    return 0;
  });
  if (status == kNotHere) GTEST_SKIP() << "this kernel's Landlock knows no TCP";
  EXPECT_EQ(status, 0);
}

TEST(Keep, ReachesNobodyOutsideByAbstractSocketsOrSignals) {
  const UniqueFd server(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  void* const bytes = &address;
  socklen_t size = sizeof(sa_family_t);  // the host chooses an abstract name
  ASSERT_EQ(::bind(server.get(), static_cast<sockaddr*>(bytes), size), 0);
  ASSERT_EQ(::listen(server.get(), 5), 0);
  size = sizeof(address);
  ASSERT_EQ(::getsockname(server.get(), static_cast<sockaddr*>(bytes), &size), 0);
  const int status = status_of_child([&] {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 1;
    if (landlock_version() < 6) return kNotHere;
    if (!confine_files({}, Beyond::kNetworkAndSignals).ok()) return 2;
    const int client = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (::connect(client, static_cast<const sockaddr*>(bytes), size) == 0 || errno != EPERM) {
      return 3;
    }
    return ::kill(::getppid(), 0) == 0 || errno != EPERM ? 4 : 0;
  });
  if (status == kNotHere) GTEST_SKIP() << "this kernel's Landlock knows no scopes";
  EXPECT_EQ(status, 0);
}

TEST(Keep, OpensNoFileThatWasNotGranted) {
  const int status = status_of_child([] {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 1;
    if (landlock_version() < 2) return kNotHere;
    if (!confine_files({}, Beyond::kNetworkAndSignals).ok()) return 2;
    if (::open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES) return 3;
    if (::open("/", O_RDONLY | O_DIRECTORY) >= 0 || errno != EACCES) return 4;
    return ::mkdir("/tmp/keep-must-not-make-this", 0700) == 0 || errno != EACCES ? 5 : 0;
  });
  if (status == kNotHere) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(status, 0);
}

TEST(Self, HidesItsMemory) {
  const int status = status_of_child([] {
    if (!hide_memory().ok()) return 1;
    rlimit limit{};
    if (::getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0) return 2;
    return ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : 3;
  });
  EXPECT_EQ(status, 0);
}

TEST(Self, ClosesWhatItWasStartedWith) {
  const int status = status_of_child([] {
    const int high = ::fcntl(STDERR_FILENO, F_DUPFD, 500);
    if (high < 0 || !close_inherited_descriptors().ok()) return 1;
    if (::fcntl(high, F_GETFD) >= 0 || ::fcntl(3, F_GETFD) >= 0) return 2;
    return ::fcntl(STDERR_FILENO, F_GETFD) >= 0 ? 0 : 3;
  });
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace lind::host
