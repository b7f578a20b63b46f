// MountTable::open.

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <optional>
#include <utility>

#include "host/errno.h"
#include "rawposix/fs/beneath.h"
#include "rawposix/fs/host_args.h"
#include "rawposix/fs/mount_state_internal.h"
#include "rawposix/fs/permission.h"

namespace lind::rawposix {
namespace {

// FASYNC would signal us instead of the guest; O_LARGEFILE is always on for a 64-bit host.
constexpr std::uint64_t kHostFlags = O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_APPEND |
                                     O_NONBLOCK | O_SYNC | O_DIRECT | O_DIRECTORY | O_NOFOLLOW |
                                     O_NOATIME | O_PATH | O_TMPFILE;
constexpr std::uint64_t kPathFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
constexpr std::uint64_t kTmpfile = __O_TMPFILE;
/// What F_SETFL can change.  Source: fs/fcntl.c, SETFL_MASK, v6.1.
constexpr std::uint64_t kSettable = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME;
/// A new file keeps no set-id bits: they would lend the host user's rights to other host users.
constexpr std::uint32_t kNewFileMode = 01777;

/// One name to open: below a directory, links of no kind followed.
struct Target {
  std::shared_ptr<host::UniqueFd> directory;
  std::string relative;
  bool read_only = false;
  std::string guest_path;
};

/// Flags and mode of one open(2), made fit for the host.
struct Request {
  std::uint64_t flags = 0;
  std::uint32_t mode = 0;
  runtime::Thread* thread = nullptr;
  const Permission* permission = nullptr;  ///< never null once made

