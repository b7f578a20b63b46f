/// \file
/// The commands of one script (.wast) of the specification's test suite.

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "value.h"

namespace lind::spec {

enum class CommandKind : std::uint8_t {
  kModule,
  kRegister,
  kAction,
  kAssertReturn,
  kAssertTrap,
  kAssertException,
  kAssertExhaustion,
  kAssertInvalid,
  kAssertMalformed,
  kAssertUnlinkable,
  kAssertUninstantiable,
};

struct Action {
  enum class Kind : std::uint8_t { kInvoke, kGet };
  Kind kind = Kind::kInvoke;
  std::optional<std::string> module;  ///< nothing: the last one
  std::string field;
  std::vector<Value> arguments;
};

struct Command {
  CommandKind kind{};
  unsigned line = 0;
  std::optional<std::string> name;  ///< of the module that is made or registered
  std::string registered_as;
  std::filesystem::path module;  ///< empty: none, or one in the text format
  std::string text;              ///< what the assertion expects as message
  Action action;
  std::vector<Value> expected;
  std::vector<Value> either;  ///< instead of `expected`: the one result is one of these
};

/// Converts `wast` with wast2json and its `options` into a folder below `cache`, unless that is
/// done already, and reads the commands.  Throws std::runtime_error with a sentence. Threading: one
/// call per script and cache at a time.
std::vector<Command> load_script(const std::filesystem::path& wast,
                                 const std::filesystem::path& cache,
                                 const std::vector<std::string>& options);

/// The bytes of a file.  Throws std::runtime_error.
std::vector<std::byte> read_bytes(const std::filesystem::path& path);

}  // namespace lind::spec
