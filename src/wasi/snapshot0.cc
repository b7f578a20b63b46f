// wasi_unstable, the predecessor: other numbers of whence, a shorter filestat, a longer
// subscription.

#include <array>
#include <vector>

#include "wasi/functions.h"
#include "wasi/poll_internal.h"
#include "wasi/stat_internal.h"

namespace lind::wasi {
namespace {

Filestat0 to_old(const Filestat& stat) {
  return {.dev = stat.dev,
          .ino = stat.ino,
          .filetype = stat.filetype,
          .pad = {},
          .nlink = static_cast<std::uint32_t>(stat.nlink),
          .size = stat.size,
          .atim = stat.atim,
          .mtim = stat.mtim,
          .ctim = stat.ctim};
}

Subscription to_new(const Subscription0& old) {
  Subscription subscription{.userdata = old.userdata, .tag = old.tag};
  if (old.tag != kEventClock) {
    subscription.id = static_cast<std::uint32_t>(old.identifier);
    return subscription;
  }
  subscription.id = old.clock;
  subscription.timeout = old.timeout;
  subscription.precision = old.precision;
  subscription.flags = old.flags;
  return subscription;
}

}  // namespace

Answer fd_seek_0(Context& context, std::uint32_t fd, std::int64_t delta, std::uint32_t whence,
                 Ptr<std::uint64_t> offset) {
  constexpr std::array<std::uint32_t, 3> kNew = {1, 2, 0};  // of cur, end, set
  if (whence >= kNew.size()) return Errno::kInval;
  return fd_seek(context, fd, delta, kNew[whence], offset);
}

Answer fd_filestat_get_0(Context& context, std::uint32_t fd, Ptr<Filestat0> stat) {
  const Filestat status = LIND_TRY(stat_open(context, fd));
  return stat.write(to_old(status));
}

Answer path_filestat_get_0(Context& context, std::uint32_t fd, std::uint32_t flags, Bytes path,
                           std::uint32_t path_bytes, Ptr<Filestat0> stat) {
  const Filestat status = LIND_TRY(stat_path(context, fd, flags, path, path_bytes));
  return stat.write(to_old(status));
}

Answer poll_oneoff_0(Context& context, Ptr<Subscription0> in, Ptr<Event> out, std::uint32_t count,
                     Ptr<std::uint32_t> num_events) {
  if (count > kMaxSubscriptions) return Errno::kNomem;
  std::vector<Subscription> subscriptions;
  for (std::uint32_t i = 0; i < count; ++i)
    subscriptions.push_back(to_new(LIND_TRY(in.read(i))));
  return poll_all(context, subscriptions, out, num_events);
}

}  // namespace lind::wasi
