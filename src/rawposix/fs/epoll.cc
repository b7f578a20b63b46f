// epoll: the host's, with guest data passed through untouched.

#include <sys/epoll.h>
#include <sys/syscall.h>

#include <bit>

#include "rawposix/fs/epoll_entries.h"
#include "rawposix/fs/io_vector.h"
#include "rawposix/fs/wait_internal.h"

namespace lind::rawposix {
namespace {

// fs/eventpoll.c, v6.1: EP_MAX_EVENTS.
constexpr std::int32_t kMaxEvents = INT32_MAX / static_cast<std::int32_t>(sizeof(uapi::EpollEvent));

Result<std::int64_t> wait_events(Caller& caller, Fd epoll, GuestPtr<uapi::EpollEvent> events,
                                 std::int32_t max_events, const Timeout& timeout) {
  if (max_events <= 0 || max_events > kMaxEvents) return uapi::Errno::kEINVAL;
  const std::shared_ptr<OpenFile> file = LIND_TRY(caller.fds().get(epoll));
  const std::uint64_t num_bytes = static_cast<std::uint64_t>(max_events) * sizeof(uapi::EpollEvent);
  const runtime::HostBuffer buffer = LIND_TRY(events.owner()->host_buffer(
      caller.in_flight(), events.addr(), num_bytes, runtime::Access::kWrite));
  if (file->type() != OpenFile::Type::kEpoll) return uapi::Errno::kEINVAL;
  struct timespec limit{};
  if (timeout.has_value()) limit = *timeout;
  const iovec vec = buffer.vec();
  // Unlike poll, never made again: EINTR stays.  Source: signal(7).
  return caller.thread().blocking_syscall(
      SYS_epoll_pwait2,
      host_args(file->host_fd(), vec.iov_base, max_events,
                timeout.has_value() ? &limit : static_cast<const struct timespec*>(nullptr),
                static_cast<const void*>(nullptr), 8));
}

Result<std::int64_t> wait_masked(Caller& caller, GuestPtr<std::uint64_t> mask,
                                 std::uint64_t mask_bytes, Fd epoll,
                                 GuestPtr<uapi::EpollEvent> events, std::int32_t max_events,
                                 const Timeout& timeout) {
  return with_signal_mask(caller, mask, mask_bytes,
                          [&] { return wait_events(caller, epoll, events, max_events, timeout); });
}

}  // namespace

Result<std::int64_t> sys_epoll_create(Caller& caller, std::int32_t size) {
  if (size <= 0) return uapi::Errno::kEINVAL;
  return sys_epoll_create1(caller, 0);
}

Result<std::int64_t> sys_epoll_create1(Caller& caller, std::int32_t flags) {
  if ((flags & ~EPOLL_CLOEXEC) != 0) return uapi::Errno::kEINVAL;
  host::UniqueFd fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!fd.valid()) return host::last_errno();
  auto file = std::make_shared<OpenFile>(std::make_shared<host::UniqueFd>(std::move(fd)),
                                         OpenFile::Type::kEpoll, false, std::string(), nullptr,
                                         FileExtras{.epoll = std::make_shared<EpollEntries>()});
  return install_new(caller, std::move(file), (flags & EPOLL_CLOEXEC) != 0);
}

Result<std::int64_t> sys_epoll_ctl(Caller& caller, Fd epoll, std::int32_t operation, Fd fd,
                                   GuestPtr<uapi::EpollEvent> event) {
  struct epoll_event host{};
  if (operation != EPOLL_CTL_DEL) {
    const uapi::EpollEvent asked = LIND_TRY(event.read());
    host = std::bit_cast<struct epoll_event>(asked);
  }
  const std::shared_ptr<OpenFile> set = LIND_TRY(caller.fds().get(epoll));
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  if (file->virtual_file() != nullptr) file->virtual_file()->about_to_wait(caller);
  if (set->shared_epoll() == nullptr || set == file) {
    // Not an epoll, or itself: the host says what is wrong.
    return host_call(SYS_epoll_ctl, set->host_fd(), operation, file->host_fd(), &host);
  }
  EpollEntries& entries = *set->shared_epoll();
  const int host_fd = LIND_TRY(entries.host_fd(file, fd));
  const Result<std::int64_t> result =
      host_call(SYS_epoll_ctl, set->host_fd(), operation, host_fd, &host);
  const bool is_absent = result.ok()                  ? operation == EPOLL_CTL_DEL
                         : operation == EPOLL_CTL_ADD ? result.error() != uapi::Errno::kEEXIST
                                                      : result.error() == uapi::Errno::kENOENT;
  if (is_absent) entries.remove(file, fd);
  return result;
}

Result<std::int64_t> sys_epoll_wait(Caller& caller, Fd epoll, GuestPtr<uapi::EpollEvent> events,
                                    std::int32_t max_events, std::int32_t timeout_ms) {
  return wait_events(caller, epoll, events, max_events, milliseconds(timeout_ms));
}

Result<std::int64_t> sys_epoll_pwait(Caller& caller, Fd epoll, GuestPtr<uapi::EpollEvent> events,
                                     std::int32_t max_events, std::int32_t timeout_ms,
                                     GuestPtr<std::uint64_t> mask, std::uint64_t mask_bytes) {
  return wait_masked(caller, mask, mask_bytes, epoll, events, max_events, milliseconds(timeout_ms));
}

Result<std::int64_t> sys_epoll_pwait2(Caller& caller, Fd epoll, GuestPtr<uapi::EpollEvent> events,
                                      std::int32_t max_events, GuestPtr<uapi::Timespec> timeout,
                                      GuestPtr<std::uint64_t> mask, std::uint64_t mask_bytes) {
  const Timeout limit = LIND_TRY(read_timeout(timeout));
  return wait_masked(caller, mask, mask_bytes, epoll, events, max_events, limit);
}

}  // namespace lind::rawposix
