// The side of the compile broker that runs in a process of its own: no threads, no guests.

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <climits>

#include "broker_internal.h"
#include "host/seccomp.h"
#include "host/unique_fd.h"
#include "object/file.h"

namespace lind::cli {
namespace {

using host::UniqueFd;

struct Job {
  BrokerRequest request{};
  std::array<UniqueFd, kRequestFds> fds;

  const UniqueFd& fd(RequestFd which) const { return fds[static_cast<std::size_t>(which)]; }
};

struct Running {
  pid_t pid;
  UniqueFd pidfd;
  UniqueFd reply;
};

/// Above every number we dup2 to.
constexpr int kFirstFreeFd = 10;

int above(int fd) {
  return ::fcntl(fd, F_DUPFD_CLOEXEC, kFirstFreeFd);
}

/// Becomes lindc.  Runs in a fresh child; whatever fails shows as exit status 127.
[[noreturn]] void become_compiler(const Job& job, int compiler) {
  const int program = above(compiler);
  const int module = above(job.fd(RequestFd::kModule).get());
  const int object = above(job.fd(RequestFd::kObject).get());
  const int reply = above(job.fd(RequestFd::kReply).get());
  // Descriptors 0 and 1 are /dev/null already.
  if (::dup2(reply, STDERR_FILENO) < 0 || ::dup2(module, embed::kModuleFd) < 0 ||
      ::dup2(object, embed::kObjectFd) < 0 || program < 0) {
    ::_exit(127);
  }
  const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
  (void)::setrlimit(RLIMIT_CORE, &no_core);  // a core file would only be litter
  for (const int signal : {SIGPIPE, SIGXFSZ, SIGINT, SIGQUIT})
    (void)std::signal(signal, SIG_DFL);
  std::vector<std::string> arguments = embed::compiler_arguments(job.request);
  std::vector<char*> argv;
  for (std::string& argument : arguments)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::array<char*, 1> environment{nullptr};
  (void)::syscall(SYS_execveat, program, "", argv.data(), environment.data(), AT_EMPTY_PATH);
  ::_exit(127);
}

class BrokerLoop {
 public:
  BrokerLoop(int socket, int compiler) : socket_(socket), compiler_(compiler) {
    const long cpus = ::sysconf(_SC_NPROCESSORS_ONLN);
    if (cpus > 0) max_running_ = static_cast<std::size_t>(cpus);
  }

  /// Returns when lind is gone and no compiler is left.
  void run() {
    bool open = true;
    while (open) {
      std::vector<pollfd> events{{.fd = socket_, .events = POLLIN, .revents = 0}};
      for (const Running& one : running_)
        events.push_back({one.pidfd.get(), POLLIN, 0});
      if (::poll(events.data(), events.size(), -1) < 0 && errno != EINTR) break;
      for (std::size_t i = events.size() - 1; i > 0; --i) {
        if (events[i].revents != 0) finish(i - 1);
      }
      if (events[0].revents != 0) open = receive();
      while (running_.size() < max_running_ && !waiting_.empty())
        start_next();
    }
    for (const Running& one : running_)
      (void)::kill(one.pid, SIGKILL);  // it may have ended
    for (const Running& one : running_)
      (void)::waitpid(one.pid, nullptr, 0);
  }

