#include "run_commands.h"

#include <string_view>
#include <utility>
#include <variant>

#include <fmt/core.h>

#include "base/log.h"
#include "config_commands.h"
#include "exit_status.h"
#include "host/landlock.h"
#include "keep/backend.h"
#include "keep/package_names.h"
#include "keep_options.h"
#include "message.h"
#include "package_command.h"
#include "package_files.h"
#include "start.h"

namespace lind::cli {
namespace {

/// The directory of a package.  Errors: another scheme than file:.
ErrorOr<std::string> directory_of(const std::string& subject) {
  constexpr std::string_view kFileScheme = "file:";
  std::string place = subject;
  if (place.starts_with(kFileScheme)) {
    place.erase(0, kFileScheme.size());
    if (place.starts_with("//")) place.erase(0, 2);
    if (!place.starts_with('/')) return Error(subject + ": no path of this host");
  } else if (const std::size_t colon = place.find("://"); colon != std::string::npos) {
    return Error("unsupported scheme: " + place.substr(0, colon));
  }
  return place;
}

/// What the command line names: a configuration, and how to read the rest.
struct Named {
  keep::Config config;
  PackageLoader load;
};

ErrorOr<Named> name_module(const KeepOptions& options) {
  Named named{.config = keep::default_config(), .load = {}};
  if (options.config_file) {
    named.config = LIND_TRY(load_config(*options.config_file, options.unknown_keys));
  }
  named.load = [&options, config = named.config] { return load_module(options.subject, config); };
  return named;
}

ErrorOr<Named> name_package(const KeepOptions& options) {
  const std::string directory = LIND_TRY(directory_of(options.subject));
  const std::string config_path = directory + "/" + std::string(keep::kConfigName);
  Named named{.config = LIND_TRY(load_config(config_path, options.unknown_keys)), .load = {}};
  named.load = [&options, directory]() -> Result<Package, ProgramError> {
    Package package = LIND_TRY(load_directory(directory, options.unknown_keys));
    if (!options.public_key.empty()) {
      LIND_TRY(check_signature(directory, package, options.public_key));
    }
    return package;
  };
  return named;
}

int run(KeepSubject subject, const std::string& command, const std::vector<std::string>& words) {
  const ErrorOr<std::variant<KeepOptions, HelpText>> parsed =
      parse_keep_options(command, subject, words);
  if (!parsed.ok()) return fail(kExitFailed, parsed.error().message());
  if (const auto* help = std::get_if<HelpText>(&parsed.value())) {
    fmt::print("{}", help->text);
    return 0;
  }
  const auto& options = std::get<KeepOptions>(parsed.value());
  if (options.verbose) log::set_level(log::Level::kInfo);
  if (options.debug) log::set_level(log::Level::kDebug);
  constexpr long kLandlockOfFiles = 2;
  const ErrorOr<keep::Backend> backend =
      keep::choose_backend(options.backend, host::landlock_version() >= kLandlockOfFiles);
  if (!backend.ok()) return fail(kExitFailed, backend.error().message());
  const ErrorOr<Named> named =
      subject == KeepSubject::kModule ? name_module(options) : name_package(options);
  if (!named.ok()) return fail(kExitFailed, named.error().message());
  const PackageLoader load = [&]() -> Result<Package, ProgramError> {
    Package package = LIND_TRY(named.value().load());
    LIND_TRY(strip_sections(package, options.strict_sections));
    return package;
  };
  return start_keep(options, backend.value(), named.value().config, load);
}

}  // namespace

int keep_run_command(const std::string& command, const std::vector<std::string>& words) {
  return run(KeepSubject::kModule, command, words);
}

int keep_deploy_command(const std::string& command, const std::vector<std::string>& words) {
  return run(KeepSubject::kPackage, command, words);
}

}  // namespace lind::cli
