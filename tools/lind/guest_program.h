/// \file
/// Which file is PROGRAM.

#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "rawposix/fs/mount_table.h"
#include "run_options.h"

namespace lind::cli {

/// An error and the exit status it means.
struct ProgramError {
  int exit_status;
  std::string message;
};

/// The guest's file system as the options describe it.
/// Errors: a grant that cannot be opened, named.
ErrorOr<std::shared_ptr<rawposix::MountTable>> make_mounts(const RunOptions& options);

/// The guest path of the program to run: searched in the guest's tree if it has a root, else the
/// host file, opened now and shown at /NAME of `mounts`.
/// Errors: 127 not found, 126 not a file that can be run, 125 the host's.
Result<std::string, ProgramError> find_program(const RunOptions& options,
                                               rawposix::MountTable& mounts);

/// The exit status for a program that could not be started, as env(1) has it.
int exit_status_for(uapi::Errno error);

}  // namespace lind::cli
