#include "config_commands.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <string_view>

#include <fmt/core.h>

#include "exit_status.h"
#include "host/unique_fd.h"
#include "message.h"
#include "object/file.h"

namespace lind::cli {
namespace {

constexpr char kDefaultFile[] = "Enarx.toml";

constexpr char kHelp[] =
    "Usage: {0} init            write ./Enarx.toml, a configuration to start from\n"
    "       {0} check [OPTIONS] [FILE]   say whether FILE (./Enarx.toml) is right\n\n"
    "Options:\n"
    "  --enarx-compat              ignore unknown keys at the top, as Enarx does\n\n"
    "Exit status: 0 it is right; 125 it is not, or cannot be read.\n";

ErrorOr<void> write_new(const std::string& path, std::string_view text) {
  const host::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file.valid() && errno == EEXIST) {
    return Error(fmt::format("\"{}\" does already exist.", path));
  }
  if (!file.valid()) return host_error(path, errno);
  const Result<void, int> written = object::write_file(file.get(), std::as_bytes(std::span(text)));
  if (!written.ok()) return host_error(path, written.error());
  return {};
}

int init() {
  const ErrorOr<void> written = write_new(kDefaultFile, keep::kConfigTemplate);
  return written.ok() ? 0 : fail(kExitFailed, written.error().message());
}

int check(const std::string& command, const std::vector<std::string>& words) {
  std::string file = kDefaultFile;
  keep::UnknownKeys unknown_keys = keep::UnknownKeys::kRefuse;
  for (const std::string& word : words) {
    if (word == "--enarx-compat") {
      unknown_keys = keep::UnknownKeys::kIgnore;
    } else if (word.starts_with('-') || &word != &words.back()) {
      return fail(kExitFailed, fmt::format("unexpected {}; see {} --help", word, command));
    } else {
      file = word;
    }
  }
  const ErrorOr<keep::Config> config = load_config(file, unknown_keys);
  return config.ok() ? 0 : fail(kExitFailed, config.error().message());
}

}  // namespace

ErrorOr<keep::Config> load_config(const std::string& path, keep::UnknownKeys unknown_keys) {
  const host::UniqueFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) return host_error(path, errno);
  const ErrorOr<Buffer> bytes = object::read_file(file.get(), keep::kMaxConfigBytes);
  if (!bytes.ok()) return Error(bytes.error()).in(path);
  return parse_config_file(path, bytes.value(), unknown_keys);
}

ErrorOr<keep::Config> parse_config_file(const std::string& path, std::span<const std::byte> bytes,
                                        keep::UnknownKeys unknown_keys) {
  std::string text(bytes.size(), '\0');
  std::ranges::transform(bytes, text.begin(),
                         [](std::byte each) { return static_cast<char>(each); });
  ErrorOr<keep::Config> config = keep::parse_config(text, unknown_keys);
  if (!config.ok()) return Error(config.error()).in(path);
  return config;
}

int config_command(const std::string& command, const std::vector<std::string>& words) {
  if (!words.empty() && words.front() == "init" && words.size() == 1) return init();
  if (!words.empty() && words.front() == "check")
    return check(command, {words.begin() + 1, words.end()});
  if (!words.empty() && (words.front() == "--help" || words.front() == "-h")) {
    fmt::print(kHelp, command);
    return 0;
  }
  return fail(kExitFailed, fmt::format("expected init or check; see {} --help", command));
}

}  // namespace lind::cli
