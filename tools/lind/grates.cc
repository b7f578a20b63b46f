#include "grates.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "base/log.h"
#include "exit_status.h"

namespace lind::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array kPlaces = {"../guest/grates", "../../guest/grates", "../lib/lind/grates"};
/// A line for each: its name, a tab, what it does.
constexpr char kIndex[] = ".index";

// Shows the host file as /NAME and returns that.
ErrorOr<std::string> show_program(const std::string& file, rawposix::MountTable& mounts) {
  host::UniqueFd opened(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!opened.valid()) return host_error(file, errno);
  std::string path = "/" + file.substr(file.rfind('/') + 1);
  LIND_TRY(mounts.add_file(std::move(opened), path, rawposix::MountTable::Rights::kReadOnly));
  return path;
}

}  // namespace

std::optional<std::string> grates_directory() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread exists yet
  if (const char* given = std::getenv("LIND_GRATES"); given != nullptr) return given;
  std::error_code error;
  const fs::path bin = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const char* place : kPlaces) {
    const fs::path candidate = (bin / place).lexically_normal();
    if (fs::is_directory(candidate, error)) return candidate.string();
  }
  return std::nullopt;
}

bool is_grate(const std::string& directory, const std::string& name) {
  if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos) return false;
  std::error_code error;
  return fs::is_regular_file(fs::path(directory) / name, error);
}

bool is_program_file(const std::string& word) {
  struct stat status{};
  const bool is_named = word.ends_with(".wasm") || word.ends_with(".lindobj");
  return is_named && ::stat(word.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

ErrorOr<void> show_grates(RunOptions& options, rawposix::MountTable& mounts) {
  const std::optional<std::string> directory = grates_directory();
  if (!directory) return {};
  const auto named = [&](const std::string& word) { return is_grate(*directory, word); };
  if (!named(options.program) && std::ranges::none_of(options.args, named)) return {};
  LIND_TRY(mounts.add_directory(*directory, kGuestGrates, rawposix::MountTable::Rights::kReadOnly));
  if (named(options.program)) options.program = fmt::format("{}/{}", kGuestGrates, options.program);
  if (options.has_root()) return {};
  for (std::string& word : options.args) {
    if (is_program_file(word)) word = LIND_TRY(show_program(word, mounts));
  }
  return {};
}

int grates_command(const std::string& command, const std::vector<std::string>& arguments) {
  if (!arguments.empty()) {
    const bool help = arguments.front() == "--help" || arguments.front() == "-h";
    fmt::print(help ? stdout : stderr,
               "Usage: {}\n\nLists the grates that `lind run` knows by name.\n", command);
    return help ? 0 : kExitFailed;
  }
  const std::optional<std::string> directory = grates_directory();
  if (!directory) {
    log::error("no grates: none beside this program, and LIND_GRATES is not set");
    return kExitFailed;
  }
  std::ifstream index(fs::path(*directory) / kIndex);
  for (std::string line; std::getline(index, line);) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos) continue;
    fmt::print("  {:<20} {}\n", std::string_view(line).substr(0, tab),
               std::string_view(line).substr(tab + 1));
  }
  return 0;
}

}  // namespace lind::cli
