/// \file
/// The runtime program.  `lind COMMAND ...`, or a command under its own name.

#include <array>
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "base/log.h"
#include "exit_status.h"
#include "grates.h"
#include "keep.h"
#include "message.h"
#include "objdump.h"
#include "ps.h"
#include "run.h"
#include "wasi.h"

namespace {

using lind::cli::kExitFailed;
using CommandFunction = int (*)(const std::string& command,
                                const std::vector<std::string>& arguments);

struct Command {
  std::string_view name;
  std::string_view program;  ///< a name of its own, or none
  std::string_view summary;
  CommandFunction run;
};

constexpr std::array kCommands = {
    Command{"run", "lind-boot", "run a program in a cage", lind::cli::run_command},
    Command{"wasi", "lucet-wasi", "run a WASI program in a cage", lind::cli::wasi_command},
    Command{"keep", "", "run what an Enarx.toml describes (also called enarx)",
            lind::cli::keep_command},
    Command{"grates", "", "list the grates that run knows by name", lind::cli::grates_command},
    Command{"ps", "", "list the cages of running instances", lind::cli::ps_command},
    Command{"objdump", "", "show what is in a compiled object", lind::cli::objdump_command},
};

void print_help() {
  fmt::print("Usage: lind COMMAND [OPTIONS...]\n\nCommands:\n");
  for (const Command& command : kCommands) {
    fmt::print("  {:<8} {}", command.name, command.summary);
    if (!command.program.empty()) fmt::print(" (also called {})", command.program);
    fmt::print("\n");
  }
  fmt::print("\n`lind COMMAND --help` tells the options of a command.\n");
}

int dispatch(std::span<char*> arguments) {
  std::string_view own_name = arguments.empty() ? "lind" : arguments.front();
  own_name.remove_prefix(own_name.rfind('/') + 1);
  std::vector<std::string> words(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
  for (const Command& command : kCommands) {
    if (!command.program.empty() && command.program == own_name)
      return command.run(std::string(own_name), words);
  }
  if (words.empty()) {
    lind::log::error("no command; see lind --help");
    return kExitFailed;
  }
  if (words.front() == "--help" || words.front() == "-h") {
    print_help();
    return 0;
  }
  if (words.front() == "--version") {
    fmt::print("lind {}\n", LIND_VERSION);
    return 0;
  }
  for (const Command& command : kCommands) {
    if (command.name != words.front()) continue;
    words.erase(words.begin());
    return command.run(fmt::format("lind {}", command.name), words);
  }
  lind::log::error("unknown command {}; see lind --help", lind::cli::printable(words.front()));
  return kExitFailed;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return dispatch(std::span(argv, static_cast<std::size_t>(argc)));
  } catch (const std::exception& error) {
    lind::log::error("{}", lind::cli::printable(error.what()));
    return kExitFailed;
  }
}
