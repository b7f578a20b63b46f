/// \file
/// The one way to start a program: `lind run`, `lind wasi` and `lind keep` end here.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "rawposix/fs/mount_table.h"
#include "rawposix/kernel.h"
#include "runtime/thread.h"
#include "time_limit.h"
#include "wasi/program.h"

namespace lind::cli {

/// What a program is started with, its grants open.  What it executes goes on with the same.
struct HostContext {
  std::string name;            ///< the program's, in messages
  rawposix::InitProcess init;  ///< arguments (grates first), environment, descriptors
  std::shared_ptr<rawposix::MountTable> mounts;
  rawposix::InstanceLimits limits = {};  ///< without one of resident memory: by what is free
  wasi::Config wasi = {};                ///< of every program that is no Lind program
  rawposix::NetworkPolicy network = {};
  std::optional<TimeLimit> time_limit = {};
  std::uint64_t stack_bytes = runtime::kDefaultNativeStackBytes;  ///< of each guest thread
  bool is_locked = false;  ///< gives up also what `lind run` leaves: a locked keep
  bool trace = false;      ///< tell every system call
  bool stats = false;      ///< count cages at the end
  bool perf_map = false;   ///< names for perf
};

/// Gives up lind's rights and runs; does not return when a program has run.
/// Requires: prepare_host() was called; there is one thread.
/// Returns lind's exit status.
int launch(const HostContext& context);

}  // namespace lind::cli