  bool has(std::uint64_t flag) const noexcept { return (flags & flag) == flag; }
  bool writes() const noexcept { return (flags & O_ACCMODE) != O_RDONLY || has(O_TRUNC); }
  bool creates() const noexcept { return has(O_CREAT) || has(kTmpfile); }
  bool waits() const noexcept { return thread != nullptr && !has(O_NONBLOCK); }
};

Result<Request> make_request(std::uint64_t flags, std::uint32_t mode, runtime::Thread* thread,
                             const Permission& permission) {
  Request request{flags & kHostFlags, mode & kNewFileMode, thread, &permission};
  if (request.has(O_PATH)) request.flags &= kPathFlags;
  if (request.has(kTmpfile) && (!request.has(O_TMPFILE) || (flags & O_ACCMODE) == O_RDONLY)) {
    return uapi::Errno::kEINVAL;
  }
  if (!request.creates()) request.mode = 0;
  return request;
}

/// What the open would do to a mount that must not change.
/// Returns the flags to go on with.  Errors: those the open would have had before EROFS; EROFS.
Result<std::uint64_t> flags_on_read_only(const Target& target, const Request& request) {
  if (!request.creates() && !request.writes()) return request.flags;
  std::uint64_t look = O_PATH;
  if (request.has(O_NOFOLLOW) || request.has(O_EXCL)) look |= O_NOFOLLOW;
  if (request.has(O_DIRECTORY)) look |= O_DIRECTORY;
  const Result<host::UniqueFd> there = open_beneath(target.directory->get(), target.relative, look);
  if (!there.ok()) {
    const bool would_create = there.error() == uapi::Errno::kENOENT && request.has(O_CREAT);
    return would_create ? uapi::Errno::kEROFS : there.error();
  }
  if (request.has(kTmpfile)) return uapi::Errno::kEROFS;
  if (request.has(O_CREAT | O_EXCL)) return uapi::Errno::kEEXIST;
  struct stat status{};
  if (::fstat(there.value().get(), &status) != 0) return host::last_errno();
  if (request.writes() && S_ISDIR(status.st_mode)) return uapi::Errno::kEISDIR;
  if (request.writes() && S_ISREG(status.st_mode)) return uapi::Errno::kEROFS;
  return request.flags & ~std::uint64_t{O_CREAT};
}

/// Whether the name is that of a file, a directory or a FIFO now; no device, which an open must not
/// wait for.  The last of several components may be anywhere: this decides nothing but how to open.
bool may_wait_for(const Target& target) {
  struct stat status{};
  if (::fstatat(target.directory->get(), target.relative.c_str(), &status,
                AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0) {
    return false;
  }
  return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) || S_ISFIFO(status.st_mode);
}

/// Opens without waiting (O_NONBLOCK), so that no device holds us up before its type is known;
/// only a FIFO waits, where the guest lets it.
///
/// A reader of a FIFO must be one single open: a writer may come and go as soon as it sees one.
/// So its type is asked for first.  A writer without a reader gets ENXIO and then waits.
Result<host::UniqueFd> open_target(const Target& target, const Request& request,
                                   struct stat* status) {
  const int directory = target.directory->get();
  const auto wait = [&] {
    return open_beneath(directory, target.relative, request.flags | O_NOCTTY, request.mode,
                        request.thread);
  };
  const bool reads_only = (request.flags & O_ACCMODE) == O_RDONLY && !request.has(O_PATH);
  bool waited = reads_only && request.waits() && may_wait_for(target);
  const std::uint64_t flags =
      request.has(O_PATH) ? request.flags : request.flags | O_NOCTTY | O_NONBLOCK;
  Result<host::UniqueFd> opened =
      waited ? wait() : open_beneath(directory, target.relative, flags, request.mode);
  if (!opened.ok() && opened.error() == uapi::Errno::kENXIO && request.waits()) {
    opened = wait();
    waited = true;
  }
  host::UniqueFd fd = LIND_TRY(std::move(opened));
  if (::fstat(fd.get(), status) != 0) return host::last_errno();
  if (request.has(O_PATH)) return fd;
  if (S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode)) return uapi::Errno::kEACCES;
  if (!waited && !request.has(O_NONBLOCK) &&
      ::fcntl(fd.get(), F_SETFL, static_cast<int>(request.flags & kSettable)) != 0) {
    return host::last_errno();
  }
  return fd;
}

/// What the open asks of a file that is there.
int wanted_access(const Request& request) {
  if (request.has(O_PATH)) return 0;
  switch (request.flags & O_ACCMODE) {
    case O_RDONLY:
      return R_OK | (request.has(O_TRUNC) ? W_OK : 0);
    case O_WRONLY:
      return W_OK;
    default:
      return R_OK | W_OK;
  }
}

/// Errors: EACCES; EPERM for O_NOATIME.
Result<void> check_opened(const struct stat& status, const Request& request) {
  LIND_TRY(request.permission->access(status, wanted_access(request)));
  if (request.has(O_NOATIME) && !request.has(O_PATH)) {
    LIND_TRY(request.permission->own(status));
  }
  return {};
}

/// Opens what is there; nothing happens to it before the permission was checked.
Result<host::UniqueFd> open_existing(const Target& target, const Request& request,
                                     struct stat* status) {
  if (request.permission->is_restricted() && !request.has(O_PATH)) {
    // An open of a FIFO is seen by others, and may wait.
    const host::UniqueFd there =
        LIND_TRY(open_beneath(target.directory->get(), target.relative, O_PATH | O_NOFOLLOW));
    if (::fstat(there.get(), status) != 0) return host::last_errno();
    if (!S_ISLNK(status->st_mode)) LIND_TRY(check_opened(*status, request));
  }
  Request plain = request;
  plain.flags &= ~std::uint64_t{O_CREAT | O_TRUNC};
  plain.mode = 0;
  host::UniqueFd fd = LIND_TRY(open_target(target, plain, status));
  LIND_TRY(check_opened(*status, request));
  if (!request.has(O_TRUNC) || request.has(O_PATH)) return fd;
  if (S_ISDIR(status->st_mode)) return uapi::Errno::kEISDIR;
  if (!S_ISREG(status->st_mode)) return fd;
  // Through the file we hold: the name may be another one's by now.
  const std::string itself = "/proc/self/fd/" + std::to_string(fd.get());
  const host::UniqueFd writer(::open(itself.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | O_NONBLOCK));
  if (!writer.valid()) return host::last_errno();
  return fd;
}

/// open_target for those whose permission we check, or whose new files we note: whether the file
/// was there or is made here must be known.
Result<host::UniqueFd> open_known(const Target& target, const Request& request,
                                  struct stat* status) {
  const bool exclusive = request.has(O_CREAT | O_EXCL);
  constexpr int kTries = 16;  // others may make and remove the name meanwhile
  for (int i = 0; i < kTries; ++i) {
    if (!exclusive && !request.has(kTmpfile)) {
      Result<host::UniqueFd> fd = open_existing(target, request, status);
      const bool missing = !fd.ok() && fd.error() == uapi::Errno::kENOENT;
      if (!missing || !request.has(O_CREAT)) return fd;
    }
    if (exclusive && request.permission->is_restricted()) {
      const Result<host::UniqueFd> there =
          open_beneath(target.directory->get(), target.relative, O_PATH | O_NOFOLLOW);
      if (there.ok()) return uapi::Errno::kEEXIST;
    }
    LIND_TRY(request.permission->create_in(target.directory->get()));
    Request exact = request;
    if (!request.has(kTmpfile)) exact.flags |= O_EXCL;
    Result<host::UniqueFd> fd = open_target(target, exact, status);
    if (fd.ok()) request.permission->created(target.directory->get(), fd.value().get(), "");
    if (fd.ok() || exclusive || fd.error() != uapi::Errno::kEEXIST) return fd;
  }
  return uapi::Errno::kEEXIST;
}

/// Whether the file is one of procfs.  Those speak of, and some of them into, our own process:
/// /proc/self/mem is the memory of every cage.
bool on_procfs(int fd, const struct stat& status) {
  if (major(status.st_dev) != 0) return false;  // procfs has no block device
  struct statfs system{};
  return ::fstatfs(fd, &system) != 0 || system.f_type == PROC_SUPER_MAGIC;
}

Result<std::shared_ptr<OpenFile>> open_in_directory(Target target, Request request) {
  if (target.read_only) request.flags = LIND_TRY(flags_on_read_only(target, request));
  if (!request.creates()) request.mode = 0;
  struct stat status{};
  const bool known = request.permission->is_restricted() ||
                     (request.creates() && request.permission->notes_new_files());
  host::UniqueFd fd = LIND_TRY(known ? open_known(target, request, &status)
                                     : open_target(target, request, &status));
  if (!request.has(O_PATH) && !S_ISDIR(status.st_mode) && on_procfs(fd.get(), status)) {
    return uapi::Errno::kEACCES;
  }
  if (request.has(O_PATH)) {
    return make_open_file(std::move(fd), OpenFile::Type::kPath, target.read_only,
                          std::move(target.guest_path));
  }
  const std::shared_ptr<OpenFile> file =
      adopt_host_file(std::move(fd), status, target.read_only, std::move(target.guest_path));
  file->own_flags();
  return file;
}

/// A device of /dev, or a file that was shown by itself.
Result<std::shared_ptr<OpenFile>> open_file_mount(const Mount& mount, const Request& request) {
  if (request.has(O_CREAT | O_EXCL)) return uapi::Errno::kEEXIST;
  if (request.has(O_DIRECTORY)) return uapi::Errno::kENOTDIR;
  if (request.has(O_PATH)) {
    return std::make_shared<OpenFile>(mount.fd, OpenFile::Type::kPath, mount.read_only, mount.path);
  }
  if (request.writes() && mount.read_only) return uapi::Errno::kEROFS;
  LIND_TRY(request.permission->access(mount.fd->get(), wanted_access(request)));
  // A shown file is opened anew, for an offset of its own; the number is ours, not a guest's.
  const std::string host_path =
      mount.device.empty() ? "/proc/self/fd/" + std::to_string(mount.fd->get()) : mount.device;
  const std::uint64_t flags =
      (request.flags & ~std::uint64_t{O_CREAT | O_NOFOLLOW}) | O_NOCTTY | O_CLOEXEC;
  host::UniqueFd fd(::open(host_path.c_str(), static_cast<int>(flags)));
  if (!fd.valid()) return host::last_errno();
  return adopt_host_file(std::move(fd), mount.read_only, mount.path);
}

}  // namespace

