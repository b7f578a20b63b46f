#include "rawposix/proc/exit_event.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "host/errno.h"

namespace lind::rawposix {

Result<host::UniqueFd> ExitEvent::watch() {
  const MutexLock lock(mu_);
  if (!reader_.valid()) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return host::last_errno();
    reader_.reset(ends[0]);
    writer_.reset(ends[1]);
    if (happened_) tell_locked();
  }
  host::UniqueFd copy(::fcntl(reader_.get(), F_DUPFD_CLOEXEC, 3));
  if (!copy.valid()) return host::last_errno();
  return copy;
}

void ExitEvent::happened() {
  const MutexLock lock(mu_);
  happened_ = true;
  if (writer_.valid()) tell_locked();
}

void ExitEvent::tell_locked() {
  (void)!::write(writer_.get(), "", 1);  // there is room: it is the only byte
}

}  // namespace lind::rawposix
