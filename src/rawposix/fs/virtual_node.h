/// \file
/// Files, directories and links of the guest's tree that no host directory has: /proc, /dev/pts,
/// /dev/tty, /dev/ptmx.

#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rawposix/caller.h"
#include "rawposix/fs/mount_table.h"
#include "rawposix/fs/open_file.h"

namespace lind::rawposix {

/// What is at a path at the moment of a call.
struct VirtualNode {
  enum class Type : std::uint8_t { kFile, kDirectory, kLink, kDevice };
  /// One name of a directory.
  struct Entry {
    std::string name;
    Type type;
  };

  Type type = Type::kFile;
  std::uint32_t permissions = 0444;
  std::uint64_t device = 0;                          ///< st_rdev of a device
  std::function<std::string()> text = {};            ///< of a file: made when it is read
  std::function<std::vector<Entry>()> entries = {};  ///< of a directory
  std::string target = {};                           ///< of a link
  std::shared_ptr<OpenFile> open_target = nullptr;   ///< of a link to an open file
  /// Of a device.  Errors: those of its open.
  std::function<Result<std::shared_ptr<OpenFile>>(std::uint64_t flags)> open = {};
  std::string path = {};  ///< absolute guest path without links; set by find_place
};

/// A path as a call means it: a name in the mounts, or a node.
struct Place {
  ResolvedName name;
  std::optional<VirtualNode> node;
};

/// Resolves `path` and looks nodes up.  Links among the nodes are followed wherever they lead; the
/// last one as `follow` says.  Errors: those of MountTable::resolve and of the nodes.
Result<Place> find_place(Caller& caller, const BaseDirectory& base, std::string_view path,
                         FollowLast follow);
/// The same for a name that resolve has found to be virtual.
Result<Place> find_place(Caller& caller, ResolvedName name, FollowLast follow);

/// The status that a guest is told of a node.
struct stat status_of(const VirtualNode& node);
/// open(2) of a node.  Errors: EACCES, EEXIST, EISDIR, ELOOP, ENOTDIR; those of devices.
Result<std::shared_ptr<OpenFile>> open_node(Caller& caller, const VirtualNode& node,
                                            std::uint64_t flags);

}  // namespace lind::rawposix
