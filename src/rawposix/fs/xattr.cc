// Extended attributes: those of users.  Of the others, files of the host may have some that mean
// something to the host (capabilities, labels, lists of rights); guests see and change none.

#include <linux/limits.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include <algorithm>
#include <string>
#include <vector>

#include "rawposix/fs/beneath.h"
#include "rawposix/fs/file_call_internal.h"
#include "rawposix/fs/virtual_node.h"
#include "runtime/address_space.h"

namespace lind::rawposix {
namespace {

constexpr std::string_view kOwn = "user.";

/// A file of the host by a path that leads nowhere else.
struct Target {
  std::shared_ptr<host::UniqueFd> fd;
  bool read_only = false;
  /// Works on O_PATH descriptors, where fsetxattr and its relatives do not.
  std::string link() const { return "/proc/self/fd/" + std::to_string(fd->get()); }
};

/// Errors: those of a lookup; EOPNOTSUPP for files of our own.
Result<Target> find_target(Caller& caller, GuestText path, FollowLast follow) {
  const std::string text = LIND_TRY(read_path(path));
  const BaseDirectory base = LIND_TRY(base_of(caller, kCurrentDirectory, text));
  const Place place = LIND_TRY(find_place(caller, base, text, follow));
  if (place.node) return uapi::Errno::kEOPNOTSUPP;
  const ResolvedName& name = place.name;
  if (name.name.empty()) return Target{name.parent, name.read_only};
  std::uint64_t flags = O_PATH | O_NOFOLLOW;
  if (name.must_be_directory) flags |= O_DIRECTORY;
  host::UniqueFd fd = LIND_TRY(open_beneath(name.parent->get(), name.name, flags));
  return Target{std::make_shared<host::UniqueFd>(std::move(fd)), name.read_only};
}

Result<Target> target_of(Caller& caller, Fd fd) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  if (file->virtual_file() != nullptr) return uapi::Errno::kEOPNOTSUPP;
  return Target{file->shared_fd(), file->read_only_mount()};
}

Result<std::string> read_name(GuestText name) {
  Result<std::string> text = name.owner()->read_cstring(name.addr(), XATTR_NAME_MAX);
  if (!text.ok() && text.error() == uapi::Errno::kENAMETOOLONG) return uapi::Errno::kERANGE;
  if (text.ok() && text.value().empty()) return uapi::Errno::kERANGE;
  return text;
}

/// What an unprivileged process is told of names that are not its own.  Source: xattr_permission
/// and xattr_resolve_name, fs/xattr.c, v6.1.
Result<void> check_name(const std::string& name, bool changes) {
  if (name.starts_with(kOwn)) {
    return name.size() > kOwn.size() ? Result<void>() : Result<void>(uapi::Errno::kEINVAL);
  }
  const bool known = name.starts_with("trusted.") || name.starts_with("security.");
  if (!known) return uapi::Errno::kEOPNOTSUPP;
  return changes ? uapi::Errno::kEPERM : uapi::Errno::kENODATA;
}

Result<std::int64_t> set(Result<Target> found, GuestText name, GuestBytes value,
                         std::uint64_t num_bytes, std::int32_t flags) {
  if ((flags & ~(XATTR_CREATE | XATTR_REPLACE)) != 0) return uapi::Errno::kEINVAL;
  const std::string key = LIND_TRY(read_name(name));
  if (num_bytes > XATTR_SIZE_MAX) return uapi::Errno::kE2BIG;
  std::vector<std::byte> bytes(num_bytes);
  LIND_TRY(value.owner()->copy_in(bytes, value.addr()));
  const Target target = LIND_TRY(std::move(found));
  if (target.read_only) return uapi::Errno::kEROFS;
  LIND_TRY(check_name(key, true));
  return from_libc(
      ::setxattr(target.link().c_str(), key.c_str(), bytes.data(), bytes.size(), flags));
}

Result<std::int64_t> get(Result<Target> found, GuestText name, GuestBytes value,
                         std::uint64_t num_bytes) {
  const std::string key = LIND_TRY(read_name(name));
  const Target target = LIND_TRY(std::move(found));
  LIND_TRY(check_name(key, false));
  std::vector<std::byte> bytes(std::min<std::uint64_t>(num_bytes, XATTR_SIZE_MAX));
  const std::int64_t size = LIND_TRY(
      from_libc(::getxattr(target.link().c_str(), key.c_str(), bytes.data(), bytes.size())));
  if (num_bytes == 0) return size;
  const auto used = std::span(bytes).first(static_cast<std::size_t>(size));
  LIND_TRY(value.owner()->copy_out(value.addr(), used));
  return size;
}

/// The names of a user's attributes, each with its NUL.
Result<std::string> names_of(const Target& target) {
  std::string all(XATTR_LIST_MAX, '\0');
  const std::int64_t size =
      LIND_TRY(from_libc(::listxattr(target.link().c_str(), all.data(), all.size())));
  all.resize(static_cast<std::size_t>(size));
  std::string own;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find('\0', at), all.size() - 1) + 1;
    const std::string_view name = std::string_view(all).substr(at, end - at);
    if (name.starts_with(kOwn)) own += name;
    at = end;
  }
  return own;
}

