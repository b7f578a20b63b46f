// select and pselect6, by way of the host's ppoll.

#include <poll.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "base/checked.h"
#include "rawposix/fs/wait_internal.h"

namespace lind::rawposix {
namespace {

// fs/select.c, v6.1: POLLIN_SET, POLLOUT_SET, POLLEX_SET; what the three sets ask for and mean.
constexpr short kIn = POLLRDNORM | POLLRDBAND | POLLIN;
constexpr short kOut = POLLWRBAND | POLLWRNORM | POLLOUT;
constexpr std::array<short, 3> kAsks = {kIn, kOut, POLLPRI};
constexpr std::array<short, 3> kMeans = {kIn | POLLHUP | POLLERR, kOut | POLLERR, POLLPRI};
/// A table has room for as many descriptors from the start.  Source: NR_OPEN_DEFAULT.
constexpr std::uint32_t kMinSlots = 64;

using Words = std::vector<std::uint32_t>;  ///< bit n of a set is bit n % 32 of word n / 32

bool has(const Words& set, std::size_t bit) {
  return !set.empty() && ((set[bit / 32] >> (bit % 32)) & 1) != 0;
}

/// The three sets of one call.
class SelectSets {
 public:
  static Result<SelectSets> read(const std::array<GuestBytes, 3>& sets, std::uint32_t num_fds) {
    SelectSets result;
    result.sets_ = sets;
    for (std::size_t k = 0; k < sets.size(); ++k) {
      if (sets[k].is_null()) continue;
      result.words_[k].resize((num_fds + 31) / 32);
      LIND_TRY(sets[k].owner()->copy_in(std::as_writable_bytes(std::span(result.words_[k])),
                                        sets[k].addr()));
    }
    return result;
  }

  /// The events that are asked of descriptor `fd`.
  short asked(std::size_t fd) const {
    short events = 0;
    for (std::size_t k = 0; k < kAsks.size(); ++k) {
      if (has(words_[k], fd)) events = static_cast<short>(events | kAsks[k]);
    }
    return events;
  }

  /// Replaces the sets by what `fds` report; returns the number of bits.
  std::int64_t store(std::span<const struct pollfd> fds, std::span<const std::uint32_t> numbers) {
    const std::array<Words, 3> asked = words_;
    for (Words& words : words_)
      std::fill(words.begin(), words.end(), 0);
    std::int64_t num_bits = 0;
    for (std::size_t i = 0; i < fds.size(); ++i) {
      for (std::size_t k = 0; k < kMeans.size(); ++k) {
        if (!has(asked[k], numbers[i]) || (fds[i].revents & kMeans[k]) == 0) continue;
        words_[k][numbers[i] / 32] |= std::uint32_t{1} << (numbers[i] % 32);
        ++num_bits;
      }
    }
    return num_bits;
  }

  Result<void> write() const {
    for (std::size_t k = 0; k < sets_.size(); ++k) {
      if (words_[k].empty()) continue;
      LIND_TRY(sets_[k].owner()->copy_out(sets_[k].addr(), std::as_bytes(std::span(words_[k]))));
    }
    return {};
  }

 private:
  std::array<GuestBytes, 3> sets_;
  std::array<Words, 3> words_;
};

Result<std::int64_t> select_fds(Caller& caller, std::int32_t num_fds,
                                const std::array<GuestBytes, 3>& guest_sets, Timeout* timeout) {
  if (num_fds < 0) return uapi::Errno::kEINVAL;
  const std::uint32_t num =
      std::min(static_cast<std::uint32_t>(num_fds), std::max(kMinSlots, caller.fds().num_slots()));
  SelectSets sets = LIND_TRY(SelectSets::read(guest_sets, num));
  std::vector<struct pollfd> host;
  std::vector<std::uint32_t> numbers;
  std::vector<std::shared_ptr<OpenFile>> files;
  std::vector<WaitedVirtual> virtual_files;
  for (std::uint32_t fd = 0; fd < num; ++fd) {
    const short events = sets.asked(fd);
    if (events == 0) continue;
    files.push_back(LIND_TRY(caller.fds().get(Fd{static_cast<std::int32_t>(fd)})));
    if (VirtualFile* const own = files.back()->virtual_file()) {
      own->about_to_wait(caller);
      virtual_files.push_back({host.size(), own});
    }
    host.push_back({.fd = files.back()->host_fd(), .events = events, .revents = 0});
    numbers.push_back(fd);
  }
  (void)LIND_TRY(wait_for(caller, host, timeout));
  refine(host, virtual_files);
  const std::int64_t num_bits = sets.store(host, numbers);
  LIND_TRY(sets.write());
  return num_bits;
}

}  // namespace

Result<std::int64_t> sys_select(Caller& caller, std::int32_t num_fds, GuestBytes readable,
                                GuestBytes writable, GuestBytes exceptional,
                                GuestPtr<uapi::Timeval> timeout) {
  Timeout left;
  if (!timeout.is_null()) {
    const uapi::Timeval time = LIND_TRY(timeout.read());
    // Whole seconds in tv_usec are carried over.  Source: kern_select, fs/select.c, v6.1.
    const auto seconds = checked_add<std::int64_t>(time.sec, time.usec / 1'000'000);
    if (!seconds.has_value() || *seconds < 0 || time.usec < 0) return uapi::Errno::kEINVAL;
    left = {.tv_sec = *seconds, .tv_nsec = time.usec % 1'000'000 * 1000L};
  }
  Result<std::int64_t> result =
      select_fds(caller, num_fds, {readable, writable, exceptional}, &left);
  if (left.has_value()) {
    // As on Linux, a time that cannot be stored does not change the result.
    (void)timeout
        .write({.sec = left->tv_sec,
                .usec = static_cast<std::int32_t>(left->tv_nsec / 1000),
                .pad = 0})
        .ok();
  }
  return result;
}

Result<std::int64_t> sys_pselect6(Caller& caller, std::int32_t num_fds, GuestBytes readable,
                                  GuestBytes writable, GuestBytes exceptional,
                                  GuestPtr<uapi::Timespec> timeout,
                                  GuestPtr<uapi::SigsetArgument> mask) {
  uapi::SigsetArgument set;
  if (!mask.is_null()) set = LIND_TRY(mask.read());
  Timeout left = LIND_TRY(read_timeout(timeout));
  const GuestPtr<std::uint64_t> mask_pointer(mask.owner(), GuestAddr{set.mask_pointer});
  Result<std::int64_t> result = with_signal_mask(caller, mask_pointer, set.size, [&] {
    return select_fds(caller, num_fds, {readable, writable, exceptional}, &left);
  });
  if (left.has_value()) {
    (void)timeout
        .write({.sec = left->tv_sec, .nsec = static_cast<std::int32_t>(left->tv_nsec), .pad = 0})
        .ok();
  }
  return result;
}

}  // namespace lind::rawposix
