/// \file
/// The guest's name space: host directories, devices, and how a path becomes a host descriptor.

#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "host/unique_fd.h"
#include "rawposix/fs/open_file.h"
#include "rawposix/fs/owner_table.h"
#include "rawposix/proc/credentials.h"

namespace lind::runtime {
class Thread;
}

namespace lind::rawposix {

struct MountState;

/// Whether the last component may be a symbolic link that is followed.
enum class FollowLast : std::uint8_t {
  kNo,
  kIfSlash,  ///< only when the path ends in a slash: lstat and other lookups
  kYes,
};

/// What the last component was.  Only kName can be created, removed or renamed.
enum class LastName : std::uint8_t { kName, kDot, kDotDot, kMountRoot };

/// What a path may not meet on its way: openat2's resolve flags.
struct WalkRules {
  bool no_links = false;        ///< ELOOP: symbolic links
  bool no_other_mount = false;  ///< EXDEV: mounts but the one it starts on
  bool beneath = false;         ///< EXDEV: leaving the base, absolute paths
};

/// Where a relative path starts, and who looks it up.
struct BaseDirectory {
  std::string path = "/";                    ///< absolute guest path, no symbolic link in it
  std::shared_ptr<host::UniqueFd> dir = {};  ///< the directory itself; null: look `path` up
  /// Where absolute paths and links start, and ".." ends; null: at "/".
  std::shared_ptr<const BaseDirectory> root = {};
  WalkRules rules = {};
  /// Whose right to search directories and to open files is checked; null: the host user, for whom
  /// the host does.
  std::shared_ptr<const Credentials> who = {};
};

/// A path resolved down to its parent directory.
///
/// Host calls on `name` must not follow it (AT_SYMLINK_NOFOLLOW, O_NOFOLLOW) and must not append a
/// slash: it may have become a symbolic link.  With AT_EMPTY_PATH they work on every form.
struct ResolvedName {
  std::shared_ptr<host::UniqueFd> parent;  ///< O_PATH directory on the host
  std::string name;  ///< one component, no slash; "." unless last is kName; "" for `parent` itself
  LastName last = LastName::kName;
  std::uint32_t mount = 0;         ///< which mount it lies on
  bool read_only = false;          ///< the mount was granted read-only
  bool must_be_directory = false;  ///< the path ended with a slash
  std::string guest_path;          ///< absolute, no symbolic link but perhaps the last
  /// Lies in a virtual place: `guest_path` may have links and ".." behind that place's own path,
  /// `name` is "", and virtual_node.h knows what is there.
  bool is_virtual = false;
};

/// Owner and mode of a file for guests.
struct SeenFile {
  std::uint32_t uid;
  std::uint32_t gid;
  std::uint32_t mode;
};

/// Owners as guests see them: the host user is uid 0, its group gid 0.  Files of the host's root,
/// when that is someone else, belong to 65534 (nobody); all other numbers are the host's.  What
/// guests changed is in the OwnerTable.
class IdMap {
 public:
  IdMap(std::uint32_t host_uid, std::uint32_t host_gid) : uid_(host_uid), gid_(host_gid) {}
  std::uint32_t guest_uid(std::uint32_t host) const noexcept { return to_guest(host, uid_); }
  std::uint32_t guest_gid(std::uint32_t host) const noexcept { return to_guest(host, gid_); }
  std::uint32_t host_uid(std::uint32_t guest) const noexcept { return to_host(guest, uid_); }
  std::uint32_t host_gid(std::uint32_t guest) const noexcept { return to_host(guest, gid_); }
  /// The owner and the mode that guests see.
  SeenFile seen(const struct stat& file) const;
  OwnerTable& owners() const noexcept { return *owners_; }

