/// \file
/// /proc as guests see it: made of this instance's processes when somebody looks.
///
/// Everybody may see who runs (stat, status, cmdline, ...).  What a process has (environ, maps,
/// cwd, its descriptors) only the process itself sees: cages do not trust each other.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rawposix/caller.h"
#include "rawposix/fs/virtual_node.h"

namespace lind::rawposix {

/// The node of an absolute path cut at its slashes, which lies in a virtual place; no link before
/// the last name.  Errors: ENOENT, ENOTDIR, EACCES.
Result<VirtualNode> look_up_node(Caller& caller, std::span<const std::string> names);

// --- for procfs alone ---------------------------------------------------------------------------

VirtualNode file_node(std::function<std::string()> text, std::uint32_t permissions = 0444);
VirtualNode link_node(std::string target);
VirtualNode directory_node(std::function<std::vector<VirtualNode::Entry>()> entries);
/// A decimal number without sign and leading zero.
std::optional<std::uint32_t> to_number(std::string_view text);

/// Names of files in /proc that speak of the machine and the instance.
std::span<const std::string_view> machine_files() noexcept;
/// One of them.  Errors: ENOENT.
Result<VirtualNode> machine_node(Caller& caller, std::string_view name);
/// What is at `names` below /proc/<pid>.  Errors: ENOENT, ENOTDIR, EACCES.
Result<VirtualNode> process_node(Caller& caller, const std::shared_ptr<Process>& process,
                                 std::span<const std::string> names);

}  // namespace lind::rawposix