Result<std::shared_ptr<OpenFile>> MountTable::open(const BaseDirectory& base, std::string_view path,
                                                   std::uint64_t flags, std::uint32_t mode,
                                                   runtime::Thread* thread,
                                                   ResolvedName* virtual_name) const {
  const Permission permission(base.who, state_->ids);
  const Request request = LIND_TRY(make_request(flags, mode, thread, permission));
  const GuestPath parsed = LIND_TRY(parse_guest_path(path));
  const bool as_directory = parsed.ends_in_slash || parsed.ends_in_dot;
  const std::optional<PlainPath> plain =
      permission.is_restricted() ? std::nullopt : LIND_TRY(state_->plain_path(base, parsed));
  if (plain.has_value()) {
    Target target{plain->directory.fd, plain->relative, plain->directory.read_only, plain->full};
    if (as_directory && target.relative != ".") target.relative += '/';
    Result<std::shared_ptr<OpenFile>> opened = open_in_directory(std::move(target), request);
    // ENOTDIR too: a link where a directory should be may be reported so.
    if (opened.ok() ||
        (opened.error() != uapi::Errno::kELOOP && opened.error() != uapi::Errno::kENOTDIR)) {
      return opened;
    }
  }
  const bool follow = !request.has(O_NOFOLLOW) && !request.has(O_CREAT | O_EXCL);
  ResolvedName name =
      LIND_TRY(resolve(base, path, follow ? FollowLast::kYes : FollowLast::kIfSlash));
  if (name.is_virtual) {
    if (virtual_name != nullptr) *virtual_name = std::move(name);
    return uapi::Errno::kEACCES;
  }
  if (name.name.empty()) return open_file_mount(state_->mounts[name.mount], request);
  // The slash makes the host insist on a directory; RESOLVE_NO_SYMLINKS keeps it from following.
  const bool slash = name.must_be_directory && name.last == LastName::kName;
  return open_in_directory(
      Target{name.parent, slash ? name.name + "/" : name.name, name.read_only, name.guest_path},
      request);
}

}  // namespace lind::rawposix
