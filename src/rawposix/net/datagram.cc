// sendto and recvfrom; send and recv are they without an address.

#include <sys/syscall.h>

#include <algorithm>

#include "rawposix/fs/io_vector.h"
#include "rawposix/net/socket_call_internal.h"

namespace lind::rawposix {

using runtime::Access;

Result<std::int64_t> sys_sendto(Caller& caller, Fd fd, GuestBytes buffer, std::uint64_t count,
                                std::int32_t flags, GuestBytes address, std::int32_t num_bytes) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(socket_file(caller, fd));
  const runtime::HostBuffer range = LIND_TRY(host_buffer(caller, buffer, count, Access::kRead));
  iovec vec = range.vec();
  Destination to;
  if (!address.is_null()) {
    const SocketAddress guest = LIND_TRY(read_address(address, num_bytes));
    if (guest.num_bytes > 0) to = LIND_TRY(destination(caller, *file, guest, Use::kSend));
  }
  const bool has_address = to.host.num_bytes > 0;
  if (tells_sender(caller, *file)) {
    return send_with_identity(caller, *file, {&vec, 1}, has_address ? &to.host : nullptr, flags);
  }
  return finish_call(
      caller, *file->socket(), Direction::kSend,
      caller.thread().blocking_syscall(
          SYS_sendto, host_args(file->host_fd(), vec.iov_base, vec.iov_len, flags | MSG_NOSIGNAL,
                                has_address ? to.host.bytes.data() : nullptr, to.host.num_bytes)),
      flags);
}

Result<std::int64_t> sys_recvfrom(Caller& caller, Fd fd, GuestBytes buffer, std::uint64_t count,
                                  std::int32_t flags, GuestBytes address, GuestSize size) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(socket_file(caller, fd));
  const runtime::HostBuffer range = LIND_TRY(host_buffer(caller, buffer, count, Access::kWrite));
  const iovec vec = range.vec();
  SocketState& socket = *file->socket();
  SocketAddress from;
  socklen_t from_size = SocketAddress::kMaxBytes;
  const bool wants_address = !address.is_null();
  Result<std::int64_t> result =
      finish_call(caller, socket, Direction::kReceive,
                  caller.thread().blocking_syscall(
                      SYS_recvfrom, host_args(file->host_fd(), vec.iov_base, vec.iov_len, flags,
                                              wants_address ? from.bytes.data() : nullptr,
                                              wants_address ? &from_size : nullptr)));
  if (!result.ok() || !wants_address) return result;
  from.num_bytes = std::min<std::uint32_t>(from_size, SocketAddress::kMaxBytes);
  note_sender(caller, socket, from);
  LIND_TRY(write_address(guest_address(caller, socket, from), address, size));
  return result;
}

}  // namespace lind::rawposix
