// Sockets that the program was given, and those it accepts from them.

#include <sys/socket.h>

#include "wasi/functions.h"
#include "wasi/program.h"

namespace lind::wasi {
namespace {

using uapi::SyscallNo;

/// Source: struct msghdr with 32-bit pointers, linux/socket.h, v6.1.
struct Message {
  std::uint32_t name = 0;
  std::uint32_t name_bytes = 0;
  std::uint32_t buffers = 0;
  std::uint32_t num_buffers = 0;
  std::uint32_t control = 0;
  std::uint32_t control_bytes = 0;
  std::int32_t flags = 0;
};
static_assert(sizeof(Message) == 28 && uapi::GuestType<Message>);

Answer check_socket(Context& context, std::uint32_t fd, Rights needed) {
  const Descriptor descriptor = LIND_TRY(context.program.descriptors().find(fd, 0));
  if (descriptor.filetype != Filetype::kSocketStream &&
      descriptor.filetype != Filetype::kSocketDgram) {
    return Errno::kNotsock;
  }
  return (needed & ~descriptor.base) != 0 ? Answer(Errno::kNotcapable) : Answer();
}

Result<GuestAddr> put_message(Context& context, const Ptr<Iovec>& iovs, std::uint32_t count) {
  return context.linux.put(
      Message{.buffers = static_cast<std::uint32_t>(to_u64(iovs.address())), .num_buffers = count});
}

}  // namespace

Answer sock_accept(Context& context, std::uint32_t fd, std::uint32_t flags,
                   Ptr<std::uint32_t> accepted) {
  LIND_TRY(check_socket(context, fd, kSockAccept));
  if ((flags & ~std::uint32_t{kFdflagNonblock}) != 0) return Errno::kInval;
  const int linux_flags = SOCK_CLOEXEC | ((flags & kFdflagNonblock) != 0 ? SOCK_NONBLOCK : 0);
  const std::int64_t number =
      LIND_TRY(context.linux.make(SyscallNo::k_accept4, fd, 0, 0, linux_flags));
  const Answer told = accepted.write(static_cast<std::uint32_t>(number));
  if (!told.ok()) {
    (void)context.linux.make(SyscallNo::k_close, number);  // nobody knows it
    return told;
  }
  return context.program.descriptors().add(
      number,
      {.base = kSocketRights, .inheriting = kSocketRights, .filetype = Filetype::kSocketStream});
}

Answer sock_recv(Context& context, std::uint32_t fd, Ptr<Iovec> iovs, std::uint32_t count,
                 std::uint32_t flags, Ptr<std::uint32_t> num_bytes, Ptr<std::uint16_t> out_flags) {
  LIND_TRY(check_socket(context, fd, kFdRead));
  if ((flags & ~(kRiPeek | kRiWaitall)) != 0) return Errno::kInval;
  const int linux_flags =
      ((flags & kRiPeek) != 0 ? MSG_PEEK : 0) | ((flags & kRiWaitall) != 0 ? MSG_WAITALL : 0);
  const GuestAddr message = LIND_TRY(put_message(context, iovs, count));
  const std::int64_t got =
      LIND_TRY(context.linux.make(SyscallNo::k_recvmsg, fd, message, linux_flags));
  const auto received = LIND_TRY(context.linux.get<Message>(message));
  LIND_TRY(num_bytes.write(static_cast<std::uint32_t>(got)));
  return out_flags.write((received.flags & MSG_TRUNC) != 0 ? kRoDataTruncated : std::uint16_t{0});
}

Answer sock_send(Context& context, std::uint32_t fd, Ptr<Iovec> iovs, std::uint32_t count,
                 std::uint32_t flags, Ptr<std::uint32_t> num_bytes) {
  LIND_TRY(check_socket(context, fd, kFdWrite));
  if (flags != 0) return Errno::kInval;
  const GuestAddr message = LIND_TRY(put_message(context, iovs, count));
  const std::int64_t sent = LIND_TRY(
      context.linux.make(SyscallNo::k_sendmsg, fd, message, static_cast<int>(MSG_NOSIGNAL)));
  return num_bytes.write(static_cast<std::uint32_t>(sent));
}

Answer sock_shutdown(Context& context, std::uint32_t fd, std::uint32_t how) {
  LIND_TRY(check_socket(context, fd, kSockShutdown));
  if (how == 0 || (how & ~(kSdRead | kSdWrite)) != 0) return Errno::kInval;
  // SHUT_RD, SHUT_WR, SHUT_RDWR
  LIND_TRY(context.linux.make(SyscallNo::k_shutdown, fd, how - 1));
  return {};
}

}  // namespace lind::wasi
