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
#include "keep_options.h"
#include "message.h"
#include "package_command.h"
#include "package_files.h"
#include "start.h"

namespace lind::cli {
namespace {

/// The package that the command line names.
Result<Package, ProgramError> load_package(KeepSubject subject, const KeepOptions& options) {
  if (subject == KeepSubject::kModule) {
    if (!options.config_file) return load_module(options.subject, keep::default_config());
    ErrorOr<keep::Config> config = load_config(*options.config_file, options.unknown_keys);
    if (!config.ok()) return ProgramError{kExitFailed, config.error().message()};
    return load_module(options.subject, std::move(config).value());
  }
  constexpr std::string_view kFileScheme = "file:";
  std::string place = options.subject;
  if (place.starts_with(kFileScheme)) {
    place.erase(0, kFileScheme.size());
    if (place.starts_with("//")) place.erase(0, 2);
    if (!place.starts_with('/')) {
      return ProgramError{kExitFailed, fmt::format("{}: no path of this host", options.subject)};
    }
  } else if (const std::size_t colon = place.find("://"); colon != std::string::npos) {
    return ProgramError{kExitFailed, "unsupported scheme: " + place.substr(0, colon)};
  }
  Package package = LIND_TRY(load_directory(place, options.unknown_keys));
  if (!options.public_key.empty()) {
    LIND_TRY(check_signature(place, package, options.public_key));
  }
  return package;
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
  Result<Package, ProgramError> package = load_package(subject, options);
  if (!package.ok()) return fail(package.error().exit_status, package.error().message);
  const Result<void, ProgramError> stripped =
      strip_sections(package.value(), options.strict_sections);
  if (!stripped.ok()) return fail(stripped.error().exit_status, stripped.error().message);
  return start_keep(options, package.value(), backend.value());
}

}  // namespace

int keep_run_command(const std::string& command, const std::vector<std::string>& words) {
  return run(KeepSubject::kModule, command, words);
}

int keep_deploy_command(const std::string& command, const std::vector<std::string>& words) {
  return run(KeepSubject::kPackage, command, words);
}

}  // namespace lind::cli
