/// \file
/// From a path to a program image: what execve does before it changes anything.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "rawposix/fs/open_file.h"
#include "rawposix/process.h"

namespace lind::rawposix {

struct ProgramRequest {
  std::string path;       ///< as the guest gave it
  std::string directory;  ///< absolute guest path that a relative `path` starts from
  std::vector<std::string> args;
  std::vector<std::string> env;
  std::shared_ptr<OpenFile> file;  ///< fexecve: instead of `path`, which only names it; may be null
  bool needs_execute_permission = true;
  std::uint64_t stack_bytes = UINT64_MAX;   ///< RLIMIT_STACK
  std::uint64_t memory_bytes = UINT64_MAX;  ///< RLIMIT_AS, for memories that are not POSIX memory
  std::shared_ptr<const Credentials> who =
      {};  ///< whose permission is checked; null: the host user
};

/// Opens, follows `#!` lines, compiles and makes an instance.
/// Errors: those of open(2); EACCES if it is no regular file or not executable; ENOEXEC if it is
/// neither module nor script; ELOOP if interpreters nest too deep; E2BIG; ENOMEM.
Result<LoadedProgram> load_program(Kernel& kernel, const FsContext& fs, ProgramRequest request);

}  // namespace lind::rawposix
