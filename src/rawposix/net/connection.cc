// Names of sockets, and connections between them.

#include <sys/syscall.h>

#include <netinet/in.h>

#include "base/log.h"
#include "rawposix/fs/mount_table.h"
#include "rawposix/net/socket_call_internal.h"

namespace lind::rawposix {
namespace {

constexpr std::size_t kPortOffset = 2;  // of every sockaddr_in and sockaddr_in6

std::uint16_t port_of(const SocketAddress& address) noexcept {
  std::uint16_t port = 0;
  std::memcpy(&port, address.bytes.data() + kPortOffset, sizeof(port));
  return ntohs(port);
}

uapi::Errno refuse_port(const Caller& caller, const char* what, std::uint16_t port) {
  log::info("network: process {} may not {} port {}: see --net, --allow-listen",
            caller.process().pid(), what, port);
  return uapi::Errno::kEACCES;
}

/// getsockname or getpeername of the host.
Result<SocketAddress> host_name(const OpenFile& file, long number) {
  SocketAddress address;
  socklen_t size = SocketAddress::kMaxBytes;
  LIND_TRY(host_call(number, file.host_fd(), address.bytes.data(), &size));
  address.num_bytes = std::min<std::uint32_t>(size, SocketAddress::kMaxBytes);
  return address;
}

/// What SO_PEERCRED of the host says of somebody who is not in this instance: it has no number
/// here.
uapi::Credentials outside_peer(Caller& caller, const OpenFile& file) {
  uapi::Credentials host{};
  socklen_t size = sizeof(host);
  if (::getsockopt(file.host_fd(), SOL_SOCKET, SO_PEERCRED, &host, &size) != 0) return {};
  const IdMap& ids = caller.fs().mounts().ids();
  return {.pid = 0, .uid = ids.guest_uid(host.uid), .gid = ids.guest_gid(host.gid)};
}

/// After a connection was made: who is at the other end.
void note_peer(Caller& caller, const OpenFile& file) {
  UnixNames& names = caller.kernel().network().unix_names;
  const Result<SocketAddress> host = host_name(file, SYS_getpeername);
  if (!host.ok()) return;  // it has gone again
  std::shared_ptr<UnixName> name = names.name_of(host.value());
  std::optional<uapi::Credentials> peer = names.introduced(host.value());
  if (!peer && name != nullptr) peer = name->owner();
  file.socket()->set_peer(peer ? *peer : outside_peer(caller, file));
  file.socket()->set_peer_name(std::move(name));
}

std::shared_ptr<OpenFile> accepted_socket(host::UniqueFd fd, const SocketState& listener) {
  auto socket = std::make_shared<SocketState>(listener.domain(), listener.type());
  if (listener.is_unix()) {
    socket->set_name(listener.name());
    socket->wants_credentials = listener.wants_credentials.load();
  } else {
    socket->limits_receiving = listener.limits_receiving.load();
    socket->limits_sending = listener.limits_sending.load();
  }
  return std::make_shared<OpenFile>(std::make_shared<host::UniqueFd>(std::move(fd)),
                                    OpenFile::Type::kSocket, false, std::string(), nullptr,
                                    FileExtras{.socket = std::move(socket)});
}

}  // namespace

Result<std::int64_t> sys_bind(Caller& caller, Fd fd, GuestBytes address, std::int32_t num_bytes) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(socket_file(caller, fd));
  const SocketAddress guest = LIND_TRY(read_address(address, num_bytes));
  SocketState& socket = *file->socket();
  if (socket.is_unix()) {
    std::shared_ptr<UnixName> name = LIND_TRY(caller.kernel().network().unix_names.bind(
        caller, file->host_fd(), guest, 0777 & ~caller.fs().umask()));
    socket.set_name(std::move(name));
    return 0;
  }
  if (!caller.kernel().network().policy.allows_bind(port_of(guest))) {
    return refuse_port(caller, "bind", port_of(guest));
  }
  return host_call(SYS_bind, file->host_fd(), guest.bytes.data(), guest.num_bytes);
}

