/// \file
/// The command lines of `lind keep run` and `lind keep deploy`.

#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "keep/config.h"
#include "run_options.h"

namespace lind::cli {

struct KeepOptions {
  std::optional<std::string> config_file;  ///< --wasmcfgfile, ENARX_WASMCFGFILE
  std::optional<std::string> backend;      ///< --backend, ENARX_BACKEND
  keep::UnknownKeys unknown_keys = keep::UnknownKeys::kRefuse;
  std::string report;            ///< --report: where to say what the keep was made of
  std::string public_key;        ///< --public-key: of who must have signed the package
  bool strict_sections = false;  ///< refuse sections for debuggers instead of leaving them out
  bool verbose = false;
  bool debug = false;
  std::string subject;            ///< MODULE or PACKAGE
  std::vector<std::string> args;  ///< behind it
};

enum class KeepSubject { kModule, kPackage };

/// `arguments` are those behind the command's name.  Errors: one line for a person.
ErrorOr<std::variant<KeepOptions, HelpText>> parse_keep_options(
    const std::string& command, KeepSubject subject, const std::vector<std::string>& arguments);

/// A variable of our own environment; nothing if it is not set.
std::optional<std::string> own_variable(const std::string& name);

}  // namespace lind::cli
