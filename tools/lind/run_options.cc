#include "run_options.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "command_line.h"

namespace lind::cli {
namespace {

constexpr char kDefaultPath[] = "/bin:/usr/bin";

constexpr char kFooter[] =
    "\nPROGRAM is a path of the guest when there is a --root (or a --dir at /); a name without a\n"
    "slash is looked up in the guest's PATH.  Otherwise it is a file of the host, which the guest\n"
    "sees as /NAME in an empty root.  Options end at PROGRAM; the rest is the program's.\n"
    "\nThe guest's environment is empty but for --env and PATH=/bin:/usr/bin.\n"
    "\nExit status: the program's; 128+n if signal n killed it; 127 not found; 126 found but not\n"
    "runnable; 125 lind itself failed.\n"
    "\nCompiled programs are kept in $LIND_CACHE, $XDG_CACHE_HOME/lind/objects or\n"
    "~/.cache/lind/objects.\n";

std::optional<std::string> take_suffix(std::string& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return std::nullopt;
  text.resize(text.size() - suffix.size());
  return text;
}

ErrorOr<void> add_grants(const std::string& root, const std::vector<std::string>& dirs,
                         std::vector<Grant>& grants) {
  if (!root.empty()) grants.push_back({.host = root, .guest = "/", .read_only = false});
  for (const std::string& dir : dirs)
    grants.push_back(LIND_TRY(parse_grant(dir)));
  const auto is_root = [](const Grant& grant) { return grant.guest == "/"; };
  if (std::ranges::count_if(grants, is_root) > 1) return Error("the root is given twice");
  // The root first: the others are mounted in it.
  const auto found = std::ranges::find_if(grants, is_root);
  if (found != grants.end()) std::rotate(grants.begin(), found, found + 1);
  return {};
}

}  // namespace

// A name without a value has none inside either, as in docker.
ErrorOr<void> add_variable(const std::string& text, std::map<std::string, std::string>& env) {
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  if (name.empty()) return Error(fmt::format("--env {}: no name", text));
  if (equals != std::string::npos) {
    env[name] = text.substr(equals + 1);
    return {};
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread exists yet
  const char* value = std::getenv(name.c_str());
  if (value != nullptr) env[name] = value;
  return {};
}

bool RunOptions::has_root() const {
  return !grants.empty() && grants.front().guest == "/";
}

ErrorOr<Grant> parse_grant(const std::string& text, const char* option) {
  Grant grant;
  std::string rest = text;
  grant.read_only = take_suffix(rest, ":ro").has_value();
  const std::size_t twice = rest.find("::");
  const std::size_t once = rest.rfind(":/");
  if (twice != std::string::npos) {
    grant.host = rest.substr(0, twice);
    grant.guest = rest.substr(twice + 2);
  } else if (once != std::string::npos) {
    grant.host = rest.substr(0, once);
    grant.guest = rest.substr(once + 1);
  }
  if (grant.host.empty() || !grant.guest.starts_with('/')) {
    return Error(
        fmt::format("{} {}: expected HOST:GUEST[:ro] with an absolute GUEST", option, text));
  }
  while (grant.guest.size() > 1 && grant.guest.ends_with('/'))
    grant.guest.pop_back();
  return grant;
}

ErrorOr<std::variant<RunOptions, HelpText>> parse_run_options(
    const std::string& command, const std::vector<std::string>& arguments) {
  RunOptions options;
  std::string root;
  std::vector<std::string> dirs;
  std::vector<std::string> files;
  std::vector<std::string> variables;
  CLI::App app("Runs a program in a cage.", command);
  app.formatter(std::make_shared<CommandFormatter>("PROGRAM [ARGUMENTS...]"));
  app.footer(kFooter);
  app.prefix_command();
  const auto list = [&app](const char* name, std::vector<std::string>& values, const char* text) {
    return app.add_option(name, values, text)->allow_extra_args(false);
  };
  app.add_option("--root", root, "Host directory that is the guest's /")->type_name("DIR");
  list("--dir", dirs, "Host directory to show at a guest path; ro: read-only")
      ->type_name("HOST:GUEST[:ro]");
  list("--file", files, "Host file to show at a guest path")->type_name("HOST:GUEST[:ro]");
  list("--tmpfs", options.tmpfs, "Empty directory in memory at a guest path")->type_name("GUEST");
  app.add_option("--cwd", options.cwd, "Guest directory to start in")->type_name("DIR");
  list("--env", variables, "Variable of the guest; NAME alone: as it is here")
      ->type_name("NAME[=VALUE]");
  app.add_option("--pids", options.max_tasks, "Processes and threads of all cages together (4096)")
      ->check(CLI::Range(1, 32000))
      ->type_name("N");
  app.add_option("--nofile", options.max_open_files, "Descriptors of each cage (1024)")
      ->check(CLI::Range(3, 65536))
      ->type_name("N");
  app.add_option("--cpu-time", options.max_cpu_seconds, "CPU seconds of each cage")
      ->check(CLI::PositiveNumber);
  app.add_option("--memory", options.max_memory_bytes, "Memory that each cage may map, as 512MiB")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  app.add_option("--total-memory", options.max_total_bytes,
                 "Memory that all cages together may fill (7/8 of what is free)")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  app.add_option("--net", options.network.net, "Network of the guest: none (the default) or host")
      ->check(CLI::IsMember({"none", "host"}))
      ->type_name("NET");
  list("--allow-connect", options.network.allow_connect,
       "Where the guest may connect and send to; each part may be *")
      ->type_name("HOST:PORT");
  list("--allow-listen", options.network.allow_listen,
       "Port where the guest may be reached; 0: ports that the host chooses")
      ->type_name("PORT");
  app.add_flag("--verbose", options.verbose,
               "Tell what is compiled, where programs crash, what is refused or missing");
  app.add_flag("--debug", options.debug, "Trace system calls");
  app.add_flag("--perf-map", options.perf_map, "Names for perf in /tmp/perf-PID.map");
  app.add_flag("--stats", options.stats, "Count cages and host processes at the end");

  std::optional<std::vector<std::string>> words = LIND_TRY(parse_up_to(app, arguments, "program"));
  if (!words) return std::variant<RunOptions, HelpText>(HelpText{app.help()});
  std::vector<std::string>& rest = *words;
  if (!options.cwd.starts_with('/')) {
    return Error(fmt::format("--cwd {}: expected an absolute path", options.cwd));
  }
  if (app.count("--root") != 0 && root.empty()) return Error("--root: expected a directory");
  options.program = rest.front();
  options.args.assign(rest.begin() + 1, rest.end());
  options.env["PATH"] = kDefaultPath;
  for (const std::string& variable : variables)
    LIND_TRY(add_variable(variable, options.env));
  LIND_TRY(add_grants(root, dirs, options.grants));
  for (const std::string& file : files)
    options.files.push_back(LIND_TRY(parse_grant(file, "--file")));
  return std::variant<RunOptions, HelpText>(std::move(options));
}

}  // namespace lind::cli
