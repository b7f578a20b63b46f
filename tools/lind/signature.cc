#include "signature.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "embed/compiler.h"

namespace lind::cli {
namespace {

/// What a child writes to `out` until it closes it; at most a few lines.
std::string read_all(int out) {
  constexpr std::size_t kMostBytes = 4096;
  std::string text;
  std::array<char, 512> part{};
  for (;;) {
    const ssize_t got = ::read(out, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    if (text.size() < kMostBytes) text.append(part.data(), static_cast<std::size_t>(got));
  }
}

std::string_view message_of(std::string_view text) {
  constexpr std::string_view kName = "lindc: ";
  if (text.starts_with(kName)) text.remove_prefix(kName.size());
  while (text.ends_with('\n'))
    text.remove_suffix(1);
  return text;
}

}  // namespace

ErrorOr<void> verify_signature(const std::string& path, const host::UniqueFd& module,
                               const std::string& public_key) {
  constexpr int kModuleFd = 3;
  const embed::CompilerProgram compiler = LIND_TRY(embed::find_compiler());
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return host_error("pipe", errno);
  const host::UniqueFd out(ends[0]);
  host::UniqueFd in(ends[1]);
  // Out of the way of the numbers that the child gets.
  const host::UniqueFd copy(::fcntl(module.get(), F_DUPFD_CLOEXEC, 2 * kModuleFd));
  if (!copy.valid()) return host_error("descriptors", errno);
  std::vector<std::string> words = {
      "lindc",          "verify",   "--fd", fmt::format("{}", kModuleFd),
      "--signature-pk", public_key, "--",   path};
  std::vector<char*> argv;
  for (std::string& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  std::array<char*, 1> environment{};
  posix_spawn_file_actions_t actions{};
  (void)::posix_spawn_file_actions_init(&actions);
  int error = ::posix_spawn_file_actions_adddup2(&actions, in.get(), STDERR_FILENO);
  if (error == 0) error = ::posix_spawn_file_actions_adddup2(&actions, copy.get(), kModuleFd);
  pid_t child = 0;
  if (error == 0) {
    error = ::posix_spawn(&child, compiler.path.c_str(), &actions, nullptr, argv.data(),
                          environment.data());
  }
  (void)::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return host_error(compiler.path, error);
  in = {};
  const std::string text = read_all(out.get());
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return host_error("waitpid", errno);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  const std::string_view message = message_of(text);
  return Error(message.empty() ? "the signature could not be verified" : std::string(message));
}

}  // namespace lind::cli
