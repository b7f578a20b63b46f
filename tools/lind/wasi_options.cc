#include "wasi_options.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "command_line.h"

namespace lind::cli {
namespace {

constexpr char kFooter[] =
    "The program gets nothing that is not named here. Options end at MODULE.\n"
    "Exit status: the program's; 128+n after a trap; 124: timeout; 125 to 127: not started.\n";

// The name that people of lucet know has its README's order.
DirOrder order_of(const std::string& command) {
  return command == "lucet-wasi" ? DirOrder::kGuestFirst : DirOrder::kHostFirst;
}

bool take_suffix(std::string& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.resize(text.size() - suffix.size());
  return true;
}

bool has_dot_dot(std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (path.substr(0, end) == "..") return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

ErrorOr<void> add_grants(const std::string& command, const std::vector<std::string>& dirs,
                         std::vector<Grant>& grants) {
  for (const std::string& dir : dirs) {
    Grant grant = LIND_TRY(parse_wasi_grant(dir, order_of(command)));
    const bool is_twice = std::ranges::any_of(grants, [&grant](const Grant& other) {
      return guest_path_of(other.guest) == guest_path_of(grant.guest);
    });
    if (is_twice) return Error(fmt::format("--dir {}: {} is given twice", dir, grant.guest));
    grants.push_back(std::move(grant));
  }
  return {};
}

void add_grant_options(CLI::App& app, const std::string& command, WasiOptions& options,
                       std::vector<std::string>& dirs, std::vector<std::string>& variables) {
  const bool guest_first = order_of(command) == DirOrder::kGuestFirst;
  app.add_option("--dir", dirs, "Give a directory")
      ->allow_extra_args(false)
      ->type_name(guest_first ? "GUEST:HOST[:ro]" : "HOST:GUEST[:ro]");
  app.add_option("--env", variables, "Give a variable; NAME alone: as it is here")
      ->allow_extra_args(false)
      ->type_name("NAME[=VALUE]");
  app.add_option("--cwd", options.cwd, "Relative names start in this GUEST directory")
      ->type_name("DIR");
  app.add_option("--listen", options.listen, "Give a listening socket")
      ->allow_extra_args(false)
      ->type_name("ADDRESS:PORT");
  CLI::Option* entry =
      app.add_option("--entrypoint", options.entry, "Exported function to run")->type_name("NAME");
  app.add_option("--invoke", options.invoke, "Call this function with ARGUMENTS, print its results")
      ->excludes(entry)
      ->type_name("NAME");
}

}  // namespace

std::string guest_path_of(const std::string& name) {
  std::string path;
  for (std::size_t start = 0; start < name.size();) {
    const std::size_t end = std::min(name.find('/', start), name.size());
    const std::string part = name.substr(start, end - start);
    if (!part.empty() && part != ".") path += "/" + part;
    start = end + 1;
  }
  return path.empty() ? "/" : path;
}

ErrorOr<Grant> parse_wasi_grant(const std::string& text, DirOrder order) {
  Grant grant;
  std::string rest = text;
  grant.read_only = take_suffix(rest, ":ro");
  const std::size_t twice = rest.find("::");
  const std::size_t once = rest.rfind(':');
  if (twice != std::string::npos) {
    grant.host = rest.substr(0, twice);
    grant.guest = rest.substr(twice + 2);
  } else if (once != std::string::npos) {
    grant.host = rest.substr(0, once);
    grant.guest = rest.substr(once + 1);
  } else {
    grant.host = rest;
    grant.guest = rest;
  }
  if (order == DirOrder::kGuestFirst) std::swap(grant.host, grant.guest);
  if (grant.host.empty() || grant.guest.empty()) {
    if (order == DirOrder::kGuestFirst) return Error("Invalid directory specification: " + text);
    return Error(fmt::format("--dir {}: expected HOST:GUEST[:ro]", text));
  }
  if (has_dot_dot(grant.guest)) {
    return Error(fmt::format("--dir {}: the guest's name has '..'", text));
  }
  return grant;
}

namespace {

void add_limit_options(CLI::App& app, WasiOptions& options) {
  const auto size = [&app](const char* name, std::uint64_t& value, const char* text) {
    app.add_option(name, value, text)
        ->transform(CLI::AsSizeValue(false).description(""))
        ->type_name("SIZE");
  };
  size("--max-memory,--max-heap-size", options.max_memory_bytes,
       "Memory it may have, as 64MiB (4GiB)");
  size("--heap-address-space", options.address_space_bytes, "At least as much (8GiB)");
  size("--stack-size", options.stack_bytes, "Machine stack of each thread (8MiB)");
  const std::map<std::string, std::uint64_t> units = {{"ms", 1}, {"s", 1000}, {"min", 60'000}};
  app.add_option("--timeout", options.timeout_ms, "Ends it after this, as 250 or 250ms or 10s")
      ->transform(
          CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_OPTIONAL).description(""))
      ->check(CLI::Validator(CLI::PositiveNumber).description(""))
      ->type_name("TIME");
}

void add_signature_options(CLI::App& app, WasiOptions& options) {
  app.add_flag("--signature-verify", options.verify_signature,
               "Run only what MODULE.minisig signs");
  app.add_option("--signature-pk", options.public_key, "with this public key of minisign")
      ->type_name("FILE");
}

// Errors with the words of lucet-wasi where it has some.
ErrorOr<void> check_limits(WasiOptions& options) {
  constexpr std::uint64_t kHostcallBytes = 32 * kKiB;
  constexpr std::uint64_t kStackUnit = 64 * kKiB;
  constexpr std::uint64_t kMaxStackBytes = 1 * kGiB;
  if (options.max_memory_bytes > options.address_space_bytes) {
    return Error("`heap-address-space` must be at least as large as `max-heap-size`");
  }
  if (options.stack_bytes <= kHostcallBytes || options.stack_bytes > kMaxStackBytes) {
    return Error(fmt::format("--stack-size {}: expected more than 32KiB and at most 1GiB",
                             options.stack_bytes));
  }
  if (options.verify_signature && options.public_key.empty()) {
    return Error("signature verification requires a public key");
  }
  options.stack_bytes = align_up(options.stack_bytes, kStackUnit);
  return {};
}

}  // namespace

ErrorOr<void> take_words(std::vector<std::string> words, const WordKinds& kinds,
                         WasiOptions& options) {
  auto module = words.begin();
  if (kinds.is_grate(words.front())) module = std::ranges::find_if(words, kinds.is_module);
  if (module == words.end()) {
    return Error(fmt::format("no module FILE.wasm behind the grate {}", words.front()));
  }
  options.grates.assign(words.begin(), module);
  options.module = *module++;
  if (module != words.end() && *module == "--") ++module;
  options.args.assign(module, words.end());
  return {};
}

ErrorOr<std::variant<WasiOptions, HelpText>> parse_wasi_options(
    const std::string& command, const std::vector<std::string>& arguments, const WordKinds& kinds) {
  WasiOptions options;
  std::vector<std::string> dirs;
  std::vector<std::string> variables;
  CLI::App app("Runs a WASI program in a cage.", command);
  constexpr std::size_t kOptionColumns = 42;
  const auto formatter =
      std::make_shared<CommandFormatter>("[GRATE...] MODULE [--] [ARGUMENTS...]");
  formatter->column_width(kOptionColumns);
  app.formatter(formatter);
  app.footer(kFooter);
  app.prefix_command();
  add_grant_options(app, command, options, dirs, variables);
  add_limit_options(app, options);
  add_signature_options(app, options);
  app.add_flag("--verbose", options.verbose, "Tell what is compiled and cached");
  app.add_flag("--debug", options.debug, "Trace the system calls that WASI's functions become");

  std::optional<std::vector<std::string>> words = LIND_TRY(parse_up_to(app, arguments, "module"));
  if (!words) return std::variant<WasiOptions, HelpText>(HelpText{app.help()});
  LIND_TRY(take_words(std::move(*words), kinds, options));
  for (const std::string& variable : variables)
    LIND_TRY(add_variable(variable, options.env));
  LIND_TRY(add_grants(command, dirs, options.grants));
  LIND_TRY(check_limits(options));
  options.is_lucet = order_of(command) == DirOrder::kGuestFirst;
  if (!options.cwd.empty()) options.env.try_emplace("PWD", options.cwd);
  return std::variant<WasiOptions, HelpText>(std::move(options));
}

}  // namespace lind::cli
