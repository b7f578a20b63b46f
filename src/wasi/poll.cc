// poll_oneoff: ppoll, with the time until the first clock as its limit.

#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "uapi/file.h"
#include "wasi/functions.h"
#include "wasi/poll_internal.h"
#include "wasi/program.h"
#include "wasi/time_internal.h"

namespace lind::wasi {
namespace {

using uapi::SyscallNo;

Event event_of(const Subscription& subscription, Errno error = Errno::kSuccess) {
  return {.userdata = subscription.userdata,
          .error = static_cast<std::uint16_t>(error),
          .type = subscription.tag};
}

/// What one call waits for.
class Poll {
 public:
  Poll(Context& context, const std::vector<Subscription>& subscriptions)
      : context_(context), subscriptions_(subscriptions) {}

  /// Waits until there is an event.
  Result<std::vector<Event>> run();

 private:
  struct Clock {
    const Subscription* subscription;
    std::uint64_t remaining_ns;
  };
  struct Descriptor {
    const Subscription* subscription;
    uapi::Pollfd entry;
  };

  Answer sort();
  Result<std::uint64_t> remaining(const Subscription& subscription);
  Answer wait();
  Result<std::uint64_t> readable_bytes(std::int32_t fd);
  Answer add_descriptor_event(const Descriptor& descriptor);

  Context& context_;
  const std::vector<Subscription>& subscriptions_;
  std::vector<Event> events_;
  std::vector<Clock> clocks_;
  std::vector<Descriptor> descriptors_;
};

Result<std::uint64_t> Poll::remaining(const Subscription& subscription) {
  if ((subscription.flags & ~kSubclockAbstime) != 0) return Errno::kInval;
  if (subscription.id > kClockMonotonic) {
    return subscription.id <= kClockThreadCputime ? Errno::kNotsup : Errno::kInval;
  }
  if ((subscription.flags & kSubclockAbstime) == 0) return subscription.timeout;
  const std::uint64_t now = LIND_TRY(read_clock(context_, subscription.id));
  return subscription.timeout > now ? subscription.timeout - now : 0;
}

// What cannot be waited for is an event at once.
Answer Poll::sort() {
  for (const Subscription& subscription : subscriptions_) {
    if (subscription.tag == kEventClock) {
      const Result<std::uint64_t> left = remaining(subscription);
      if (left.ok()) {
        clocks_.push_back({&subscription, left.value()});
      } else {
        events_.push_back(event_of(subscription, left.error()));
      }
    } else if (subscription.tag == kEventFdRead || subscription.tag == kEventFdWrite) {
      const auto found = context_.program.descriptors().find(subscription.id, kPollFdReadwrite);
      if (found.ok()) {
        const short wanted = subscription.tag == kEventFdRead ? POLLIN : POLLOUT;
        descriptors_.push_back(
            {&subscription,
             {.fd = static_cast<std::int32_t>(subscription.id), .events = wanted, .revents = 0}});
      } else {
        events_.push_back(event_of(subscription, found.error()));
      }
    } else {
      return Errno::kInval;
    }
  }
  return {};
}

Result<std::uint64_t> Poll::readable_bytes(std::int32_t fd) {
  const GuestAddr place = LIND_TRY(context_.linux.reserve(sizeof(std::int32_t)));
  const Result<std::int64_t> asked = context_.linux.make(SyscallNo::k_ioctl, fd, FIONREAD, place);
  if (!asked.ok()) return std::uint64_t{0};  // it is ready all the same
  return static_cast<std::uint64_t>(std::max(LIND_TRY(context_.linux.get<std::int32_t>(place)), 0));
}

Answer Poll::add_descriptor_event(const Descriptor& descriptor) {
  const int happened = descriptor.entry.revents;
  if (happened == 0) return {};
  Event event = event_of(*descriptor.subscription);
  if ((happened & POLLNVAL) != 0) {
    event = event_of(*descriptor.subscription, Errno::kBadf);
  } else if (descriptor.subscription->tag == kEventFdRead) {
    event.num_bytes = LIND_TRY(readable_bytes(descriptor.entry.fd));
  }
  if ((happened & (POLLHUP | POLLERR)) != 0) event.flags = kEventHangup;
  events_.push_back(event);
  return {};
}

Answer Poll::wait() {
  std::optional<std::uint64_t> limit_ns;
  for (const Clock& clock : clocks_)
    limit_ns = std::min(limit_ns.value_or(clock.remaining_ns), clock.remaining_ns);
  if (!events_.empty()) limit_ns = 0;

  std::vector<uapi::Pollfd> entries;
  for (const Descriptor& descriptor : descriptors_)
    entries.push_back(descriptor.entry);
  const GuestAddr fds = LIND_TRY(context_.linux.put_bytes(std::as_bytes(std::span(entries))));
  GuestAddr timeout{};
  if (limit_ns) timeout = LIND_TRY(context_.linux.put(to_timespec(*limit_ns)));
  const std::uint64_t start = LIND_TRY(read_clock(context_, kClockMonotonic));
  const std::int64_t num_ready =
      LIND_TRY(context_.linux.make(SyscallNo::k_ppoll, fds, entries.size(), timeout, 0, 8));
  const std::uint64_t end = LIND_TRY(read_clock(context_, kClockMonotonic));
  // Who waited for the whole time has waited for it, whatever the clock says now.
  const std::uint64_t waited_ns =
      num_ready == 0 && limit_ns ? std::max(*limit_ns, end - start) : end - start;

  LIND_TRY(context_.linux.get(fds, std::as_writable_bytes(std::span(entries))));
  for (std::size_t i = 0; i < descriptors_.size(); ++i) {
    descriptors_[i].entry.revents = entries[i].revents;
    LIND_TRY(add_descriptor_event(descriptors_[i]));
  }
  for (const Clock& clock : clocks_) {
    if (clock.remaining_ns <= waited_ns) events_.push_back(event_of(*clock.subscription));
  }
  return {};
}

Result<std::vector<Event>> Poll::run() {
  LIND_TRY(sort());
  LIND_TRY(wait());
  return std::move(events_);
}

}  // namespace

Answer poll_all(Context& context, const std::vector<Subscription>& subscriptions,
                const Ptr<Event>& out, const Ptr<std::uint32_t>& num_events) {
  if (subscriptions.empty()) return Errno::kInval;
  const std::vector<Event> events = LIND_TRY(Poll(context, subscriptions).run());
  LIND_TRY(out.copy_out(0, std::as_bytes(std::span(events))));
  return num_events.write(static_cast<std::uint32_t>(events.size()));
}

Answer poll_oneoff(Context& context, Ptr<Subscription> in, Ptr<Event> out, std::uint32_t count,
                   Ptr<std::uint32_t> num_events) {
  if (count > kMaxSubscriptions) return Errno::kNomem;
  std::vector<Subscription> subscriptions(count);
  LIND_TRY(in.copy_in(std::as_writable_bytes(std::span(subscriptions))));
  return poll_all(context, subscriptions, out, num_events);
}

}  // namespace lind::wasi
