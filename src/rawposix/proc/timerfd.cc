// timerfd: the host's, as its clocks are.

#include <sys/timerfd.h>

#include "host/errno.h"
#include "rawposix/fs/file_call_internal.h"
#include "rawposix/proc/handlers.h"

namespace lind::rawposix {
namespace {

timespec to_host(const uapi::Timespec& time) noexcept {
  return {.tv_sec = time.sec, .tv_nsec = time.nsec};
}

uapi::Timespec to_guest(const timespec& time) noexcept {
  return {.sec = time.tv_sec, .nsec = static_cast<std::int32_t>(time.tv_nsec), .pad = 0};
}

uapi::Itimerspec to_guest(const itimerspec& value) noexcept {
  return {.interval = to_guest(value.it_interval), .value = to_guest(value.it_value)};
}

}  // namespace

SysResult sys_timerfd_create(Caller& caller, std::int32_t clock, std::int32_t flags) {
  if ((flags & ~(TFD_CLOEXEC | TFD_NONBLOCK)) != 0) return uapi::Errno::kEINVAL;
  // Alarm clocks wake the machine, which is nothing for a guest.
  if (clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM) return uapi::Errno::kEPERM;
  host::UniqueFd fd(::timerfd_create(clock, flags | TFD_CLOEXEC));
  if (!fd.valid()) return host::last_errno();
  return install_new(caller, make_open_file(std::move(fd), OpenFile::Type::kOther),
                     (flags & TFD_CLOEXEC) != 0);
}

SysResult sys_timerfd_settime(Caller& caller, std::int32_t fd, std::int32_t flags,
                              GuestPtr<uapi::Itimerspec> value,
                              GuestPtr<uapi::Itimerspec> old_value) {
  const uapi::Itimerspec given = LIND_TRY(value.read());
  const std::shared_ptr<OpenFile> file = LIND_TRY(caller.fds().get(Fd{fd}));
  const itimerspec wanted = {.it_interval = to_host(given.interval),
                             .it_value = to_host(given.value)};
  itimerspec old{};
  if (::timerfd_settime(file->host_fd(), flags, &wanted, &old) != 0) return host::last_errno();
  if (!old_value.is_null()) LIND_TRY(old_value.write(to_guest(old)));
  return 0;
}

SysResult sys_timerfd_gettime(Caller& caller, std::int32_t fd, GuestPtr<uapi::Itimerspec> value) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(caller.fds().get(Fd{fd}));
  itimerspec left{};
  if (::timerfd_gettime(file->host_fd(), &left) != 0) return host::last_errno();
  LIND_TRY(value.write(to_guest(left)));
  return 0;
}

}  // namespace lind::rawposix
