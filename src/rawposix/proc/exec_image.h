/// \file
/// What exec makes of bytes: a script's first line, and the words a program starts with.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rawposix/proc/credentials.h"

namespace lind::rawposix {

/// How much of a file decides what it is.  Source: BINPRM_BUF_SIZE, linux/binfmts.h, v6.1.
inline constexpr std::size_t kExecHeadBytes = 256;
/// The first bytes of a file, zeros behind its end.
using ExecHead = std::array<char, kExecHeadBytes>;

/// The longest string and all strings with their pointers that exec accepts; beyond is E2BIG.
/// Source: MAX_ARG_STRLEN, linux/binfmts.h; a quarter of an 8 MiB stack limit, fs/exec.c, v6.1.
inline constexpr std::size_t kMaxExecStringBytes = 128 * 1024;  ///< with its NUL
inline constexpr std::size_t kMaxExecBytes = 2 * 1024 * 1024;

bool is_wasm_module(const ExecHead& head) noexcept;
/// What a compiled object begins with, and a program of the host too.
bool is_elf(const ExecHead& head) noexcept;

struct ScriptLine {
  std::string interpreter;
  std::optional<std::string> argument;
  friend bool operator==(const ScriptLine&, const ScriptLine&) = default;
};

/// The `#!` line; nothing if the file is no script or the line is no usable one (ENOEXEC).
std::optional<ScriptLine> parse_script_line(const ExecHead& head);

/// What a program is told at its start.
struct ProgramArguments {
  std::vector<std::string> args;
  std::vector<std::string> env;
  std::string exec_name;  ///< AT_EXECFN
  std::array<std::byte, 16> random{};
  IdSet users = {};     ///< AT_UID, AT_EUID
  IdSet groups = {};    ///< AT_GID, AT_EGID
  bool secure = false;  ///< AT_SECURE
};

/// Bytes of initial_stack's result.
std::size_t initial_stack_bytes(const ProgramArguments& program) noexcept;
/// The words and strings of docs/guest-abi.md, section 2, for a copy at guest address `address`.
/// Requires: the arguments keep to kMaxExecBytes and `address` + size is below 4 GiB.
std::vector<std::byte> initial_stack(const ProgramArguments& program, std::uint32_t address);

}  // namespace lind::rawposix
