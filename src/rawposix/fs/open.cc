// open and close.

#include <linux/close_range.h>
#include <linux/openat2.h>

#include <algorithm>
#include <array>
#include <span>

#include "rawposix/fs/file_call_internal.h"
#include "rawposix/fs/virtual_node.h"
#include "runtime/address_space.h"

namespace lind::rawposix {
namespace {

constexpr std::uint64_t kMaxHowBytes = 4096;  // fs/open.c, v6.1: PAGE_SIZE

Result<std::shared_ptr<OpenFile>> open_path(Caller& caller, const BaseDirectory& base,
                                            const std::string& path, std::uint64_t flags,
                                            std::uint32_t mode) {
  const std::uint32_t permissions = mode & ~caller.fs().umask();
  const MountTable& mounts = caller.fs().mounts();
  ResolvedName virtual_name;
  Result<std::shared_ptr<OpenFile>> file =
      mounts.open(base, path, flags, permissions, &caller.thread(), &virtual_name);
  if (!virtual_name.is_virtual) return file;
  const bool follow =
      (flags & O_NOFOLLOW) == 0 && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
  const Place place = LIND_TRY(find_place(caller, std::move(virtual_name),
                                          follow ? FollowLast::kYes : FollowLast::kIfSlash));
  if (place.node) return open_node(caller, *place.node, flags);
  return mounts.open(caller.top_directory(), place.name.guest_path, flags, permissions,
                     &caller.thread());
}

Result<std::int64_t> install_opened(FdSlot slot, Result<std::shared_ptr<OpenFile>> file,
                                    std::uint64_t flags) {
  if (!file.ok()) return restartable(file.error());
  slot.install(std::move(file).value(), (flags & O_CLOEXEC) != 0);
  return to_i32(slot.fd());
}

Result<std::int64_t> open_text(Caller& caller, Fd dir, const std::string& path, std::uint64_t flags,
                               std::uint32_t mode) {
  FdSlot slot = LIND_TRY(caller.fds().reserve());
  const BaseDirectory base = LIND_TRY(base_of(caller, dir, path));
  return install_opened(std::move(slot), open_path(caller, base, path, flags, mode), flags);
}

/// struct open_how of a caller that may know an older or a newer one.
Result<uapi::OpenHow> read_how(GuestPtr<uapi::OpenHow> how, std::uint64_t num_bytes) {
  if (num_bytes < sizeof(uapi::OpenHow)) return uapi::Errno::kEINVAL;
  if (num_bytes > kMaxHowBytes) return uapi::Errno::kE2BIG;
  std::array<std::byte, kMaxHowBytes> bytes{};
  LIND_TRY(how.owner()->copy_in(std::span(bytes).first(num_bytes), how.addr()));
  const auto rest = std::span(bytes).first(num_bytes).subspan(sizeof(uapi::OpenHow));
  if (std::any_of(rest.begin(), rest.end(), [](std::byte b) { return b != std::byte{0}; })) {
    return uapi::Errno::kE2BIG;
  }
  uapi::OpenHow result;
  std::copy_n(bytes.begin(), sizeof(result), std::as_writable_bytes(std::span(&result, 1)).begin());
  return result;
}

/// openat2 refuses what open ignores.  Source: build_open_flags, fs/open.c, v6.1.
Result<void> check_how(const uapi::OpenHow& how) {
  constexpr std::uint64_t kKnown = O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND |
                                   O_NONBLOCK | O_SYNC | O_ASYNC | O_DIRECT | O_DIRECTORY |
                                   O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | O_TMPFILE |
                                   0100000;  // O_LARGEFILE of the kernel
  constexpr std::uint64_t kWithPath = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  constexpr std::uint64_t kResolve = RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS |
                                     RESOLVE_BENEATH | RESOLVE_IN_ROOT | RESOLVE_CACHED;
  constexpr std::uint64_t kScoped = RESOLVE_BENEATH | RESOLVE_IN_ROOT;
  if ((how.flags & ~kKnown) != 0 || (how.resolve & ~kResolve) != 0) return uapi::Errno::kEINVAL;
  if ((how.resolve & kScoped) == kScoped) return uapi::Errno::kEINVAL;
  const bool creates = (how.flags & (O_CREAT | __O_TMPFILE)) != 0;
  if (creates ? (how.mode & ~std::uint64_t{07777}) != 0 : how.mode != 0) {
    return uapi::Errno::kEINVAL;
  }
  if ((how.flags & O_PATH) != 0 && (how.flags & ~kWithPath) != 0) return uapi::Errno::kEINVAL;
  return {};
}

/// Where `path` starts, with what openat2 demands of the way.
Result<BaseDirectory> scoped_base(Caller& caller, Fd dir, const std::string& path,
                                  std::uint64_t resolve) {
  const bool in_root = (resolve & RESOLVE_IN_ROOT) != 0;
  const bool beneath = (resolve & RESOLVE_BENEATH) != 0;
  // Also an absolute path is seen from the directory then.
  BaseDirectory base = LIND_TRY(base_of(caller, dir, in_root || beneath ? "." : path));
  if (in_root) base.root = std::make_shared<const BaseDirectory>(base);
  base.rules = {.no_links = (resolve & RESOLVE_NO_SYMLINKS) != 0,
                .no_other_mount = (resolve & RESOLVE_NO_XDEV) != 0,
                .beneath = beneath};
  return base;
}

/// The links of /proc lead anywhere.
Result<void> check_virtual(Caller& caller, const BaseDirectory& base, const std::string& path,
                           const uapi::OpenHow& how) {
  if (how.resolve == 0) return {};
  const Result<ResolvedName> name = caller.fs().mounts().resolve(base, path, FollowLast::kNo);
  if (!name.ok() || !name.value().is_virtual) return {};  // the open itself has the error
  if ((how.resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) != 0) return uapi::Errno::kEXDEV;
  const Result<Place> place = find_place(caller, name.value(), FollowLast::kNo);
  const bool link = place.ok() && place.value().node && place.value().node->open_target != nullptr;
  return link && (how.flags & O_NOFOLLOW) == 0 ? Result<void>(uapi::Errno::kELOOP) : Result<void>();
}

}  // namespace

Result<std::int64_t> sys_open(Caller& caller, GuestText path, std::int32_t flags,
                              std::uint32_t mode) {
  return sys_openat(caller, kCurrentDirectory, path, flags, mode);
}

Result<std::int64_t> sys_creat(Caller& caller, GuestText path, std::uint32_t mode) {
  return sys_openat(caller, kCurrentDirectory, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

Result<std::int64_t> sys_openat(Caller& caller, Fd dir, GuestText path, std::int32_t flags,
                                std::uint32_t mode) {
  const std::string text = LIND_TRY(read_path(path));
  return open_text(caller, dir, text, static_cast<std::uint32_t>(flags), mode);
}

Result<std::int64_t> sys_openat2(Caller& caller, Fd dir, GuestText path,
                                 GuestPtr<uapi::OpenHow> how, std::uint64_t how_bytes) {
  const uapi::OpenHow request = LIND_TRY(read_how(how, how_bytes));
  LIND_TRY(check_how(request));
  const std::string text = LIND_TRY(read_path(path));
  if ((request.resolve & RESOLVE_CACHED) != 0) return uapi::Errno::kEAGAIN;  // always allowed
  FdSlot slot = LIND_TRY(caller.fds().reserve());
  const BaseDirectory base = LIND_TRY(scoped_base(caller, dir, text, request.resolve));
  LIND_TRY(check_virtual(caller, base, text, request));
  const auto mode = static_cast<std::uint32_t>(request.mode);
  return install_opened(std::move(slot), open_path(caller, base, text, request.flags, mode),
                        request.flags);
}

Result<std::int64_t> sys_close(Caller& caller, Fd fd) {
  LIND_TRY(caller.fds().close(fd));
  return 0;
}

Result<std::int64_t> sys_close_range(Caller& caller, std::uint32_t first, std::uint32_t last,
                                     std::uint32_t flags) {
  if ((flags & ~std::uint32_t{CLOSE_RANGE_CLOEXEC}) != 0 || first > last) {
    return uapi::Errno::kEINVAL;
  }
  if ((flags & CLOSE_RANGE_CLOEXEC) != 0) {
    caller.fds().mark_range(first, last);
  } else {
    caller.fds().close_range(first, last);
  }
  return 0;
}

}  // namespace lind::rawposix
