/// \file
/// The compiler program: where it is, which build it is, how it is called.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "host/unique_fd.h"
#include "object/key.h"

namespace lind::embed {

struct CompilerProgram {
  host::UniqueFd file;   ///< open for reading; what is executed
  std::string path;      ///< for messages
  std::string identity;  ///< differs between builds: the ELF build id, or size and time
};

/// The `lindc` beside the program that runs.
/// Errors: there is none, or it cannot be read; the path is named.
ErrorOr<CompilerProgram> find_compiler();
/// The one at `path`.  Errors: the host's.
ErrorOr<CompilerProgram> open_compiler(std::string path);

/// How a module is compiled.
enum class Effort : std::uint8_t {
  kUsual,       ///< at lindc's default
  kFirstStart,  ///< as fast as can be, for a start that waits for it
};

/// Flags of lindc that decide about the object, besides the cpu; part of the key.
inline constexpr char kCompilerOptions[] = "auto O-1";

/// The key of the object that stands in for the one of `key` until there is that.
object::Key first_start_key(const object::Key& key);

/// One call of lindc.
struct CompileJob {
  object::Key key{};
  object::CpuLevel cpu{};
  Effort effort = Effort::kUsual;
};
/// Descriptors that a compiler finds.
inline constexpr int kModuleFd = 3;
inline constexpr int kObjectFd = 4;
std::vector<std::string> compiler_arguments(const CompileJob& job);

/// What became of a call: `said` is what lindc wrote to stderr.
/// Errors: its first line, without its names for itself and the module; or how it ended.
ErrorOr<void> compiler_verdict(int wait_status, std::string_view said);

}  // namespace lind::embed
