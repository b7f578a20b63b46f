// Questions about files.

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <span>

#include <climits>

#include "rawposix/fs/file_call_internal.h"
#include "rawposix/fs/host_status.h"
#include "rawposix/fs/permission.h"
#include "rawposix/fs/virtual_node.h"
#include "runtime/address_space.h"

namespace lind::rawposix {
namespace {

constexpr int kHostStatFlags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT;

/// What a question is about: a host descriptor and a name below it, "" for the descriptor itself.
struct Subject {
  std::shared_ptr<host::UniqueFd> fd;
  std::string name;
  bool must_be_directory = false;
  bool read_only = false;
  VirtualFile* own = nullptr;  ///< asked instead of the host
  std::shared_ptr<OpenFile> keep = nullptr;
};

/// `dir` itself, for AT_EMPTY_PATH.
Result<Subject> descriptor_subject(Caller& caller, Fd dir) {
  if (dir == kCurrentDirectory) {
    ResolvedName here =
        LIND_TRY(caller.fs().mounts().resolve(caller.working_directory(), ".", FollowLast::kNo));
    if (here.is_virtual) {
      const Place place = LIND_TRY(find_place(caller, here, FollowLast::kNo));
      if (place.node) {
        const std::shared_ptr<OpenFile> file = LIND_TRY(open_node(caller, *place.node, O_PATH));
        return Subject{file->shared_fd(), "", false, true, file->virtual_file(), file};
      }
    }
    return Subject{std::move(here.parent), "", false, here.read_only};
  }
  const std::shared_ptr<OpenFile> file = LIND_TRY(caller.fds().get(dir));
  return Subject{file->shared_fd(), "", false, file->read_only_mount(), file->virtual_file(), file};
}

/// What a node says of itself; a followed link to an open file is that file.
Result<struct stat> node_status(Caller& caller, const VirtualNode& node, bool follow) {
  const bool is_file = follow && node.open_target != nullptr;
  if (!is_file) return status_of(node);
  if (VirtualFile* const own = node.open_target->virtual_file()) return own->status(caller);
  struct stat status{};
  LIND_TRY(from_libc(::fstat(node.open_target->host_fd(), &status)));
  return status;
}

/// Asks about a path.  `ask(subject)` returns a Result of the file's mode, and is asked again
/// behind a symbolic link that is to be followed, so that a plain name costs one host call.
/// `answer(status)` is told what a node of our own is.
template <typename Ask, typename Answer>
Result<void> ask_about_path(Caller& caller, Fd dir, GuestText path, bool follow, Ask ask,
                            Answer answer) {
  const std::string text = LIND_TRY(read_path(path));
  const BaseDirectory base = LIND_TRY(base_of(caller, dir, text));
  const auto look = [&](FollowLast way) -> Result<mode_t> {
    ResolvedName name = LIND_TRY(caller.fs().mounts().resolve(base, text, way));
    if (name.is_virtual) {
      Place place = LIND_TRY(find_place(caller, std::move(name), follow ? FollowLast::kYes : way));
      if (place.node) {
        const struct stat status = LIND_TRY(node_status(caller, *place.node, follow));
        answer(status);
        return status.st_mode & ~static_cast<mode_t>(S_IFMT);  // no link to follow
      }
      name = std::move(place.name);
    }
    const mode_t mode =
        LIND_TRY(ask(Subject{name.parent, name.name, name.must_be_directory, name.read_only}));
    const bool may_be_followed = S_ISLNK(mode) && follow && way != FollowLast::kYes;
    if (name.must_be_directory && !S_ISDIR(mode) && !may_be_followed) {
      return uapi::Errno::kENOTDIR;
    }
    return mode;
  };
  const mode_t mode = LIND_TRY(look(FollowLast::kIfSlash));
  if (S_ISLNK(mode) && follow) LIND_TRY(look(FollowLast::kYes));
  return {};
}

Result<std::int64_t> stat_at(Caller& caller, Fd dir, GuestText path, GuestPtr<uapi::Stat> out,
                             std::int32_t flags) {
  if ((flags & ~kHostStatFlags) != 0) return uapi::Errno::kEINVAL;
  struct stat status{};
  const auto ask = [&](const Subject& subject) -> Result<mode_t> {
    if (subject.own != nullptr) {
      status = LIND_TRY(subject.own->status(caller));
      return status.st_mode;
    }
    if (::fstatat(subject.fd->get(), subject.name.c_str(), &status, kHostStatFlags) != 0) {
      return host::last_errno();
    }
    return status.st_mode;
  };
  if (LIND_TRY(means_descriptor(path, flags))) {
    const Subject subject = LIND_TRY(descriptor_subject(caller, dir));
    (void)LIND_TRY(ask(subject));
  } else {
    LIND_TRY(ask_about_path(caller, dir, path, (flags & AT_SYMLINK_NOFOLLOW) == 0, ask,
                            [&](const struct stat& own) { status = own; }));
  }
  LIND_TRY(out.write(to_guest(status, caller.fs().mounts().ids())));
  return 0;
}

struct statx extended(const struct stat& status) {
  struct statx out{};
  const auto time = [](const timespec& from) {
    return statx_timestamp{from.tv_sec, static_cast<std::uint32_t>(from.tv_nsec), {}};
  };
  out.stx_mask = STATX_BASIC_STATS;
  out.stx_blksize = static_cast<std::uint32_t>(status.st_blksize);
  out.stx_nlink = static_cast<std::uint32_t>(status.st_nlink);
  out.stx_uid = status.st_uid;
  out.stx_gid = status.st_gid;
  out.stx_mode = static_cast<std::uint16_t>(status.st_mode);
  out.stx_ino = status.st_ino;
  out.stx_size = static_cast<std::uint64_t>(status.st_size);
  out.stx_blocks = static_cast<std::uint64_t>(status.st_blocks);
  out.stx_atime = time(status.st_atim);
  out.stx_mtime = time(status.st_mtim);
  out.stx_ctime = time(status.st_ctim);
  out.stx_rdev_major = major(status.st_rdev);
  out.stx_rdev_minor = minor(status.st_rdev);
  out.stx_dev_major = major(status.st_dev);
  out.stx_dev_minor = minor(status.st_dev);
  return out;
}

}  // namespace

Result<std::int64_t> sys_stat(Caller& caller, GuestText path, GuestPtr<uapi::Stat> out) {
  return stat_at(caller, kCurrentDirectory, path, out, 0);
}

Result<std::int64_t> sys_lstat(Caller& caller, GuestText path, GuestPtr<uapi::Stat> out) {
  return stat_at(caller, kCurrentDirectory, path, out, AT_SYMLINK_NOFOLLOW);
}

Result<std::int64_t> sys_fstat(Caller& caller, Fd fd, GuestPtr<uapi::Stat> out) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(caller.fds().get(fd));
  struct stat status{};
  if (VirtualFile* const own = file->virtual_file()) {
    status = LIND_TRY(own->status(caller));
  } else {
    LIND_TRY(from_libc(::fstat(file->host_fd(), &status)));
  }
  LIND_TRY(out.write(to_guest(status, caller.fs().mounts().ids())));
  return 0;
}

