/// \file
/// What the command lines of programs in cages have in common.

#pragma once

#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

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

}  // namespace lind::cli
