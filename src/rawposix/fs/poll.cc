// poll and ppoll.

#include <poll.h>
#include <sys/syscall.h>

#include <span>
#include <vector>

#include "rawposix/fs/wait_internal.h"

namespace lind::rawposix {

Result<Timeout> read_timeout(GuestPtr<uapi::Timespec> timeout) {
  if (timeout.is_null()) return Timeout();
  const uapi::Timespec time = LIND_TRY(timeout.read());
  if (time.sec < 0 || time.nsec < 0 || time.nsec >= 1'000'000'000) return uapi::Errno::kEINVAL;
  return Timeout({.tv_sec = time.sec, .tv_nsec = time.nsec});
}

Timeout milliseconds(std::int32_t timeout_ms) noexcept {
  if (timeout_ms < 0) return {};
  return Timeout({.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1'000'000L});
}

void refine(std::span<struct pollfd> fds, std::span<const WaitedVirtual> virtual_files) {
  for (const auto& [index, file] : virtual_files) {
    struct pollfd& entry = fds[index];
    const std::optional<short> events = file->poll_events();
    if (entry.revents == 0 || !events) continue;
    const int holds = *events & (entry.events | POLLERR | POLLHUP);
    // What held when the host looked may have passed; the count of ready ones is told already.
    if (holds != 0) entry.revents = static_cast<short>(holds);
  }
}

Result<std::int64_t> wait_for(Caller& caller, std::span<struct pollfd> fds, Timeout* timeout) {
  struct timespec* const limit = timeout->has_value() ? &**timeout : nullptr;
  return restartable_without_handler(caller.thread().blocking_syscall(
      SYS_ppoll, host_args(fds.data(), fds.size(), limit, static_cast<const void*>(nullptr), 8)));
}

namespace {

/// The guest's array and its counterpart for the host.
struct PollSet {
  std::vector<uapi::Pollfd> guest;
  std::vector<struct pollfd> host;
  std::vector<std::shared_ptr<OpenFile>> files;  ///< keep the host descriptors open
  std::vector<WaitedVirtual> virtual_files;      ///< kept alive by `files`
  std::int64_t num_bad = 0;                      ///< descriptors that are not open: POLLNVAL
};

Result<PollSet> read_set(Caller& caller, GuestPtr<uapi::Pollfd> fds, std::uint32_t num_fds) {
  PollSet set;
  set.guest.resize(num_fds);
  if (num_fds > 0) {
    LIND_TRY(fds.owner()->copy_in(std::as_writable_bytes(std::span(set.guest)), fds.addr()));
  }
  set.host.reserve(num_fds);
  for (uapi::Pollfd& entry : set.guest) {
    entry.revents = 0;
    struct pollfd host = {.fd = -1, .events = entry.events, .revents = 0};
    if (entry.fd >= 0) {
      Result<std::shared_ptr<OpenFile>> file = caller.fds().get(Fd{entry.fd});
      if (file.ok()) {
        host.fd = file.value()->host_fd();
        if (VirtualFile* const own = file.value()->virtual_file()) {
          own->about_to_wait(caller);
          set.virtual_files.push_back({set.host.size(), own});
        }
        set.files.push_back(std::move(file).value());
      } else {
        entry.revents = POLLNVAL;
        ++set.num_bad;
      }
    }
    set.host.push_back(host);
  }
  return set;
}

/// Stores every revents, and nothing else of an entry.
Result<void> write_set(const PollSet& set, GuestPtr<uapi::Pollfd> fds) {
  for (std::size_t i = 0; i < set.guest.size(); ++i) {
    const auto revents = static_cast<std::int16_t>(set.guest[i].revents | set.host[i].revents);
    LIND_TRY(fds.element(i).at_byte<std::int16_t>(offsetof(uapi::Pollfd, revents)).write(revents));
  }
  return {};
}

Result<std::int64_t> poll_fds(Caller& caller, GuestPtr<uapi::Pollfd> fds, std::uint32_t num_fds,
                              Timeout* timeout) {
  if (num_fds > caller.fds().limit()) return uapi::Errno::kEINVAL;
  PollSet set = LIND_TRY(read_set(caller, fds, num_fds));
  Timeout none({.tv_sec = 0, .tv_nsec = 0});
  const std::int64_t num_ready =
      LIND_TRY(wait_for(caller, set.host, set.num_bad > 0 ? &none : timeout));
  refine(set.host, set.virtual_files);
  LIND_TRY(write_set(set, fds));
  return num_ready + set.num_bad;
}

}  // namespace

Result<std::int64_t> sys_poll(Caller& caller, GuestPtr<uapi::Pollfd> fds, std::uint32_t num_fds,
                              std::int32_t timeout_ms) {
  Timeout timeout = milliseconds(timeout_ms);
  return poll_fds(caller, fds, num_fds, &timeout);
}

Result<std::int64_t> sys_ppoll(Caller& caller, GuestPtr<uapi::Pollfd> fds, std::uint32_t num_fds,
                               GuestPtr<uapi::Timespec> timeout, GuestPtr<std::uint64_t> mask,
                               std::uint64_t mask_bytes) {
  Timeout left = LIND_TRY(read_timeout(timeout));
  Result<std::int64_t> result = with_signal_mask(
      caller, mask, mask_bytes, [&] { return poll_fds(caller, fds, num_fds, &left); });
  if (left.has_value()) {
    // As on Linux, a time that cannot be stored does not change the result.
    (void)timeout
        .write({.sec = left->tv_sec, .nsec = static_cast<std::int32_t>(left->tv_nsec), .pad = 0})
        .ok();
  }
  return result;
}

}  // namespace lind::rawposix
