/// \file
/// The compiler program: where it is, which build it is, how it is called.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "host/unique_fd.h"
#include "object/key.h"

namespace lind::cli {

/// The `lindc` beside the program that runs.
struct CompilerProgram {
  host::UniqueFd file;   ///< open for reading; what is executed
  std::string path;      ///< for messages
  std::string identity;  ///< differs between builds: the ELF build id, or size and time
};

/// Errors: there is none, or it cannot be read; the path is named.
ErrorOr<CompilerProgram> find_compiler();

/// Flags of lindc that decide about the object, besides the cpu; part of the key.
inline constexpr char kCompilerOptions[] = "lind O-1";

/// lindc's arguments for one module.
std::vector<std::string> compiler_arguments(int module_fd, int object_fd, const object::Key& key,
                                            object::CpuLevel cpu);

}  // namespace lind::cli