 private:
  static constexpr std::uint32_t kNobody = 65534;
  static std::uint32_t to_guest(std::uint32_t host, std::uint32_t own) noexcept {
    if (host == own) return 0;
    return host == 0 ? kNobody : host;
  }
  static std::uint32_t to_host(std::uint32_t guest, std::uint32_t own) noexcept {
    if (guest == 0) return own;
    return guest == kNobody && own != 0 ? 0 : guest;
  }
  std::uint32_t uid_;
  std::uint32_t gid_;
  std::shared_ptr<OwnerTable> owners_ = std::make_shared<OwnerTable>();
};

/// The mounts of one kernel.  Immutable once the kernel runs.
///
/// Resolution: a name without ".." is one openat2 below its mount (RESOLVE_BENEATH,
/// RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS).  What meets a symbolic link or has ".." is walked
/// component by component in the guest's tree: links are read and followed by us, an absolute one
/// starts at the guest's root, ".." drops the last component of the guest path and looks the rest
/// up again.  So neither "..", a link, nor a race with rename leaves the mounts.  Limits as Linux:
/// 40 links (ELOOP), components of 255 bytes, paths of 4095 (ENAMETOOLONG).  Paths are bytes.
/// For a BaseDirectory with a `who` every path is walked, and each directory checked on the way.
///
/// The empty root lies in a private directory (0700) in /dev/shm, or in $TMPDIR or /tmp where there
/// is none, removed with the table.  It has a directory for every mount point, which also stands in
/// where a host directory lacks one; such a mount point is reachable but not listed.  Special
/// files are those of /dev: other device nodes inside a granted directory answer EACCES, as do the
/// files of a host's procfs, which would show our own process.
///
/// Ownership: counted.  Threading: resolve and open on any thread once the mounts are added.
class MountTable {
 public:
  /// A table whose root is an empty in-memory directory, with /dev/{null,zero,full,random,
  /// urandom}, the virtual places /proc, /dev/pts, /dev/ptmx and /dev/tty, and links in /dev.
  /// Calls prepare_host_process.
  /// kNone: only the empty root.
  enum class Places : std::uint8_t { kUsual, kNone };
  static ErrorOr<std::shared_ptr<MountTable>> create(Places places = Places::kUsual);
  ~MountTable();
  MountTable(const MountTable&) = delete;
  MountTable& operator=(const MountTable&) = delete;

  enum class Rights : std::uint8_t { kReadWrite, kReadOnly };
  /// `host_dir` at `guest_path` (absolute).  "/" replaces the empty root.
  /// Errors: the host directory does not exist, is no directory, the guest path is not absolute.
  ErrorOr<void> add_directory(const std::string& host_dir, const std::string& guest_path,
                              Rights rights);
  /// A new directory in memory at `guest_path`, for everybody (mode 1777).
  /// Errors: the guest path is not absolute; the host's.
  ErrorOr<void> add_tmpfs(const std::string& guest_path);
  /// Shows an open host file at a guest path ("/NAME" for `lind run FILE`).
  ErrorOr<void> add_file(host::UniqueFd file, const std::string& guest_path, Rights rights);

  /// What of the host's tree guests reach: for who confines this process to it.
  struct HostPlace {
    std::shared_ptr<host::UniqueFd> fd;  ///< O_PATH or open
    bool read_only;
  };
  std::vector<HostPlace> host_places() const;

  /// Makes `guest_path` and what lies below it the microvisor's own (virtual_node.h).  A directory
  /// granted there by add_directory replaces it.
  ErrorOr<void> add_virtual(const std::string& guest_path, bool is_directory);
  /// Whether the absolute path lies in a virtual place.
  bool is_virtual(std::string_view guest_path) const noexcept;

  /// Where directories are mounted, for /proc/mounts.
  struct GuestDirectory {
    std::string path;
    bool is_virtual;
    bool read_only;
  };
  std::vector<GuestDirectory> guest_directories() const;
  /// A descriptor that poll always finds ready to read and write; for open virtual files.
  const std::shared_ptr<host::UniqueFd>& always_ready() const noexcept;

  const IdMap& ids() const noexcept;
  /// Host path of the empty root, for whoever removes it when this process is killed.
  const std::string& private_directory() const noexcept;

  /// `path` as seen from `base` when it is relative.
  /// Errors: ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EACCES.
  Result<ResolvedName> resolve(const BaseDirectory& base, std::string_view path,
                               FollowLast follow) const;
  /// The same from a guest path.
  Result<ResolvedName> resolve(std::string_view base, std::string_view path,
                               FollowLast follow) const {
    return resolve(BaseDirectory{std::string(base), nullptr}, path, follow);
  }

  /// open(2) in the guest's tree: flags and mode as Linux has them (mode after umask).  An open
  /// that waits (a FIFO) is interrupted through `thread`; without one it does not wait.
  /// `virtual_name`: set, and the result EACCES, if the path ends in a virtual place.
  /// Errors: those of open(2); EROFS for a write to a read-only mount; EINTR.
  Result<std::shared_ptr<OpenFile>> open(const BaseDirectory& base, std::string_view path,
                                         std::uint64_t flags, std::uint32_t mode,
                                         runtime::Thread* thread = nullptr,
                                         ResolvedName* virtual_name = nullptr) const;
  Result<std::shared_ptr<OpenFile>> open(std::string_view base, std::string_view path,
                                         std::uint64_t flags, std::uint32_t mode,
                                         runtime::Thread* thread = nullptr) const {
    return open(BaseDirectory{std::string(base), nullptr}, path, flags, mode, thread);
  }

 private:
  std::unique_ptr<MountState> state_;
  explicit MountTable(std::unique_ptr<MountState> state);
};

}  // namespace lind::rawposix
