#include "package_files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include <fmt/core.h>
#include <fmt/format.h>

#include "base/log.h"
#include "config_commands.h"
#include "exit_status.h"
#include "host/errno.h"
#include "keep/module_sections.h"
#include "keep/package_names.h"
#include "message.h"
#include "object/file.h"

namespace lind::cli {
namespace {

namespace fs = std::filesystem;

/// Signatures lie beside what they sign.
constexpr std::string_view kSignatureSuffix = ".minisig";

ProgramError failed(const std::string& path, int host_errno) {
  return {.exit_status = exit_status_for(host::to_errno(host_errno)),
          .message = host_error(path, host_errno).message()};
}

/// Errors: a file that the configuration does not name.
Result<void, ProgramError> check_listing(const std::string& directory, const keep::Config& config) {
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    std::error_code ignored;
    if (entry->is_directory(ignored)) {
      return ProgramError{kExitFailed,
                          fmt::format("{}: packages have no directories: {}", directory, name)};
    }
    const bool is_known = name == keep::kModuleName || name == keep::kConfigName ||
                          name.ends_with(kSignatureSuffix) ||
                          std::ranges::find(config.lind.modules, name) != config.lind.modules.end();
    if (!is_known) {
      return ProgramError{kExitFailed,
                          fmt::format("{}: {} does not belong to the package: [lind] modules does "
                                      "not name it",
                                      directory, name)};
    }
  }
  if (error) return ProgramError{kExitFailed, host_error(directory, error.value()).message()};
  return {};
}

}  // namespace

Result<PackageFile, ProgramError> load_package_file(const std::string& path, std::string name) {
  const host::UniqueFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat status{};
  if (!file.valid() || ::fstat(file.get(), &status) != 0) return failed(path, errno);
  if (!S_ISREG(status.st_mode)) return ProgramError{kExitNotRunnable, path + ": not a file"};
  if (std::cmp_greater(status.st_size, kMaxPackageFileBytes)) {
    return ProgramError{kExitNotRunnable, fmt::format("{}: {} bytes, at most {}", path,
                                                      status.st_size, kMaxPackageFileBytes)};
  }
  const ErrorOr<Buffer> bytes = object::read_file(file.get(), kMaxPackageFileBytes);
  if (!bytes.ok()) return ProgramError{kExitNotRunnable, path + ": " + bytes.error().message()};
  const std::span<const std::byte> content = bytes.value();
  return PackageFile{.name = std::move(name), .bytes = {content.begin(), content.end()}};
}

Result<Package, ProgramError> load_module(const std::string& module, keep::Config config) {
  Package package;
  package.files.push_back(LIND_TRY(load_package_file(module, std::string(keep::kModuleName))));
  const std::size_t slash = module.rfind('/');
  const std::string directory = slash == std::string::npos ? "" : module.substr(0, slash + 1);
  for (const std::string& name : config.lind.modules)
    package.files.push_back(LIND_TRY(load_package_file(directory + name, name)));
  package.config = std::move(config);
  return package;
}

Result<Package, ProgramError> load_directory(const std::string& directory,
                                             keep::UnknownKeys unknown_keys) {
  const std::string prefix = directory + "/";
  const std::string config_path = prefix + std::string(keep::kConfigName);
  // Read once: what is signed is what is followed.
  Result<PackageFile, ProgramError> config_file =
      load_package_file(config_path, std::string(keep::kConfigName));
  if (!config_file.ok()) return ProgramError{kExitFailed, config_file.error().message};
  ErrorOr<keep::Config> config =
      parse_config_file(config_path, config_file.value().bytes, unknown_keys);
  if (!config.ok()) return ProgramError{kExitFailed, config.error().message()};
  LIND_TRY(check_listing(directory, config.value()));
  Package package =
      LIND_TRY(load_module(prefix + std::string(keep::kModuleName), std::move(config).value()));
  package.config_file = std::move(config_file).value();
  return package;
}

Result<void, ProgramError> strip_sections(Package& package, bool strict) {
  for (PackageFile& file : package.files) {
    keep::StrippedModule stripped = keep::strip_debug_sections(file.bytes);
    if (stripped.left_out.empty()) continue;
    const std::string names = fmt::format("{}", fmt::join(stripped.left_out, ", "));
    if (strict) {
      return ProgramError{
          kExitNotRunnable,
          fmt::format("{}: sections for debuggers: {}; link without -g", file.name, names)};
    }
    log::warning("{}: left out the sections for debuggers: {}", file.name, printable(names));
    file.bytes = std::move(stripped.bytes);
  }
  return {};
}

ErrorOr<host::UniqueFd> sealed_file(const PackageFile& file) {
  host::UniqueFd fd(::memfd_create("package", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.valid()) return host_error("memfd_create", errno);
  const Result<void, int> written = object::write_file(fd.get(), file.bytes);
  if (!written.ok()) return host_error(file.name, written.error());
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  // A package's files may be executed: r-x for everybody.
  if (::fcntl(fd.get(), F_ADD_SEALS, kSeals) != 0 || ::fchmod(fd.get(), 0555) != 0) {
    return host_error(file.name, errno);
  }
  return fd;
}

}  // namespace lind::cli