Result<std::int64_t> sys_newfstatat(Caller& caller, Fd dir, GuestText path,
                                    GuestPtr<uapi::Stat> out, std::int32_t flags) {
  return stat_at(caller, dir, path, out, flags);
}

Result<std::int64_t> sys_statx(Caller& caller, Fd dir, GuestText path, std::uint32_t flags,
                               std::uint32_t mask, GuestPtr<uapi::Statx> out) {
  constexpr std::uint32_t kSyncFlags = AT_STATX_SYNC_TYPE;
  const auto host_flags = static_cast<std::int32_t>(flags);
  if ((mask & STATX__RESERVED) != 0 || (flags & kSyncFlags) == kSyncFlags ||
      (host_flags & ~(kHostStatFlags | AT_STATX_SYNC_TYPE)) != 0) {
    return uapi::Errno::kEINVAL;
  }
  struct statx status{};
  const auto answer = [&](const struct stat& own) { status = extended(own); };
  const auto ask = [&](const Subject& subject) -> Result<mode_t> {
    if (subject.own != nullptr) {
      const struct stat own = LIND_TRY(subject.own->status(caller));
      answer(own);
      return own.st_mode;
    }
    if (::statx(subject.fd->get(), subject.name.c_str(), host_flags | kHostStatFlags,
                mask | STATX_TYPE, &status) != 0) {
      return host::last_errno();
    }
    return status.stx_mode;
  };
  if (LIND_TRY(means_descriptor(path, host_flags))) {
    const Subject subject = LIND_TRY(descriptor_subject(caller, dir));
    (void)LIND_TRY(ask(subject));
  } else {
    LIND_TRY(
        ask_about_path(caller, dir, path, (host_flags & AT_SYMLINK_NOFOLLOW) == 0, ask, answer));
  }
  LIND_TRY(out.write(to_guest(status, caller.fs().mounts().ids())));
  return 0;
}

