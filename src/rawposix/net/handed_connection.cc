#include "rawposix/net/handed_connection.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include <array>
#include <cstring>

#include "rawposix/net/socket_call_internal.h"

namespace lind::rawposix {
namespace {

std::shared_ptr<OpenFile> unix_stream(host::UniqueFd fd, bool hands_over) {
  auto socket = std::make_shared<SocketState>(AF_UNIX, SOCK_STREAM);
  socket->hands_over = hands_over;
  return std::make_shared<OpenFile>(std::make_shared<host::UniqueFd>(std::move(fd)),
                                    OpenFile::Type::kSocket, false, std::string(), nullptr,
                                    FileExtras{.socket = std::move(socket)});
}

}  // namespace

std::shared_ptr<OpenFile> make_handing_listener(host::UniqueFd fd) {
  return unix_stream(std::move(fd), true);
}

Result<std::int64_t> accept_handed(Caller& caller, const OpenFile& listener,
                                   const GuestBytes& address, GuestSize size, std::int32_t flags) {
  FdSlot slot = LIND_TRY(caller.fds().reserve());
  constexpr std::int32_t kFlags = MSG_CMSG_CLOEXEC;
  std::byte byte{};
  iovec data{.iov_base = &byte, .iov_len = 1};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const std::int64_t got =
      LIND_TRY(finish_call(caller, *listener.socket(), Direction::kReceive,
                           caller.thread().blocking_syscall(
                               SYS_recvmsg, host_args(listener.host_fd(), &message, kFlags))));
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (got == 0) return uapi::Errno::kEINVAL;
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return uapi::Errno::kECONNABORTED;
  int number = -1;
  std::memcpy(&number, CMSG_DATA(header), sizeof(number));
  host::UniqueFd fd(number);
  if ((flags & SOCK_NONBLOCK) != 0) LIND_TRY(host_call(SYS_fcntl, fd.get(), F_SETFL, O_NONBLOCK));
  const std::shared_ptr<OpenFile> connection = unix_stream(std::move(fd), false);
  if (!address.is_null()) {
    SocketAddress unnamed;
    const sa_family_t family = AF_UNIX;
    std::memcpy(unnamed.bytes.data(), &family, sizeof(family));
    unnamed.num_bytes = sizeof(family);
    LIND_TRY(write_address(unnamed, address, size));
  }
  slot.install(connection, (flags & SOCK_CLOEXEC) != 0);
  return to_i32(slot.fd());
}

}  // namespace lind::rawposix
