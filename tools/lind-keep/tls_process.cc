#include "tls_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "host/landlock.h"
#include "host/seccomp.h"
#include "host/self.h"
#include "keep/steward.h"
#include "keep/tls_carrier.h"
#include "object/file.h"
#include "sockets.h"

namespace lind::cli {
namespace {

constexpr std::string_view kReady = "ready";

struct Ends {
  host::UniqueFd ours;
  host::UniqueFd theirs;
};

ErrorOr<Ends> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return host_error("pipe2", errno);
  return Ends{host::UniqueFd(ends[0]), host::UniqueFd(ends[1])};
}

ErrorOr<Ends> make_sockets(const TlsEndpoint& endpoint) {
  const int type = endpoint.kind == keep::File::Kind::kListen ? SOCK_SEQPACKET : SOCK_STREAM;
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return host_error("socketpair", errno);
  }
  return Ends{host::UniqueFd(ends[0]), host::UniqueFd(ends[1])};
}

ErrorOr<keep::Identity> ask_steward(const std::string& url, const keep::TlsFiles& files) {
  constexpr timeval kPatience = {.tv_sec = 30, .tv_usec = 0};
  const keep::StewardPlace place = LIND_TRY(keep::parse_steward_url(url));
  ErrorOr<host::UniqueFd> socket = connect_tcp(place.host, place.port);
  if (!socket.ok()) return Error(socket.error()).in("steward");
  const int fd = socket.value().get();
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience)) != 0 ||
      ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience)) != 0) {
    return host_error("steward", errno);
  }
  const keep::TlsContexts contexts = LIND_TRY(keep::TlsContexts::create(files));
  return keep::ask_steward(contexts, fd, place);
}

ErrorOr<keep::TlsContexts> make_contexts(const keep::TlsFiles& files,
                                         const std::optional<std::string>& steward) {
  if (!steward) return keep::TlsContexts::create(files);
  const keep::Identity identity = LIND_TRY(ask_steward(*steward, files));
  return keep::TlsContexts::create(files, &identity);
}

ErrorOr<keep::TlsCarrier> make_carrier(std::vector<TlsEndpoint>& endpoints,
                                       std::vector<host::UniqueFd>& sockets,
                                       const keep::TlsFiles& files,
                                       const std::optional<std::string>& steward) {
  keep::TlsContexts contexts = LIND_TRY(make_contexts(files, steward));
  keep::TlsCarrier carrier = LIND_TRY(keep::TlsCarrier::create(std::move(contexts)));
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    TlsEndpoint& endpoint = endpoints[i];
    if (endpoint.kind == keep::File::Kind::kListen) {
      LIND_TRY(carrier.listen(std::move(endpoint.tcp), std::move(sockets[i])));
    } else {
      LIND_TRY(carrier.connect(std::move(endpoint.tcp), endpoint.host, std::move(sockets[i])));
    }
  }
  return carrier;
}

ErrorOr<void> confine() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return host_error("no_new_privs", errno);
  LIND_TRY(host::hide_memory());
  LIND_TRY(host::confine_files({}, host::Beyond::kNetworkAndSignals));
  return host::confine_syscalls(host::SyscallList::kCarrier, host::OnForeignCall::kRefuse);
}

/// Whoever waits for the end of our output does not wait for what is still to be sent.
ErrorOr<void> leave_session() {
  (void)::setsid();  // signals of the terminal are for the program
  (void)::prctl(PR_SET_NAME, "lind-tls");
  const host::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::dup2(null.get(), fd) < 0) return host_error("/dev/null", errno);
  }
  return {};
}

[[noreturn]] void run_child(std::vector<TlsEndpoint>& endpoints,
                            std::vector<host::UniqueFd>& sockets, const keep::TlsFiles& files,
                            const std::optional<std::string>& steward, host::UniqueFd status,
                            host::UniqueFd life) {
  ErrorOr<void> done = leave_session();
  ErrorOr<keep::TlsCarrier> carrier = make_carrier(endpoints, sockets, files, steward);
  if (done.ok() && !carrier.ok()) done = carrier.error();
  if (done.ok()) done = confine();
  const std::string text = done.ok() ? std::string(kReady) : done.error().message();
  // A reader that is gone has failed.
  (void)object::write_file(status.get(), std::as_bytes(std::span(text)));
  if (!done.ok()) ::_exit(1);
  status.reset();
  carrier.value().run(std::move(life));
  ::_exit(0);
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 1024> part{};
  for (ssize_t got = 0; (got = ::read(fd, part.data(), part.size())) > 0;)
    text.append(part.data(), static_cast<std::size_t>(got));
  return text;
}

}  // namespace

ErrorOr<TlsProcess> start_tls(std::vector<TlsEndpoint> endpoints, const keep::TlsFiles& files,
                              const std::optional<std::string>& steward) {
  TlsProcess process;
  std::vector<host::UniqueFd> sockets;
  for (const TlsEndpoint& endpoint : endpoints) {
    Ends ends = LIND_TRY(make_sockets(endpoint));
    process.plain.push_back(std::move(ends.ours));
    sockets.push_back(std::move(ends.theirs));
  }
  Ends life = LIND_TRY(make_pipe());
  Ends status = LIND_TRY(make_pipe());
  const pid_t child = ::fork();
  if (child < 0) return host_error("fork", errno);
  if (child == 0) {
    process.plain.clear();
    life.theirs.reset();
    status.ours.reset();
    run_child(endpoints, sockets, files, steward, std::move(status.theirs), std::move(life.ours));
  }
  status.theirs.reset();
  const std::string text = read_all(status.ours.get());
  if (text.empty()) return Error("the process for TLS has ended");
  if (text != kReady) return Error(text);
  process.life = std::move(life.theirs);
  return process;
}

}  // namespace lind::cli