// --- access ----------------------------------------------------------------------------------

namespace {

Result<std::int64_t> access_node(Caller& caller, const VirtualNode& node, std::int32_t mode,
                                 bool follow) {
  const struct stat status = LIND_TRY(node_status(caller, node, follow));
  const bool executes = (mode & X_OK) != 0 && (status.st_mode & 0111) == 0;
  const bool writes = (mode & W_OK) != 0 && node.type == VirtualNode::Type::kFile;
  return executes || writes ? uapi::Errno::kEACCES : Result<std::int64_t>(0);
}

}  // namespace

Result<std::int64_t> sys_access(Caller& caller, GuestText path, std::int32_t mode) {
  return sys_faccessat2(caller, kCurrentDirectory, path, mode, 0);
}

Result<std::int64_t> sys_faccessat(Caller& caller, Fd dir, GuestText path, std::int32_t mode) {
  return sys_faccessat2(caller, dir, path, mode, 0);
}

Result<std::int64_t> sys_faccessat2(Caller& caller, Fd dir, GuestText path, std::int32_t mode,
                                    std::int32_t flags) {
  constexpr std::int32_t kKnown = AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
  if ((mode & ~(R_OK | W_OK | X_OK)) != 0 || (flags & ~kKnown) != 0) return uapi::Errno::kEINVAL;
  const Permission::Who who = (flags & AT_EACCESS) != 0 ? caller.process().file_credentials()
                                                        : caller.process().real_credentials();
  const Permission permission(who, caller.fs().mounts().ids());
  Subject subject;
  if (LIND_TRY(means_descriptor(path, flags))) {
    subject = LIND_TRY(descriptor_subject(caller, dir));
  } else {
    const bool follow = (flags & AT_SYMLINK_NOFOLLOW) == 0;
    const FollowLast way = follow ? FollowLast::kYes : FollowLast::kIfSlash;
    const std::string text = LIND_TRY(read_path(path));
    BaseDirectory base = LIND_TRY(base_of(caller, dir, text));
    base.who = who;
    ResolvedName name = LIND_TRY(caller.fs().mounts().resolve(base, text, way));
    if (name.is_virtual) {
      Place place = LIND_TRY(find_place(caller, std::move(name), way));
      if (place.node) return access_node(caller, *place.node, mode, follow);
      name = std::move(place.name);
    }
    subject = {std::move(name.parent), name.name, name.must_be_directory, name.read_only};
  }
  const int fd = subject.fd->get();
  const bool needs_type = subject.must_be_directory || permission.is_restricted() ||
                          (subject.read_only && (mode & W_OK) != 0);
  struct stat status{};
  if (needs_type) {
    LIND_TRY(from_libc(::fstatat(fd, subject.name.c_str(), &status, kHostStatFlags)));
    if (subject.must_be_directory && !S_ISDIR(status.st_mode)) return uapi::Errno::kENOTDIR;
  }
  if (needs_type) LIND_TRY(permission.access(status, mode));
  LIND_TRY(host_call(SYS_faccessat2, fd, subject.name.c_str(), mode,
                     (flags & AT_EACCESS) | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH));
  const bool changes = S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
  if (needs_type && subject.read_only && (mode & W_OK) != 0 && changes) return uapi::Errno::kEROFS;
  return 0;
}

// --- readlink --------------------------------------------------------------------------------

namespace {

Result<std::int64_t> read_node_link(const VirtualNode& node, GuestBytes buffer,
                                    std::int32_t num_bytes) {
  if (node.type != VirtualNode::Type::kLink) return uapi::Errno::kEINVAL;
  const auto bytes = std::as_bytes(std::span(node.target));
  const std::size_t fit = std::min(bytes.size(), static_cast<std::size_t>(num_bytes));
  LIND_TRY(buffer.owner()->copy_out(buffer.addr(), bytes.first(fit)));
  return static_cast<std::int64_t>(fit);
}

}  // namespace

