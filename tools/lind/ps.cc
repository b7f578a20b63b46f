#include "ps.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <thread>

#include <fmt/core.h>

#include "base/log.h"
#include "exit_status.h"
#include "message.h"
#include "rawposix/proc/listing.h"

namespace lind::cli {
namespace {

constexpr std::string_view kSocketName = "ps";
constexpr std::string_view kDirectoryPrefix = "lind-private-";  // rawposix/fs/private_directory.cc
constexpr std::size_t kMostBytes = 32768;                       ///< of one datagram
constexpr int kPatienceMs = 2000;

std::optional<sockaddr_un> address_of(const std::string& directory) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = directory + "/" + std::string(kSocketName);
  if (path.size() >= sizeof(address.sun_path)) return std::nullopt;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

host::UniqueFd datagram_socket() {
  return host::UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

// SAFETY of the casts: sockaddr_un begins as sockaddr does, and the length says which it is.
bool bind_to(int socket, const sockaddr_un& address, std::size_t num_bytes) {
  return ::bind(socket, static_cast<const sockaddr*>(static_cast<const void*>(&address)),
                static_cast<socklen_t>(num_bytes)) == 0;
}

/// Sends `text` to whoever asked; who has gone or does not read gets nothing more.
bool send_text(int socket, const std::string& text, const sockaddr_un& to, socklen_t to_bytes) {
  return ::sendto(socket, text.data(), text.size(), MSG_NOSIGNAL,
                  static_cast<const sockaddr*>(static_cast<const void*>(&to)), to_bytes) >= 0;
}

void answer_one(int socket, rawposix::Kernel& kernel, const sockaddr_un& to, socklen_t to_bytes) {
  std::string text;
  for (const std::string& line : rawposix::list_processes(kernel)) {
    if (text.size() + line.size() + 1 > kMostBytes) {
      if (!send_text(socket, text, to, to_bytes)) return;
      text.clear();
    }
    text += line + "\n";
  }
  if (!text.empty() && !send_text(socket, text, to, to_bytes)) return;
  (void)send_text(socket, {}, to, to_bytes);
}

void answer_all(int socket, rawposix::Kernel& kernel) {
  for (;;) {
    sockaddr_un from{};
    socklen_t from_bytes = sizeof(from);
    std::array<char, 16> question{};
    if (::recvfrom(socket, question.data(), question.size(), 0,
                   static_cast<sockaddr*>(static_cast<void*>(&from)), &from_bytes) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    if (from_bytes > sizeof(sa_family_t)) answer_one(socket, kernel, from, from_bytes);
  }
}

/// What the instance of `directory` answers; nothing if none does.
std::optional<std::string> ask(const std::string& directory) {
  const std::optional<sockaddr_un> server = address_of(directory);
  const host::UniqueFd socket = datagram_socket();
  sockaddr_un own{};
  own.sun_family = AF_UNIX;
  // An address of no bytes: the host chooses one.
  if (!server || !socket.valid() || !bind_to(socket.get(), own, sizeof(sa_family_t))) {
    return std::nullopt;
  }
  if (!send_text(socket.get(), "list", *server, sizeof(*server))) return std::nullopt;
  std::string answer;
  std::string part(kMostBytes, '\0');
  for (;;) {
    pollfd ready{.fd = socket.get(), .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, kPatienceMs) != 1) return std::nullopt;
    const ssize_t got = ::recv(socket.get(), part.data(), part.size(), 0);
    if (got < 0) return std::nullopt;
    if (got == 0) return answer;
    answer.append(part, 0, static_cast<std::size_t>(got));
  }
}

std::vector<std::string> private_directories() {
  const char* const temporary = ::secure_getenv("TMPDIR");
  std::vector<std::string> found;
  for (const std::string parent : {"/dev/shm", temporary == nullptr ? "/tmp" : temporary, "/tmp"}) {
    std::error_code error;
    for (std::filesystem::directory_iterator entry(parent, error), end; !error && entry != end;
         entry.increment(error)) {
      struct stat status{};
      const std::string path = entry->path();
      const bool ours = entry->path().filename().string().starts_with(kDirectoryPrefix) &&
                        ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
                        status.st_uid == ::geteuid();
      if (ours && std::ranges::find(found, path) == found.end()) found.push_back(path);
    }
  }
  return found;
}

}  // namespace

host::UniqueFd make_ps_socket(const std::string& private_directory) {
  const std::optional<sockaddr_un> address = address_of(private_directory);
  host::UniqueFd socket = datagram_socket();
  if (!address || !socket.valid() || !bind_to(socket.get(), *address, sizeof(*address))) return {};
  return socket;
}

void answer_ps(host::UniqueFd socket, rawposix::Kernel& kernel) {
  if (!socket.valid()) return;
  // The thread takes no host signal: those are for threads that expect them.
  sigset_t all{};
  sigset_t before{};
  (void)::sigfillset(&all);
  (void)::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread([own = std::move(socket), &kernel] { answer_all(own.get(), kernel); }).detach();
  (void)::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

int ps_command(const std::string& command, const std::vector<std::string>& arguments) {
  if (!arguments.empty()) {
    const bool help = arguments.front() == "--help" || arguments.front() == "-h";
    fmt::print(help ? stdout : stderr,
               "Usage: {}\n\nLists the cages of all running instances of this user.\n", command);
    return help ? 0 : kExitFailed;
  }
  fmt::print("PID PPID PGID SID UID STAT THREADS TIME-MS VSZ-KIB COMMAND\n");
  for (const std::string& directory : private_directories()) {
    const std::optional<std::string> answer = ask(directory);
    if (answer) fmt::print("# {}\n{}", printable(directory), *answer);
  }
  return 0;
}

}  // namespace lind::cli
