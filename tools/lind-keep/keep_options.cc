#include "keep_options.h"

#include <cstdlib>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "command_line.h"

namespace lind::cli {
namespace {

constexpr char kFooter[] =
    "\nThe program gets what the configuration names and nothing else; without a configuration "
    "that\n"
    "is stdin, stdout and stderr.  docs/guide/keep.md tells the format.\n"
    "\nExit status: the program's; 128+n if signal n killed it; 127 no such module; 126 it cannot "
    "be\n"
    "run; 125 the keep could not be made; 124 its time was over.\n";

/// An option, or the variable that stands for it.
std::optional<std::string> chosen(const std::string& option, const char* variable) {
  if (!option.empty()) return option;
  std::optional<std::string> value = own_variable(variable);
  return value && !value->empty() ? value : std::nullopt;
}

}  // namespace

std::optional<std::string> own_variable(const std::string& name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread exists yet
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

ErrorOr<std::variant<KeepOptions, HelpText>> parse_keep_options(
    const std::string& command, KeepSubject subject, const std::vector<std::string>& arguments) {
  const bool is_module = subject == KeepSubject::kModule;
  KeepOptions options;
  std::string config_file;
  std::string backend;
  bool is_compatible = false;
  CLI::App app(is_module ? "Runs a module in a keep." : "Runs a package in a keep.", command);
  app.formatter(std::make_shared<CommandFormatter>(is_module ? "MODULE [ARGUMENTS...]"
                                                             : "DIRECTORY|URL [ARGUMENTS...]"));
  app.footer(kFooter);
  app.prefix_command();
  if (is_module) {
    app.add_option("--wasmcfgfile", config_file, "Configuration, an Enarx.toml (ENARX_WASMCFGFILE)")
        ->type_name("FILE");
  }
  app.add_option("--backend", backend, "nil or locked (ENARX_BACKEND); else the best there is")
      ->type_name("NAME");
  app.add_flag("--enarx-compat", is_compatible,
               "Ignore unknown keys at the top of the configuration, as Enarx does");
  app.add_flag("--strict-sections", options.strict_sections,
               "Refuse modules with sections for debuggers instead of leaving those out");
  app.add_option("--report", options.report, "Write what the keep is made of and given, sealed")
      ->type_name("FILE");
  if (!is_module) {
    app.add_option("--public-key", options.public_key, "Whose signature the package must have")
        ->type_name("FILE");
  }
  app.add_flag("--verbose", options.verbose, "Tell what is compiled, refused or missing");
  app.add_flag("--debug", options.debug, "Trace system calls");
  std::optional<std::vector<std::string>> words =
      LIND_TRY(parse_up_to(app, arguments, is_module ? "module" : "package"));
  if (!words) return std::variant<KeepOptions, HelpText>(HelpText{app.help()});
  if (is_module) options.config_file = chosen(config_file, "ENARX_WASMCFGFILE");
  options.backend = chosen(backend, "ENARX_BACKEND");
  if (is_compatible) options.unknown_keys = keep::UnknownKeys::kIgnore;
  options.subject = words->front();
  options.args.assign(words->begin() + 1, words->end());
  return std::variant<KeepOptions, HelpText>(std::move(options));
}

}  // namespace lind::cli