 private:
  /// False at the end of the socket.
  bool receive() {
    Job job;
    iovec data{.iov_base = &job.request, .iov_len = sizeof(job.request)};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(kRequestFds * sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t count = ::recvmsg(socket_, &message, MSG_CMSG_CLOEXEC);
    if (count < 0) return errno == EINTR;
    if (count == 0) return false;
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return true;
    std::array<int, kRequestFds> fds{};
    const std::size_t num_bytes = std::min(sizeof(fds), header->cmsg_len - CMSG_LEN(0));
    std::memcpy(fds.data(), CMSG_DATA(header), num_bytes);
    for (std::size_t i = 0; i < num_bytes / sizeof(int); ++i)
      job.fds[i].reset(fds[i]);
    // Dropping a job that is not whole closes its reply, which is the answer.
    if (count == sizeof(job.request) && num_bytes == sizeof(fds)) {
      waiting_.push_back(std::move(job));
    }
    return true;
  }

  void start_next() {
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    const pid_t pid = ::fork();
    if (pid == 0) become_compiler(job, compiler_);
    if (pid < 0) return;
    UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    UniqueFd reply = std::move(job.fds[static_cast<std::size_t>(RequestFd::kReply)]);
    if (pidfd.valid()) {
      running_.push_back({pid, std::move(pidfd), std::move(reply)});
      return;
    }
    (void)::kill(pid, SIGKILL);
    (void)::waitpid(pid, nullptr, 0);
  }

  void finish(std::size_t index) {
    const Running one = std::move(running_[index]);
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(index));
    int status = 0;
    if (::waitpid(one.pid, &status, 0) != one.pid) return;
    // A reader that is gone needs no answer.
    (void)object::write_file(one.reply.get(), std::as_bytes(std::span(&status, 1)));
  }

  const int socket_;
  const int compiler_;
  std::size_t max_running_ = 1;
  std::deque<Job> waiting_;
  std::vector<Running> running_;
};

/// The terminal that lind may put into raw mode, as it was before.
class FoundTerminal {
 public:
  FoundTerminal() {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
      if (::tcgetpgrp(fd) < 0 || ::tcgetattr(fd, &found_) != 0) continue;
      fd_.reset(above(fd));
      return;
    }
  }
  int fd() const noexcept { return fd_.get(); }

  /// Undoes raw mode if the terminal is in it.
  void restore() const noexcept {
    struct termios now{};
    if (!fd_.valid() || ::tcgetattr(fd_.get(), &now) != 0) return;
    struct termios raw = found_;
    ::cfmakeraw(&raw);
    const bool is_raw = now.c_iflag == raw.c_iflag && now.c_oflag == raw.c_oflag &&
                        now.c_lflag == raw.c_lflag && now.c_cflag == raw.c_cflag;
    if (is_raw) (void)::tcsetattr(fd_.get(), TCSANOW, &found_);
  }

 private:
  UniqueFd fd_;
  struct termios found_{};
};

/// Closes what the broker inherited but does not need, so that no pipe or mount stays alive
/// because of it.
void close_all_but(std::array<int, 3> kept) {
  std::ranges::sort(kept);
  unsigned next = STDERR_FILENO + 1;
  for (const int fd : kept) {
    if (fd < 0) continue;
    const auto number = static_cast<unsigned>(fd);
    if (number > next) (void)::close_range(next, number - 1, 0);
    next = number + 1;
  }
  (void)::close_range(next, UINT_MAX, 0);
}

}  // namespace

void run_broker(int socket, const embed::CompilerProgram& compiler,
                const std::string& private_directory) {
  const FoundTerminal terminal;
  (void)::setsid();  // signals of the terminal are for lind, which closes the socket
  (void)::prctl(PR_SET_NAME, "lind-broker");
  (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const int own_socket = above(socket);
  const int own_compiler = above(compiler.file.get());
  if (own_socket < 0 || own_compiler < 0) ::_exit(1);
  close_all_but({own_socket, own_compiler, terminal.fd()});
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::dup2(null.get(), fd) < 0) ::_exit(1);
  }
  // Refused calls of lindc show as its own errors; without the list the broker does not start.
  if (!host::confine_syscalls(host::SyscallList::kBroker, host::OnForeignCall::kRefuse).ok()) {
    ::_exit(1);
  }
  BrokerLoop(own_socket, own_compiler).run();
  terminal.restore();
  std::error_code error;  // nobody is left to hear of it
  if (!private_directory.empty()) std::filesystem::remove_all(private_directory, error);
  ::_exit(0);
}

}  // namespace lind::cli