Result<std::int64_t> sys_readlink(Caller& caller, GuestText path, GuestBytes buffer,
                                  std::int32_t num_bytes) {
  return sys_readlinkat(caller, kCurrentDirectory, path, buffer, num_bytes);
}

Result<std::int64_t> sys_readlinkat(Caller& caller, Fd dir, GuestText path, GuestBytes buffer,
                                    std::int32_t num_bytes) {
  if (num_bytes <= 0) return uapi::Errno::kEINVAL;
  const std::string text = LIND_TRY(read_path(path));
  std::array<std::byte, PATH_MAX> target{};
  Result<std::int64_t> length = 0;
  if (text.empty() && dir != kCurrentDirectory) {
    const std::shared_ptr<OpenFile> link = LIND_TRY(caller.fds().get(dir));
    length = host_call(SYS_readlinkat, link->host_fd(), "", target.data(), target.size());
  } else {
    const BaseDirectory base = LIND_TRY(base_of(caller, dir, text));
    const Place place = LIND_TRY(find_place(caller, base, text, FollowLast::kIfSlash));
    if (place.node) return read_node_link(*place.node, buffer, num_bytes);
    const ResolvedName& name = place.name;
    if (name.last != LastName::kName) return uapi::Errno::kEINVAL;
    if (name.must_be_directory) {
      struct stat status{};
      LIND_TRY(from_libc(
          ::fstatat(name.parent->get(), name.name.c_str(), &status, AT_SYMLINK_NOFOLLOW)));
      return S_ISDIR(status.st_mode) ? uapi::Errno::kEINVAL : uapi::Errno::kENOTDIR;
    }
    length = host_call(SYS_readlinkat, name.parent->get(), name.name.c_str(), target.data(),
                       target.size());
  }
  const std::int64_t num_copied = std::min<std::int64_t>(LIND_TRY(std::move(length)), num_bytes);
  LIND_TRY(buffer.owner()->copy_out(buffer.addr(),
                                    std::span(target).first(static_cast<std::size_t>(num_copied))));
  return num_copied;
}

// --- statfs ----------------------------------------------------------------------------------

namespace {

Result<std::int64_t> write_own_statfs(std::string_view path, GuestPtr<uapi::Statfs> out) {
  uapi::Statfs status;
  status.type = path.starts_with("/proc") ? PROC_SUPER_MAGIC : DEVPTS_SUPER_MAGIC;
  status.bsize = 4096;
  status.frsize = 4096;
  status.namelen = NAME_MAX;
  LIND_TRY(out.write(status));
  return 0;
}

}  // namespace

Result<std::int64_t> sys_statfs(Caller& caller, GuestText path, GuestPtr<uapi::Statfs> out) {
  const std::string text = LIND_TRY(read_path(path));
  const BaseDirectory base = LIND_TRY(base_of(caller, kCurrentDirectory, text));
  ResolvedName virtual_name;
  const MountTable& mounts = caller.fs().mounts();
  Result<std::shared_ptr<OpenFile>> opened =
      mounts.open(base, text, O_PATH, 0, nullptr, &virtual_name);
  if (virtual_name.is_virtual) {
    const Place place = LIND_TRY(find_place(caller, std::move(virtual_name), FollowLast::kYes));
    if (place.node) return write_own_statfs(place.node->path, out);
    opened = mounts.open(caller.top_directory(), place.name.guest_path, O_PATH, 0);
  }
  const std::shared_ptr<OpenFile> file = LIND_TRY(std::move(opened));
  struct statfs status{};
  LIND_TRY(from_libc(::fstatfs(file->host_fd(), &status)));
  LIND_TRY(out.write(to_guest(status, file->read_only_mount())));
  return 0;
}

Result<std::int64_t> sys_fstatfs(Caller& caller, Fd fd, GuestPtr<uapi::Statfs> out) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(caller.fds().get(fd));
  if (file->virtual_file() != nullptr) return write_own_statfs(file->path(), out);
  struct statfs status{};
  LIND_TRY(from_libc(::fstatfs(file->host_fd(), &status)));
  LIND_TRY(out.write(to_guest(status, file->read_only_mount())));
  return 0;
}

}  // namespace lind::rawposix
