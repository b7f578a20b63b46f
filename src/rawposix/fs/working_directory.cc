// getcwd, chdir, fchdir.

#include <sys/stat.h>
#include <sys/syscall.h>

#include <span>

#include "rawposix/fs/file_call_internal.h"
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
  caller.fs().set_base({directory.path(), directory.shared_fd()});
  return 0;
}

}  // namespace

Result<std::int64_t> sys_getcwd(Caller& caller, GuestBytes buffer, std::uint64_t num_bytes) {
  const BaseDirectory here = caller.fs().base();
  if (here.dir != nullptr) {
    struct stat status{};
    LIND_TRY(from_libc(::fstat(here.dir->get(), &status)));
    if (status.st_nlink == 0) return uapi::Errno::kENOENT;  // removed
  }
  const std::size_t length = here.path.size() + 1;
  if (length > num_bytes) return uapi::Errno::kERANGE;
  LIND_TRY(
      buffer.owner()->copy_out(buffer.addr(), std::as_bytes(std::span(here.path.c_str(), length))));
  return static_cast<std::int64_t>(length);
}

Result<std::int64_t> sys_chdir(Caller& caller, GuestText path) {
  const std::string text = LIND_TRY(read_path(path));
  const BaseDirectory base = LIND_TRY(base_of(caller, kCurrentDirectory, text));
  ResolvedName virtual_name;
  constexpr std::uint64_t kFlags = O_PATH | O_DIRECTORY;
  const MountTable& mounts = caller.fs().mounts();
  Result<std::shared_ptr<OpenFile>> directory =
      mounts.open(base, text, kFlags, 0, nullptr, &virtual_name);
  if (virtual_name.is_virtual) {
    const Place place = LIND_TRY(find_place(caller, std::move(virtual_name), FollowLast::kYes));
    directory = place.node ? open_node(caller, *place.node, kFlags)
                           : mounts.open("/", place.name.guest_path, kFlags, 0);
  }
  return change_to(caller, *LIND_TRY(std::move(directory)));
}

Result<std::int64_t> sys_fchdir(Caller& caller, Fd fd) {
  const std::shared_ptr<OpenFile> directory = LIND_TRY(caller.fds().get(fd));
  return change_to(caller, *directory);
}

}  // namespace lind::rawposix
