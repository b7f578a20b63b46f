#include "rawposix/fs/open_file.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <utility>

#include "host/errno.h"
#include "rawposix/net/socket_state.h"

namespace lind::rawposix {
namespace {

constexpr unsigned kMemoryDevices = 1;  // Documentation/admin-guide/devices.txt, v6.1

OpenFile::Type classify(int fd, const struct stat& status) {
  using Type = OpenFile::Type;
  switch (status.st_mode & S_IFMT) {
    case S_IFREG:
      return Type::kRegular;
    case S_IFDIR:
      return Type::kDirectory;
    case S_IFIFO:
      return Type::kPipe;
    case S_IFSOCK:
      return Type::kSocket;
    case S_IFCHR:
      if (major(status.st_rdev) == kMemoryDevices) return Type::kDevice;
      return ::isatty(fd) == 1 ? Type::kTerminal : Type::kOther;
    default:
      return Type::kOther;
  }
}

}  // namespace

Result<std::shared_ptr<OpenFile>> adopt_host_file(host::UniqueFd fd, bool read_only_mount,
                                                  std::string path) {
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return host::last_errno();
  return adopt_host_file(std::move(fd), status, read_only_mount, std::move(path));
}

std::shared_ptr<OpenFile> adopt_host_file(host::UniqueFd fd, const struct stat& status,
                                          bool read_only_mount, std::string path) {
  const OpenFile::Type type = classify(fd.get(), status);
  if (type == OpenFile::Type::kSocket) {
    FileExtras extras{.socket = adopt_socket(fd.get())};
    return std::make_shared<OpenFile>(std::make_shared<host::UniqueFd>(std::move(fd)), type,
                                      read_only_mount, std::move(path), nullptr, std::move(extras));
  }
  return std::make_shared<OpenFile>(std::make_shared<host::UniqueFd>(std::move(fd)), type,
                                    read_only_mount, std::move(path));
}

Result<int> OpenFile::host_fd_number(std::size_t number) const {
  if (number == 0) return host_fd();
  const MutexLock lock(mu_);
  while (more_fds_.size() < number) {
    host::UniqueFd copy(::fcntl(host_fd(), F_DUPFD_CLOEXEC, 3));
    if (!copy.valid()) return host::last_errno();
    more_fds_.push_back(std::move(copy));
  }
  return more_fds_[number - 1].get();
}

std::shared_ptr<OpenFile> make_open_file(host::UniqueFd fd, OpenFile::Type type,
                                         bool read_only_mount, std::string path) {
  auto file = std::make_shared<OpenFile>(std::make_shared<host::UniqueFd>(std::move(fd)), type,
                                         read_only_mount, std::move(path));
  file->own_flags();
  return file;
}

Result<std::int32_t> OpenFile::status_flags() const {
  const std::int32_t known = flags_.load(std::memory_order_relaxed);
  if (known != kUnknown) return known;
  const MutexLock lock(flags_mu_);
  const int flags = ::fcntl(host_fd(), F_GETFL);
  if (flags < 0) return host::last_errno();
  if (owns_flags_) flags_.store(flags, std::memory_order_relaxed);
  return flags;
}

Result<void> OpenFile::set_status_flags(std::int32_t flags) {
  const MutexLock lock(flags_mu_);
  flags_.store(kUnknown, std::memory_order_relaxed);
  if (::fcntl(host_fd(), F_SETFL, flags) != 0) return host::last_errno();
  return {};
}

Result<void> OpenFile::set_nonblocking(bool value) {
  const MutexLock lock(flags_mu_);
  flags_.store(kUnknown, std::memory_order_relaxed);
  const int on = value ? 1 : 0;
  if (::ioctl(host_fd(), FIONBIO, &on) != 0) return host::last_errno();
  return {};
}

}  // namespace lind::rawposix
