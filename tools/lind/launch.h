/// \file
/// The one way to start a program: `lind run`, `lind wasi` and `lind keep` end here.

#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "rawposix/fs/mount_table.h"
#include "rawposix/kernel.h"
#include "wasi/program.h"

namespace lind::cli {

/// What a program is started with, its grants open.  What it executes goes on with the same.
struct HostContext {
  std::string name;            ///< the program's, in messages
  rawposix::InitProcess init;  ///< arguments (grates first), environment, descriptors
  std::shared_ptr<rawposix::MountTable> mounts;
  rawposix::InstanceLimits limits = {};
  wasi::Config wasi = {};  ///< of every program that is no Lind program
  rawposix::NetworkPolicy network = {};
  std::chrono::seconds max_time{0};  ///< by the clock on the wall, then status 124; 0: no limit
  bool is_locked = false;            ///< gives up also what `lind run` leaves: a locked keep
  bool trace = false;                ///< tell every system call
  bool stats = false;                ///< count cages at the end
  bool perf_map = false;             ///< names for perf
};

/// Gives up lind's rights and runs; does not return when a program has run.
/// Requires: prepare_host() was called; there is one thread.
/// Returns lind's exit status.
int launch(const HostContext& context);

}  // namespace lind::cli
