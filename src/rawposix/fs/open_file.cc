#include "rawposix/fs/open_file.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <bit>
#include <utility>

#include "base/units.h"
#include "host/errno.h"
#include "rawposix/fs/fd_table.h"
#include "rawposix/net/socket_state.h"

namespace lind::rawposix {
namespace {
/// Source: PIPE_DEF_BUFFERS and pipe-user-pages-soft, fs/pipe.c, v6.1.
constexpr std::uint64_t kUsualPipeBytes = 64 * kKiB;
constexpr std::uint64_t kMostExtraPipeBytes = 4096 * kHostPageSize;

/// Of all pipes.
std::atomic<std::uint64_t>& extra_pipe_bytes() noexcept {
  static std::atomic<std::uint64_t> sum{0};
  return sum;
}

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

std::atomic<std::size_t>& OpenFile::count() noexcept {
  static std::atomic<std::size_t> files{0};
  return files;
}

OpenFile::~OpenFile() {
  count().fetch_sub(1, std::memory_order_relaxed);
  extra_pipe_bytes().fetch_sub(extra_pipe_bytes_, std::memory_order_relaxed);
}

bool OpenFile::may_be_more() noexcept {
  static const std::size_t most = [] {
    struct rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur / 2 : FdTable::kDefaultLimit;
  }();
  return count().load(std::memory_order_relaxed) < most;
}

bool OpenFile::may_enlarge_pipe(std::uint64_t num_bytes) noexcept {
  const std::uint64_t size = std::bit_ceil(num_bytes);  // as the host rounds it
  const std::uint64_t extra = size > kUsualPipeBytes ? size - kUsualPipeBytes : 0;
  const std::uint64_t old = extra_pipe_bytes_.exchange(extra);
  const std::uint64_t sum =
      extra_pipe_bytes().fetch_add(extra - old) + (extra - old);  // modulo: less is a huge number
  if (extra <= old || sum <= kMostExtraPipeBytes) return true;
  extra_pipe_bytes_ = old;
  extra_pipe_bytes().fetch_sub(extra - old);
  return false;
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
