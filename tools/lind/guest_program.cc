#include "guest_program.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "exit_status.h"
#include "grates.h"
#include "host/errno.h"

namespace lind::cli {
namespace {

using rawposix::MountTable;
using uapi::Errno;

ProgramError program_error(const std::string& program, Errno error) {
  return {.exit_status = exit_status_for(error),
          .message = host_error(program, static_cast<int>(error)).message()};
}

/// Whether `path` of the guest can be run; the errno of exec if not.
Result<void> check_executable(const RunOptions& options, const MountTable& mounts,
                              const std::string& path) {
  const std::shared_ptr<rawposix::OpenFile> file =
      LIND_TRY(mounts.open(options.cwd, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0));
  struct stat status{};
  if (::fstat(file->host_fd(), &status) != 0) return host::last_errno();
  if (!S_ISREG(status.st_mode) || (status.st_mode & 0111) == 0) return Errno::kEACCES;
  return {};
}

/// execvp's search.
Result<std::string> search_path(const RunOptions& options, const MountTable& mounts) {
  const std::string& path = options.env.at("PATH");
  Errno error = Errno::kENOENT;
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find(':', start), path.size());
    const std::string directory = path.substr(start, end - start);
    const std::string candidate = (directory.empty() ? "." : directory) + "/" + options.program;
    const Result<void> found = check_executable(options, mounts, candidate);
    if (found.ok()) return candidate;
    if (found.error() == Errno::kEACCES) error = Errno::kEACCES;
    start = end + 1;
  }
  return error;
}

Result<std::string> find_in_guest(const RunOptions& options, const MountTable& mounts) {
  if (options.program.find('/') == std::string::npos) return search_path(options, mounts);
  LIND_TRY(check_executable(options, mounts, options.program));
  return options.program;
}

Result<std::string, ProgramError> show_host_file(const RunOptions& options, MountTable& mounts) {
  host::UniqueFd file(::open(options.program.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) return program_error(options.program, host::last_errno());
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return program_error(options.program, host::last_errno());
  if (!S_ISREG(status.st_mode)) return program_error(options.program, Errno::kEACCES);
  std::string path = "/" + options.program.substr(options.program.rfind('/') + 1);
  const ErrorOr<void> added = mounts.add_file(std::move(file), path, MountTable::Rights::kReadOnly);
  if (!added.ok()) return ProgramError{kExitFailed, added.error().message()};
  return path;
}

/// Later opens are new ones, with the rights they ask for.
ErrorOr<void> show_granted_file(const Grant& grant, MountTable& mounts) {
  host::UniqueFd file(::open(grant.host.c_str(), O_PATH | O_CLOEXEC));
  struct stat status{};
  if (!file.valid() || ::fstat(file.get(), &status) != 0) {
    return host_error("--file " + grant.host, errno);
  }
  if (!S_ISREG(status.st_mode)) return Error("--file " + grant.host + ": not a regular file");
  return mounts.add_file(
      std::move(file), grant.guest,
      grant.read_only ? MountTable::Rights::kReadOnly : MountTable::Rights::kReadWrite);
}

}  // namespace

int exit_status_for(Errno error) {
  // env(1) knows two cases; what the host ran out of is no fault of the program.
  constexpr Errno kHostResources[] = {
      // NOLINT(modernize-avoid-c-arrays): constexpr list
      Errno::kENOMEM, Errno::kEMFILE, Errno::kENFILE, Errno::kEAGAIN};
  if (error == Errno::kENOENT || error == Errno::kENOTDIR) return kExitNotFound;
  for (const Errno resource : kHostResources) {
    if (error == resource) return kExitFailed;
  }
  return kExitNotRunnable;
}

ErrorOr<std::shared_ptr<MountTable>> make_mounts(const RunOptions& options) {
  std::shared_ptr<MountTable> mounts = LIND_TRY(MountTable::create());
  for (const Grant& grant : options.grants) {
    const ErrorOr<void> added = mounts->add_directory(
        grant.host, grant.guest,
        grant.read_only ? MountTable::Rights::kReadOnly : MountTable::Rights::kReadWrite);
    if (!added.ok()) return added.error();
  }
  for (const std::string& path : options.tmpfs)
    LIND_TRY(mounts->add_tmpfs(path));
  for (const Grant& grant : options.files)
    LIND_TRY(show_granted_file(grant, *mounts));
  const Result<std::shared_ptr<rawposix::OpenFile>> cwd =
      mounts->open("/", options.cwd, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (!cwd.ok()) {
    return host_error("--cwd " + options.cwd, static_cast<int>(cwd.error()));
  }
  return mounts;
}

Result<std::string, ProgramError> find_program(const RunOptions& options, MountTable& mounts) {
  const bool is_grate = options.program.starts_with(kGuestGrates);
  if (!options.has_root() && !is_grate) return show_host_file(options, mounts);
  Result<std::string> path = find_in_guest(options, mounts);
  if (!path.ok()) return program_error(options.program, path.error());
  return std::move(path).value();
}

}  // namespace lind::cli
