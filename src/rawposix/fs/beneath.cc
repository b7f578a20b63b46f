#include "rawposix/fs/beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include <climits>

#include "host/errno.h"
#include "rawposix/fs/host_args.h"

namespace lind::rawposix {

Result<host::UniqueFd> open_beneath(int dir, const std::string& path, std::uint64_t flags,
                                    std::uint32_t mode, runtime::Thread* thread) {
  struct open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  if (thread == nullptr) {
    const long fd = ::syscall(SYS_openat2, dir, path.c_str(), &how, sizeof(how));
    if (fd < 0) return host::last_errno();
    return host::UniqueFd(static_cast<int>(fd));
  }
  const std::int64_t fd = LIND_TRY(
      thread->blocking_syscall(SYS_openat2, host_args(dir, path.c_str(), &how, sizeof(how))));
  return host::UniqueFd(static_cast<int>(fd));
}

Result<host::UniqueFd> directory_beneath(int dir, const std::string& path) {
  return open_beneath(dir, path, O_PATH | O_DIRECTORY);
}

Result<std::optional<std::string>> link_target(int dir, const std::string& name) {
  std::array<char, PATH_MAX> text{};
  const ssize_t length = ::readlinkat(dir, name.c_str(), text.data(), text.size());
  if (length < 0) {
    if (errno == EINVAL || errno == ENOENT) return std::optional<std::string>();
    return host::last_errno();
  }
  return std::optional<std::string>(std::in_place, text.data(), static_cast<std::size_t>(length));
}

}  // namespace lind::rawposix
