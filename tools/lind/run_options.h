/// \file
/// The command line of `lind run` and lind-boot.

#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"

namespace lind::cli {

/// A host directory shown to the guest: `--dir HOST:GUEST[:ro]`, `--root HOST`.
struct Grant {
  std::string host;
  std::string guest;
  bool read_only = false;
};

/// `HOST:GUEST[:ro]` or `HOST::GUEST[:ro]`.  Errors: no guest path, not absolute.
ErrorOr<Grant> parse_grant(const std::string& text);

struct RunOptions {
  std::vector<Grant> grants;               ///< at most one at "/"
  std::string cwd = "/";                   ///< guest path
  std::map<std::string, std::string> env;  ///< of the guest, complete
  bool verbose = false;
  bool debug = false;
  bool stats = false;
  std::string program;            ///< as given
  std::vector<std::string> args;  ///< behind PROGRAM

  bool has_root() const;
};

/// What a person asked to read instead of a run.
struct HelpText {
  std::string text;
};

/// `arguments` are those behind the command's name; `command` is "lind run" or "lind-boot".
/// Errors: one line for a person.
ErrorOr<std::variant<RunOptions, HelpText>> parse_run_options(
    const std::string& command, const std::vector<std::string>& arguments);

}  // namespace lind::cli
