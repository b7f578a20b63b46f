#include "broker.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "base/units.h"
#include "broker_internal.h"
#include "message.h"
#include "object/file.h"

namespace lind::cli {
namespace {

constexpr std::uint64_t kMaxObjectBytes = 2 * kGiB;

ErrorOr<host::UniqueFd> make_memfd(const char* name) {
  host::UniqueFd fd(::memfd_create(name, MFD_CLOEXEC));
  if (!fd.valid()) return host_error("memfd_create", errno);
  return fd;
}

ErrorOr<void> send_request(int socket, BrokerRequest request,
                           const std::array<int, kRequestFds>& fds) {
  iovec data{.iov_base = &request, .iov_len = sizeof(request)};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(fds))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(fds));
  std::memcpy(CMSG_DATA(header), fds.data(), sizeof(fds));
  while (::sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return host_error("the compile broker does not answer", errno);
  }
  return {};
}

/// Takes the whole lines "progress PERCENT" out of `reply`, from `start` on; returns where the
/// first line begins that is not whole.
std::size_t take_progress(std::string& reply, std::size_t start,
                          const Broker::ShowProgress& show_progress) {
  constexpr std::string_view kProgress = "progress ";
  for (;;) {
    const std::size_t end = reply.find('\n', start);
    if (end == std::string::npos) return start;
    const std::string_view line = std::string_view(reply).substr(start, end - start);
    unsigned percent = 0;
    const bool is_progress =
        line.starts_with(kProgress) &&
        std::from_chars(line.data() + kProgress.size(), line.data() + line.size(), percent).ec ==
            std::errc{};
    if (!is_progress) {
      start = end + 1;
      continue;
    }
    if (show_progress) show_progress(std::min(percent, 100U));
    reply.erase(start, end + 1 - start);
  }
}

/// Everything the pipe gives until its writers are gone, but no more than a message needs.
std::string read_reply(int fd, const Broker::ShowProgress& show_progress) {
  constexpr std::size_t kMaxKept = 64 * kKiB;
  std::string reply;
  std::size_t line = 0;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return reply;
    reply.append(buffer.data(), static_cast<std::size_t>(count));
    line = take_progress(reply, std::min(line, reply.size()), show_progress);
    // The last four bytes are the status, whatever else there is.
    if (reply.size() > kMaxKept) reply.erase(kMaxKept / 2, reply.size() - kMaxKept);
  }
}

ErrorOr<void> judge(std::string_view reply) {
  int status = 0;
  if (reply.size() < sizeof(status)) return Error("the compile broker has ended");
  const std::string_view text = reply.substr(0, reply.size() - sizeof(status));
  std::memcpy(&status, reply.data() + text.size(), sizeof(status));
  const ErrorOr<void> verdict = embed::compiler_verdict(status, text);
  if (verdict.ok()) return {};
  return Error(printable(verdict.error().message()));
}

}  // namespace

ErrorOr<Broker> Broker::start(const CompilerProgram& compiler,
                              const std::string& private_directory) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return host_error("socketpair", errno);
  }
  host::UniqueFd ours(ends[0]);
  const host::UniqueFd theirs(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return host_error("fork", errno);
  if (child == 0) {
    ours.reset();
    run_broker(theirs.get(), compiler, private_directory);
  }
  return Broker(std::move(ours), child);
}

Broker::Broker(Broker&& other) noexcept
    : socket_(std::move(other.socket_)), child_(std::exchange(other.child_, 0)) {}

Broker::~Broker() {
  if (child_ == 0) return;
  socket_.reset();
  while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

ErrorOr<Buffer> Broker::compile(std::span<const std::byte> module, const CompileJob& job,
                                const ShowProgress& show_progress) const {
  const host::UniqueFd module_file = LIND_TRY(make_memfd("module"));
  const host::UniqueFd object_file = LIND_TRY(make_memfd("object"));
  const Result<void, int> written = object::write_file(module_file.get(), module);
  if (!written.ok()) return host_error("copy of the module", written.error());
  // lindc gets our file offset with the descriptor and reads from there.
  if (::lseek(module_file.get(), 0, SEEK_SET) != 0) return host_error("lseek", errno);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return host_error("pipe", errno);
  const host::UniqueFd reply(ends[0]);
  host::UniqueFd reply_end(ends[1]);
  LIND_TRY(
      send_request(socket_.get(), job, {module_file.get(), object_file.get(), reply_end.get()}));
  reply_end.reset();
  LIND_TRY(judge(read_reply(reply.get(), show_progress)));
  return object::read_file(object_file.get(), kMaxObjectBytes);
}

}  // namespace lind::cli
