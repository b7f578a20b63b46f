/// \file
/// The installed grates: where they are, and what a command line that names them needs.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "rawposix/fs/mount_table.h"
#include "run_options.h"

namespace lind::cli {

/// Where guests see them.
inline constexpr char kGuestGrates[] = "/usr/lib/lind/grates";

/// $LIND_GRATES, or the directory beside the build or installation this program is part of.
std::optional<std::string> grates_directory();

/// Whether `name` is an installed grate's.
bool is_grate(const std::string& directory, const std::string& name);

/// Whether `word` names a program's file of the host: FILE.wasm or FILE.lindobj.
bool is_program_file(const std::string& word);

/// If the command line names grates: shows them to the guest, and without a root of its own the
/// programs (FILE.wasm of the host) that stand behind them, whose words become guest paths.
/// Errors: the mounts'.
ErrorOr<void> show_grates(RunOptions& options, rawposix::MountTable& mounts);

/// `lind grates`.
int grates_command(const std::string& command, const std::vector<std::string>& arguments);

}  // namespace lind::cli
