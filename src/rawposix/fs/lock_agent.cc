#include "rawposix/fs/lock_agent.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "host/errno.h"
#include "rawposix/fs/host_args.h"
#include "runtime/thread.h"

namespace lind::rawposix {
namespace {

std::shared_ptr<host::UniqueFd> open_again(const OpenFile& file, int access) {
  // The number is ours, not a guest's.
  const std::string path = "/proc/self/fd/" + std::to_string(file.host_fd());
  host::UniqueFd fd(::open(path.c_str(), access | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  return fd.valid() ? std::make_shared<host::UniqueFd>(std::move(fd)) : nullptr;
}

}  // namespace

Result<std::shared_ptr<LockAgent>> LockAgent::create(const OpenFile& file, Kind kind) {
  const auto agent = [](std::shared_ptr<host::UniqueFd> fd, bool reads, bool writes) {
    return std::shared_ptr<LockAgent>(new LockAgent(std::move(fd), reads, writes));
  };
  if (file.type() == OpenFile::Type::kRegular) {
    if (auto fd = open_again(file, O_RDWR)) return agent(std::move(fd), true, true);
    if (kind == Kind::kRead) {
      if (auto fd = open_again(file, O_RDONLY)) return agent(std::move(fd), true, false);
    }
  }
  const int flags = ::fcntl(file.host_fd(), F_GETFL);
  if (flags < 0) return host::last_errno();
  const int access = flags & O_ACCMODE;
  return agent(file.shared_fd(), access != O_WRONLY, access != O_RDONLY);
}

struct flock LockAgent::request(Kind kind, const LockRange& range) const noexcept {
  struct flock lock{};
  // One that cannot read keeps others out more than it need.
  const bool as_write = kind == Kind::kRead && !reads_;
  lock.l_type = static_cast<short>(as_write ? Kind::kWrite : kind);
  lock.l_whence = SEEK_SET;
  lock.l_start = range.first;
  lock.l_len = range.last == LockRange::kLastByte ? 0 : range.last - range.first + 1;
  return lock;
}

Result<void> LockAgent::set(Kind kind, const LockRange& range) const {
  struct flock lock = request(kind, range);
  if (::fcntl(fd_->get(), F_OFD_SETLK, &lock) != 0) return host::last_errno();
  return {};
}

Result<void> LockAgent::wait(Kind kind, const LockRange& range, runtime::Thread& waiter) const {
  struct flock lock = request(kind, range);
  LIND_TRY(waiter.blocking_syscall(SYS_fcntl, host_args(fd_->get(), F_OFD_SETLKW, &lock)));
  return {};
}

Result<std::optional<struct flock>> LockAgent::find_conflict(Kind kind,
                                                             const LockRange& range) const {
  struct flock lock = request(kind, range);
  if (::fcntl(fd_->get(), F_OFD_GETLK, &lock) != 0) return host::last_errno();
  if (lock.l_type == F_UNLCK) return std::optional<struct flock>();
  return std::optional(lock);
}

}  // namespace lind::rawposix
