// Calls that move bytes from one open file to another inside the host.

#include <sys/syscall.h>

#include <algorithm>
#include <optional>

#include "rawposix/fs/file_call_internal.h"
#include "runtime/address_space.h"

namespace lind::rawposix {
namespace {

/// A file offset of the guest's that the host moves.
class GuestOffset {
 public:
  static Result<GuestOffset> read(GuestPtr<std::int64_t> place) {
    GuestOffset offset(place);
    if (!place.is_null()) offset.value_ = LIND_TRY(place.read());
    return offset;
  }
  /// For the host; null where the guest gave none.
  std::int64_t* host() noexcept { return place_.is_null() ? nullptr : &value_; }
  Result<void> write() const {
    if (place_.is_null()) return {};
    return place_.write(value_);
  }

 private:
  explicit GuestOffset(GuestPtr<std::int64_t> place) : place_(place) {}
  GuestPtr<std::int64_t> place_;
  std::int64_t value_ = 0;
};

/// Two open files, the bytes going from `in` to `out`.
struct Route {
  std::shared_ptr<OpenFile> in;
  std::shared_ptr<OpenFile> out;
  const OpenFile& slower() const noexcept { return in->may_block() ? *in : *out; }
};

Result<Route> open_route(Caller& caller, Fd in, Fd out) {
  Route route;
  route.in = LIND_TRY(open_file(caller, in));
  route.out = LIND_TRY(open_file(caller, out));
  // The host could not move the bytes; programs read and write then.
  if (route.in->virtual_file() != nullptr || route.out->virtual_file() != nullptr) {
    return uapi::Errno::kEINVAL;
  }
  return route;
}

/// copy_file_range and splice, whose arguments are alike.
Result<std::int64_t> move_bytes(Caller& caller, long number, const Route& route,
                                GuestOffset* in_offset, GuestOffset* out_offset,
                                std::uint64_t count, std::uint32_t flags) {
  Result<std::int64_t> result = file_call(
      caller, route.slower(), number, route.in->host_fd(), in_offset->host(), route.out->host_fd(),
      out_offset->host(), std::min(count, uapi::kMaxTransfer), flags);
  if (!result.ok()) return with_sigpipe(caller, std::move(result));
  if (number == SYS_copy_file_range && result.value() == 0) return result;  // they are not touched
  LIND_TRY(in_offset->write());
  LIND_TRY(out_offset->write());
  return result;
}

}  // namespace

Result<std::int64_t> sys_sendfile(Caller& caller, Fd out, Fd in, GuestPtr<std::int64_t> offset,
                                  std::uint64_t count) {
  GuestOffset from = LIND_TRY(GuestOffset::read(offset));
  const Route route = LIND_TRY(open_route(caller, in, out));
  Result<std::int64_t> result =
      file_call(caller, route.slower(), SYS_sendfile, route.out->host_fd(), route.in->host_fd(),
                from.host(), std::min(count, uapi::kMaxTransfer));
  if (!result.ok()) return with_sigpipe(caller, std::move(result));
  LIND_TRY(from.write());
  return result;
}

Result<std::int64_t> sys_copy_file_range(Caller& caller, Fd in, GuestPtr<std::int64_t> in_offset,
                                         Fd out, GuestPtr<std::int64_t> out_offset,
                                         std::uint64_t count, std::uint32_t flags) {
  const Route route = LIND_TRY(open_route(caller, in, out));
  GuestOffset from = LIND_TRY(GuestOffset::read(in_offset));
  GuestOffset to = LIND_TRY(GuestOffset::read(out_offset));
  return move_bytes(caller, SYS_copy_file_range, route, &from, &to, count, flags);
}

Result<std::int64_t> sys_splice(Caller& caller, Fd in, GuestPtr<std::int64_t> in_offset, Fd out,
                                GuestPtr<std::int64_t> out_offset, std::uint64_t count,
                                std::uint32_t flags) {
  if (count == 0) return 0;
  const Route route = LIND_TRY(open_route(caller, in, out));
  GuestOffset from = LIND_TRY(GuestOffset::read(in_offset));
  GuestOffset to = LIND_TRY(GuestOffset::read(out_offset));
  return move_bytes(caller, SYS_splice, route, &from, &to, count, flags);
}

Result<std::int64_t> sys_tee(Caller& caller, Fd in, Fd out, std::uint64_t count,
                             std::uint32_t flags) {
  if (count == 0) return 0;
  const Route route = LIND_TRY(open_route(caller, in, out));
  return with_sigpipe(
      caller, file_call(caller, route.slower(), SYS_tee, route.in->host_fd(), route.out->host_fd(),
                        std::min(count, uapi::kMaxTransfer), flags));
}

}  // namespace lind::rawposix
