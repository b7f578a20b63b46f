// Questions about files.

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <span>

#include <climits>

#include "rawposix/fs/file_call_internal.h"
#include "rawposix/fs/host_status.h"
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
};

/// `dir` itself, for AT_EMPTY_PATH.
Result<Subject> descriptor_subject(Caller& caller, Fd dir) {
  if (dir == kCurrentDirectory) {
    ResolvedName here =
        LIND_TRY(caller.fs().mounts().resolve(caller.fs().base(), ".", FollowLast::kNo));
    return Subject{std::move(here.parent), "", false, here.read_only};
  }
  const std::shared_ptr<OpenFile> file = LIND_TRY(caller.fds().get(dir));
  return Subject{file->shared_fd(), "", false, file->read_only_mount()};
}

/// Asks about a path.  `ask(subject)` returns a Result of the file's mode, and is asked again
/// behind a symbolic link that is to be followed, so that a plain name costs one host call.
template <typename Ask>
Result<void> ask_about_path(Caller& caller, Fd dir, GuestText path, bool follow, Ask ask) {
  const std::string text = LIND_TRY(read_path(path));
  const BaseDirectory base = LIND_TRY(base_of(caller, dir, text));
  const auto look = [&](FollowLast way) -> Result<mode_t> {
    const ResolvedName name = LIND_TRY(caller.fs().mounts().resolve(base, text, way));
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
    if (::fstatat(subject.fd->get(), subject.name.c_str(), &status, kHostStatFlags) != 0) {
      return host::last_errno();
    }
    return status.st_mode;
  };
  if (LIND_TRY(means_descriptor(path, flags))) {
    const Subject subject = LIND_TRY(descriptor_subject(caller, dir));
    (void)LIND_TRY(ask(subject));
  } else {
    LIND_TRY(ask_about_path(caller, dir, path, (flags & AT_SYMLINK_NOFOLLOW) == 0, ask));
  }
  LIND_TRY(out.write(to_guest(status, caller.fs().mounts().ids())));
  return 0;
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
  LIND_TRY(from_libc(::fstat(file->host_fd(), &status)));
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
  const auto ask = [&](const Subject& subject) -> Result<mode_t> {
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
    LIND_TRY(ask_about_path(caller, dir, path, (host_flags & AT_SYMLINK_NOFOLLOW) == 0, ask));
  }
  LIND_TRY(out.write(to_guest(status, caller.fs().mounts().ids())));
  return 0;
}

// --- access ----------------------------------------------------------------------------------

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
  Subject subject;
  if (LIND_TRY(means_descriptor(path, flags))) {
    subject = LIND_TRY(descriptor_subject(caller, dir));
  } else {
    const bool follow = (flags & AT_SYMLINK_NOFOLLOW) == 0;
    ResolvedName name =
        LIND_TRY(resolve_at(caller, dir, path, follow ? FollowLast::kYes : FollowLast::kIfSlash));
    subject = {std::move(name.parent), name.name, name.must_be_directory, name.read_only};
  }
  const int fd = subject.fd->get();
  const bool needs_type = subject.must_be_directory || (subject.read_only && (mode & W_OK) != 0);
  struct stat status{};
  if (needs_type) {
    LIND_TRY(from_libc(::fstatat(fd, subject.name.c_str(), &status, kHostStatFlags)));
    if (subject.must_be_directory && !S_ISDIR(status.st_mode)) return uapi::Errno::kENOTDIR;
  }
  LIND_TRY(host_call(SYS_faccessat2, fd, subject.name.c_str(), mode,
                     (flags & AT_EACCESS) | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH));
  const bool changes = S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
  if (needs_type && subject.read_only && (mode & W_OK) != 0 && changes) return uapi::Errno::kEROFS;
  return 0;
}

// --- readlink --------------------------------------------------------------------------------

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
    const ResolvedName name =
        LIND_TRY(caller.fs().mounts().resolve(base, text, FollowLast::kIfSlash));
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

Result<std::int64_t> sys_statfs(Caller& caller, GuestText path, GuestPtr<uapi::Statfs> out) {
  const std::string text = LIND_TRY(read_path(path));
  const BaseDirectory base = LIND_TRY(base_of(caller, kCurrentDirectory, text));
  const std::shared_ptr<OpenFile> file = LIND_TRY(caller.fs().mounts().open(base, text, O_PATH, 0));
  struct statfs status{};
  LIND_TRY(from_libc(::fstatfs(file->host_fd(), &status)));
  LIND_TRY(out.write(to_guest(status, file->read_only_mount())));
  return 0;
}

Result<std::int64_t> sys_fstatfs(Caller& caller, Fd fd, GuestPtr<uapi::Statfs> out) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(caller.fds().get(fd));
  struct statfs status{};
  LIND_TRY(from_libc(::fstatfs(file->host_fd(), &status)));
  LIND_TRY(out.write(to_guest(status, file->read_only_mount())));
  return 0;
}

}  // namespace lind::rawposix
