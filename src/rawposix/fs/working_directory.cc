// getcwd, chdir, fchdir, chroot.

#include <sys/stat.h>
#include <sys/syscall.h>

#include <span>

#include "rawposix/fs/file_call_internal.h"
#include "rawposix/fs/guest_path.h"
#include "rawposix/fs/permission.h"
#include "rawposix/fs/virtual_node.h"
#include "runtime/address_space.h"

namespace lind::rawposix {
namespace {

Result<std::int64_t> change_to(Caller& caller, const OpenFile& directory) {
  if (directory.virtual_file() != nullptr) {
    const struct stat own = LIND_TRY(directory.virtual_file()->status(caller));
    if (!S_ISDIR(own.st_mode)) return uapi::Errno::kENOTDIR;
    caller.fs().set_cwd(directory.path());
    return 0;
  }
  struct stat status{};
  LIND_TRY(from_libc(::fstat(directory.host_fd(), &status)));
  if (!S_ISDIR(status.st_mode)) return uapi::Errno::kENOTDIR;
  LIND_TRY(host_call(SYS_faccessat2, directory.host_fd(), "", X_OK, AT_EMPTY_PATH | AT_EACCESS));
  LIND_TRY(Permission(caller).access(status, X_OK));
  caller.fs().set_base({.path = directory.path(), .dir = directory.shared_fd()});
  return 0;
}

/// The directory `path`, for lookups.
Result<std::shared_ptr<OpenFile>> find_directory(Caller& caller, GuestText path) {
  const std::string text = LIND_TRY(read_path(path));
  const BaseDirectory base = LIND_TRY(base_of(caller, kCurrentDirectory, text));
  ResolvedName virtual_name;
  constexpr std::uint64_t kFlags = O_PATH | O_DIRECTORY;
  const MountTable& mounts = caller.fs().mounts();
  Result<std::shared_ptr<OpenFile>> directory =
      mounts.open(base, text, kFlags, 0, nullptr, &virtual_name);
  if (!virtual_name.is_virtual) return directory;
  const Place place = LIND_TRY(find_place(caller, std::move(virtual_name), FollowLast::kYes));
  return place.node ? open_node(caller, *place.node, kFlags)
                    : mounts.open(caller.top_directory(), place.name.guest_path, kFlags, 0);
}

/// The path of a directory below the root of its process.  Source of the prefix for one that is
/// not: fs/d_path.c, v6.1.
std::string seen_from_root(const BaseDirectory& here) {
  if (here.root == nullptr) return here.path;
  const std::string& root = here.root->path;
  if (!is_below(here.path, root)) return "(unreachable)" + here.path;
  return here.path == root ? "/" : here.path.substr(root == "/" ? 0 : root.size());
}

}  // namespace

Result<std::int64_t> sys_getcwd(Caller& caller, GuestBytes buffer, std::uint64_t num_bytes) {
  const BaseDirectory here = caller.fs().base();
  if (here.dir != nullptr) {
    struct stat status{};
    LIND_TRY(from_libc(::fstat(here.dir->get(), &status)));
    if (status.st_nlink == 0) return uapi::Errno::kENOENT;  // removed
  }
  const std::string path = seen_from_root(here);
  const std::size_t length = path.size() + 1;
  if (length > num_bytes) return uapi::Errno::kERANGE;
  LIND_TRY(buffer.owner()->copy_out(buffer.addr(), std::as_bytes(std::span(path.c_str(), length))));
  return static_cast<std::int64_t>(length);
}

Result<std::int64_t> sys_chdir(Caller& caller, GuestText path) {
  return change_to(caller, *LIND_TRY(find_directory(caller, path)));
}

Result<std::int64_t> sys_fchdir(Caller& caller, Fd fd) {
  const std::shared_ptr<OpenFile> directory = LIND_TRY(caller.fds().get(fd));
  return change_to(caller, *directory);
}

// The virtual places have no directory that lookups could start in.
Result<std::int64_t> sys_chroot(Caller& caller, GuestText path) {
  const std::shared_ptr<OpenFile> directory = LIND_TRY(find_directory(caller, path));
  if (directory->virtual_file() != nullptr) return uapi::Errno::kEACCES;
  LIND_TRY(Permission(caller).access(directory->host_fd(), X_OK));
  if (!caller.process().credentials()->is_root()) return uapi::Errno::kEPERM;
  LIND_TRY(host_call(SYS_faccessat2, directory->host_fd(), "", X_OK, AT_EMPTY_PATH | AT_EACCESS));
  caller.fs().set_root(std::make_shared<const BaseDirectory>(
      BaseDirectory{.path = directory->path(), .dir = directory->shared_fd()}));
  return 0;
}

}  // namespace lind::rawposix
