/// \file
/// `lind keep`, also called enarx.

#include <array>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "config_commands.h"
#include "exit_status.h"
#include "keep_report.h"
#include "message.h"
#include "package_command.h"
#include "platform_command.h"
#include "run_commands.h"

namespace {

using lind::cli::fail;
using lind::cli::kExitFailed;

struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(const std::string& command, const std::vector<std::string>& arguments);
};

constexpr std::array kCommands = {
    Command{"run", "run a module with a configuration", lind::cli::keep_run_command},
    Command{"deploy", "run a package: a directory with main.wasm and Enarx.toml",
            lind::cli::keep_deploy_command},
    Command{"config", "write a configuration to start from, or check one",
            lind::cli::config_command},
    Command{"package", "make, sign, check and look at packages", lind::cli::package_command},
    Command{"report", "check what run --report wrote", lind::cli::report_command},
    Command{"platform", "tell what this machine can enforce", lind::cli::platform_command},
};

void print_help(std::string_view program) {
  fmt::print("Usage: {} COMMAND [OPTIONS...]\n\nCommands:\n", program);
  for (const Command& command : kCommands)
    fmt::print("  {:<10} {}\n", command.name, command.summary);
  fmt::print("\n`{} COMMAND --help` tells the options of a command.\n", program);
}

int dispatch(std::span<char*> arguments) {
  std::string program = arguments.empty() ? "lind-keep" : arguments.front();
  program.erase(0, program.rfind('/') + 1);
  std::vector<std::string> words(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
  if (words.empty()) return fail(kExitFailed, fmt::format("no command; see {} --help", program));
  if (words.front() == "--help" || words.front() == "-h") {
    print_help(program);
    return 0;
  }
  for (const Command& command : kCommands) {
    if (command.name != words.front()) continue;
    words.erase(words.begin());
    return command.run(fmt::format("{} {}", program, command.name), words);
  }
  return fail(kExitFailed,
              fmt::format("unknown command {}; see {} --help", words.front(), program));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return dispatch(std::span(argv, static_cast<std::size_t>(argc)));
  } catch (const std::exception& error) {
    return fail(kExitFailed, error.what());
  }
}