Result<std::int64_t> sys_listen(Caller& caller, Fd fd, std::int32_t backlog) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(socket_file(caller, fd));
  const SocketState& socket = *file->socket();
  if (socket.is_unix()) {
    if (const std::shared_ptr<UnixName> name = socket.name()) {
      name->set_owner(peer_credentials_of(caller));
    }
  } else if (socket.type() == SOCK_STREAM) {
    const std::uint16_t port = port_of(LIND_TRY(host_name(*file, SYS_getsockname)));
    if (!caller.kernel().network().policy.allows_listen(port)) {
      return refuse_port(caller, "listen at", port);
    }
  }
  return host_call(SYS_listen, file->host_fd(), backlog);
}

Result<std::int64_t> sys_accept(Caller& caller, Fd fd, GuestBytes address, GuestSize size) {
  return sys_accept4(caller, fd, address, size, 0);
}

Result<std::int64_t> sys_accept4(Caller& caller, Fd fd, GuestBytes address, GuestSize size,
                                 std::int32_t flags) {
  if ((flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) != 0) return uapi::Errno::kEINVAL;
  const std::shared_ptr<OpenFile> file = LIND_TRY(socket_file(caller, fd));
  const SocketState& listener = *file->socket();
  if (listener.hands_over) return accept_handed(caller, *file, address, size, flags);
  FdSlot slot = LIND_TRY(caller.fds().reserve());
  SocketAddress host;
  socklen_t host_size = SocketAddress::kMaxBytes;
  const std::int64_t accepted = LIND_TRY(finish_call(
      caller, listener, Direction::kReceive,
      caller.thread().blocking_syscall(SYS_accept4, host_args(file->host_fd(), host.bytes.data(),
                                                              &host_size, flags | SOCK_CLOEXEC))));
  host.num_bytes = std::min<std::uint32_t>(host_size, SocketAddress::kMaxBytes);
  const std::shared_ptr<OpenFile> connection =
      accepted_socket(host::UniqueFd(static_cast<int>(accepted)), listener);
  if (listener.is_unix()) note_peer(caller, *connection);
  if (!address.is_null()) {
    LIND_TRY(write_address(guest_address(caller, listener, host), address, size));
  }
  slot.install(connection, (flags & SOCK_CLOEXEC) != 0);
  return to_i32(slot.fd());
}

Result<std::int64_t> sys_connect(Caller& caller, Fd fd, GuestBytes address,
                                 std::int32_t num_bytes) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(socket_file(caller, fd));
  const SocketAddress guest = LIND_TRY(read_address(address, num_bytes));
  const Destination to = LIND_TRY(destination(caller, *file, guest, Use::kConnect));
  const SocketState& socket = *file->socket();
  const bool has_peer = socket.is_unix() && socket.type() != SOCK_DGRAM;
  if (has_peer) {
    if (const std::shared_ptr<UnixName> name = socket.name()) {
      name->set_owner(peer_credentials_of(caller));
    } else if (to.name != nullptr && to.name->owner().has_value()) {
      // Somebody of ours listens there.  Fails for a socket that is connected already.
      (void)caller.kernel().network().unix_names.introduce(file->host_fd(),
                                                           peer_credentials_of(caller));
    }
  }
  Result<std::int64_t> result = finish_call(
      caller, socket, Direction::kSend,
      caller.thread().blocking_syscall(
          SYS_connect, host_args(file->host_fd(), to.host.bytes.data(), to.host.num_bytes)),
      MSG_NOSIGNAL);
  if (result.ok() && has_peer) note_peer(caller, *file);
  return result;
}

Result<std::int64_t> sys_getsockname(Caller& caller, Fd fd, GuestBytes address, GuestSize size) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(socket_file(caller, fd));
  const SocketAddress host = LIND_TRY(host_name(*file, SYS_getsockname));
  const std::shared_ptr<UnixName> name = file->socket()->name();
  LIND_TRY(
      write_address(name != nullptr ? name->guest() : guest_address(caller, *file->socket(), host),
                    address, size));
  return 0;
}

Result<std::int64_t> sys_getpeername(Caller& caller, Fd fd, GuestBytes address, GuestSize size) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(socket_file(caller, fd));
  const SocketAddress host = LIND_TRY(host_name(*file, SYS_getpeername));
  LIND_TRY(write_address(guest_address(caller, *file->socket(), host), address, size));
  return 0;
}

}  // namespace lind::rawposix