Result<std::int64_t> list(Result<Target> found, GuestBytes into, std::uint64_t num_bytes) {
  const Target target = LIND_TRY(std::move(found));
  const std::string names = LIND_TRY(names_of(target));
  if (num_bytes != 0) {
    if (names.size() > num_bytes) return uapi::Errno::kERANGE;
    LIND_TRY(into.owner()->copy_out(into.addr(), std::as_bytes(std::span(names))));
  }
  return static_cast<std::int64_t>(names.size());
}

Result<std::int64_t> remove(Result<Target> found, GuestText name) {
  const std::string key = LIND_TRY(read_name(name));
  const Target target = LIND_TRY(std::move(found));
  if (target.read_only) return uapi::Errno::kEROFS;
  LIND_TRY(check_name(key, true));
  return from_libc(::removexattr(target.link().c_str(), key.c_str()));
}

}  // namespace

Result<std::int64_t> sys_setxattr(Caller& caller, GuestText path, GuestText name, GuestBytes value,
                                  std::uint64_t num_bytes, std::int32_t flags) {
  return set(find_target(caller, path, FollowLast::kYes), name, value, num_bytes, flags);
}
Result<std::int64_t> sys_lsetxattr(Caller& caller, GuestText path, GuestText name, GuestBytes value,
                                   std::uint64_t num_bytes, std::int32_t flags) {
  return set(find_target(caller, path, FollowLast::kIfSlash), name, value, num_bytes, flags);
}
Result<std::int64_t> sys_fsetxattr(Caller& caller, Fd fd, GuestText name, GuestBytes value,
                                   std::uint64_t num_bytes, std::int32_t flags) {
  return set(target_of(caller, fd), name, value, num_bytes, flags);
}

Result<std::int64_t> sys_getxattr(Caller& caller, GuestText path, GuestText name, GuestBytes value,
                                  std::uint64_t num_bytes) {
  return get(find_target(caller, path, FollowLast::kYes), name, value, num_bytes);
}
Result<std::int64_t> sys_lgetxattr(Caller& caller, GuestText path, GuestText name, GuestBytes value,
                                   std::uint64_t num_bytes) {
  return get(find_target(caller, path, FollowLast::kIfSlash), name, value, num_bytes);
}
Result<std::int64_t> sys_fgetxattr(Caller& caller, Fd fd, GuestText name, GuestBytes value,
                                   std::uint64_t num_bytes) {
  return get(target_of(caller, fd), name, value, num_bytes);
}

Result<std::int64_t> sys_listxattr(Caller& caller, GuestText path, GuestBytes into,
                                   std::uint64_t num_bytes) {
  return list(find_target(caller, path, FollowLast::kYes), into, num_bytes);
}
Result<std::int64_t> sys_llistxattr(Caller& caller, GuestText path, GuestBytes into,
                                    std::uint64_t num_bytes) {
  return list(find_target(caller, path, FollowLast::kIfSlash), into, num_bytes);
}
Result<std::int64_t> sys_flistxattr(Caller& caller, Fd fd, GuestBytes into,
                                    std::uint64_t num_bytes) {
  return list(target_of(caller, fd), into, num_bytes);
}

Result<std::int64_t> sys_removexattr(Caller& caller, GuestText path, GuestText name) {
  return remove(find_target(caller, path, FollowLast::kYes), name);
}
Result<std::int64_t> sys_lremovexattr(Caller& caller, GuestText path, GuestText name) {
  return remove(find_target(caller, path, FollowLast::kIfSlash), name);
}
Result<std::int64_t> sys_fremovexattr(Caller& caller, Fd fd, GuestText name) {
  return remove(target_of(caller, fd), name);
}

}  // namespace lind::rawposix
