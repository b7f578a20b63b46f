/// \file
/// What a MountTable holds, for its lookup and its opens.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "host/unique_fd.h"
#include "rawposix/fs/guest_path.h"
#include "rawposix/fs/mount_table.h"

namespace lind::rawposix {

/// A host directory or file at a place of the guest's tree.
struct Mount {
  std::string path;                    ///< absolute, without "." and ".."
  std::shared_ptr<host::UniqueFd> fd;  ///< a directory: O_PATH
  bool is_directory = true;
  bool read_only = false;
  std::string device = {};  ///< the host's name of a device that each open opens anew
  bool is_virtual = false;  ///< the microvisor's own: a directory or one file
};

/// A directory met on the way.
struct Directory {
  std::shared_ptr<host::UniqueFd> fd;
  std::uint32_t mount = 0;
  bool read_only = false;
  std::string path;  ///< guest path
};

/// The private in-memory directory (0700) with the empty root in it (0755, as guests see it).
class PrivateDirectory {
 public:
  static ErrorOr<std::unique_ptr<PrivateDirectory>> create();
  ~PrivateDirectory();
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;

  const std::shared_ptr<host::UniqueFd>& fd() const noexcept { return fd_; }
  const std::string& host_path() const noexcept { return host_path_; }
  /// Makes the guest path `path` a directory (its parents too), or an empty file.
  ErrorOr<void> add_place(const std::string& path, bool is_directory);

 private:
  PrivateDirectory(std::string host_path, host::UniqueFd lock, host::UniqueFd fd)
      : host_path_(std::move(host_path)),
        lock_(std::move(lock)),
        fd_(std::make_shared<host::UniqueFd>(std::move(fd))) {}
  std::string host_path_;
  host::UniqueFd lock_;
  std::shared_ptr<host::UniqueFd> fd_;
};

/// A path that needs no walk: one host lookup below `directory` decides it.
struct PlainPath {
  Directory directory;
  std::string relative;  ///< "." for the directory itself
  std::string full;      ///< guest path
};

struct MountState {
  /// Number of the places in the private directory that stand in for missing directories.
  static constexpr std::uint32_t kPlaces = 0xffffffff;

  MountState(IdMap id_map, std::unique_ptr<PrivateDirectory> directory)
      : ids(id_map), places(std::move(directory)) {}

  IdMap ids;
  std::unique_ptr<PrivateDirectory> places;
  std::vector<Mount> mounts;  ///< the first is "/"
  std::shared_ptr<host::UniqueFd> always_ready;

  ErrorOr<void> add(Mount mount);

  /// The mount at exactly `path`; null if there is none.
  const Mount* find(std::string_view path) const noexcept;
  /// The deepest directory mount that `path` lies on.
  std::uint32_t mount_of(std::string_view path) const noexcept;
  /// The virtual mount that `path` is or lies below; null if there is none.
  const Mount* virtual_mount(std::string_view path) const noexcept;
  /// Whether a mount lies strictly below `path`.
  bool leads_to_mount(std::string_view path) const noexcept;

  Directory root_of(std::uint32_t mount) const;
  /// Errors: ENOENT, ENOTDIR, EACCES.
  Result<Directory> directory_at(const std::string& path) const;
  /// The directory `path` of the private directory, where it is the way to a mount.
  Result<Directory> place_at(const std::string& path) const;
  /// Where a relative path starts.
  Result<Directory> start_of(const BaseDirectory& base) const;
  /// `path` as a PlainPath, or nothing if "..", a file mount, a virtual place or the way to a mount
  /// is in it.
  /// Errors: as directory_at.
  Result<std::optional<PlainPath>> plain_path(const BaseDirectory& base,
                                              const GuestPath& path) const;
};

}  // namespace lind::rawposix
