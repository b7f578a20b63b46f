/// \file
/// `lind run`, also called lind-boot.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rawposix/fs/mount_table.h"
#include "rawposix/kernel.h"
#include "run_options.h"
#include "wasi/program.h"

namespace lind::cli {

/// A run whose grants are open.
struct Launch {
  RunOptions options;  ///< limits, what to report, the program's name in messages
  std::shared_ptr<rawposix::MountTable> mounts;
  rawposix::InitProcess init;
  wasi::Config wasi;  ///< of every program that is no Lind program
  rawposix::NetworkPolicy network = {};
};

/// Gives up lind's rights and runs; does not return when a program has run.
/// Requires: prepare_host() was called; there is one thread.
/// Returns lind's exit status.
int launch(const Launch& launch);

/// Runs a program in a cage.  Returns lind's exit status; see exit_status.h.
int run_command(const std::string& command, const std::vector<std::string>& arguments);

}  // namespace lind::cli
