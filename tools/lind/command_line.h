/// \file
/// What the command lines of programs in cages have in common.

#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "base/error.h"

namespace lind::cli {

/// CLI11 does not know that the rest belongs to the program.
class CommandFormatter final : public CLI::Formatter {
 public:
  /// `words` follow the options in the usage line.
  explicit CommandFormatter(std::string words) : words_(std::move(words)) {}
  std::string make_usage(const CLI::App* /*app*/, std::string name) const override {
    return fmt::format("Usage: {} [OPTIONS] {}\n", name, words_);
  }

 private:
  std::string words_;
};

/// Takes the options; what follows them: `what`, which must be there, and its arguments.
/// Nothing: help was asked for.
/// Errors: unknown options, values that do not fit.
inline ErrorOr<std::optional<std::vector<std::string>>> parse_up_to(
    CLI::App& app, const std::vector<std::string>& arguments, const char* what) {
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    return std::optional<std::vector<std::string>>();
  } catch (const CLI::ParseError& error) {
    return Error(error.what());
  }
  std::vector<std::string> rest = app.remaining();
  if (!rest.empty() && rest.front() == "--") {
    rest.erase(rest.begin());
  } else if (!rest.empty() && rest.front().size() > 1 && rest.front().starts_with('-')) {
    return Error(fmt::format("unknown option {}; see {} --help", rest.front(), app.get_name()));
  }
  if (rest.empty() || rest.front().empty()) {
    return Error(fmt::format("no {}; see {} --help", what, app.get_name()));
  }
  return std::optional(std::move(rest));
}

}  // namespace lind::cli
