// sendmsg, recvmsg and their many-message forms.

#include <sys/syscall.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <vector>

#include "host/time.h"
#include "rawposix/fs/io_vector.h"
#include "rawposix/fs/wait_internal.h"
#include "rawposix/net/control.h"
#include "rawposix/net/socket_call_internal.h"

namespace lind::rawposix {
namespace {

using runtime::Access;

constexpr std::size_t kHostControlBytes = 4096;  // kScmMaxFds descriptors and all small entries
constexpr std::uint32_t kMaxMessages = 1024;     // net/socket.c: UIO_MAXIOV
/// What a message without a sender says.  Source: net/core/scm.c, overflowuid.
constexpr uapi::Credentials kNobody{.pid = 0, .uid = 65534, .gid = 65534};

/// A header and where it came from.
struct GuestMessage {
  uapi::Msghdr header;
  GuestPtr<uapi::Msghdr> place;

  GuestBytes pointer(std::uint32_t address) const noexcept {
    return {place.owner(), GuestAddr{address}};
  }
  GuestBytes name() const noexcept { return pointer(header.name); }
  GuestBytes control() const noexcept { return pointer(header.control); }
  GuestPtr<uapi::Iovec> iov() const noexcept { return {place.owner(), GuestAddr{header.iov}}; }
  template <typename T>
  GuestPtr<T> field(std::size_t offset) const noexcept {
    return place.at_byte<T>(offset);
  }
};

Result<GuestMessage> read_message(GuestPtr<uapi::Msghdr> place) {
  GuestMessage message{LIND_TRY(place.read()), place};
  if (message.header.name == 0) message.header.name_bytes = 0;
  if (message.header.name_bytes < 0) return uapi::Errno::kEINVAL;
  message.header.name_bytes =
      std::min(message.header.name_bytes, static_cast<std::int32_t>(SocketAddress::kMaxBytes));
  if (message.header.iov_count > uapi::kIovMax) return uapi::Errno::kEMSGSIZE;
  return message;
}

Result<std::int64_t> host_send(Caller& caller, const OpenFile& file, const msghdr& message,
                               std::int32_t flags) {
  return finish_call(caller, *file.socket(), Direction::kSend,
                     caller.thread().blocking_syscall(
                         SYS_sendmsg, host_args(file.host_fd(), &message, flags | MSG_NOSIGNAL)),
                     flags);
}

/// Sends `message`, its control being `control` with the descriptors made ready for the host.
Result<std::int64_t> send_control(Caller& caller, const OpenFile& file, msghdr& message,
                                  SentControl& control, std::int32_t flags) {
  MessagesInFlight& in_flight = caller.kernel().network().messages;
  std::optional<MessagesInFlight::Token> token;
  std::shared_ptr<host::UniqueFd> identity;
  std::vector<int> fds;
  if (!control.files.empty()) {
    SentMessage sent{.sender = credentials_of(caller), .files = {}};
    for (const std::shared_ptr<OpenFile>& one : control.files)
      sent.files.emplace_back(one);
    token = LIND_TRY(in_flight.add(std::move(sent)));
    fds.push_back(token->fd.get());
    for (const std::shared_ptr<OpenFile>& one : control.files)
      fds.push_back(one->host_fd());
  } else if (control.names_sender || tells_sender(caller, file)) {
    identity = LIND_TRY(in_flight.identity(credentials_of(caller)));
    fds.push_back(identity->get());
  }
  if (!fds.empty()) append_rights(control.host, fds);
  message.msg_control = control.host.empty() ? nullptr : control.host.data();
  message.msg_controllen = control.host.size();
  Result<std::int64_t> result = host_send(caller, file, message, flags);
  if (!result.ok() && token) in_flight.remove(*token);
  return result;
}

Result<std::int64_t> send_one(Caller& caller, const OpenFile& file, GuestPtr<uapi::Msghdr> place,
                              std::int32_t flags) {
  const GuestMessage guest = LIND_TRY(read_message(place));
  const IoVector buffers =
      LIND_TRY(IoVector::create(caller, guest.iov(), guest.header.iov_count, Access::kRead));
  std::vector<iovec> iov(buffers.host().begin(), buffers.host().end());
  Destination to;
  if (guest.header.name_bytes > 0) {
    const SocketAddress address = LIND_TRY(read_address(guest.name(), guest.header.name_bytes));
    to = LIND_TRY(destination(caller, file, address, Use::kSend));
  }
  SentControl control =
      LIND_TRY(read_control(caller, *file.socket(), guest.control(), guest.header.control_bytes));
  msghdr message{};
  if (to.host.num_bytes > 0) message.msg_name = to.host.bytes.data();
  message.msg_namelen = to.host.num_bytes;
  message.msg_iov = iov.data();
  message.msg_iovlen = iov.size();
  return send_control(caller, file, message, control, flags);
}

/// A descriptor that is about to be installed.
struct Arrival {
  FdSlot slot;
  std::shared_ptr<OpenFile> file;
};

/// Puts what came beside the bytes into the guest's form, descriptors reserved but not installed.
std::vector<Arrival> receive_control(Caller& caller, const SocketState& socket,
                                     std::span<const std::byte> host, std::int32_t flags,
                                     ControlWriter& out) {
  ReceivedControl control = parse_control(host);
  for (const ReceivedControl::Entry& entry : control.entries)
    out.put(entry.level, entry.type, entry.data);
  // The first descriptor is the token of somebody in this instance, or nothing we can use.
  std::shared_ptr<const SentMessage> sent;
  if (!control.fds.empty()) {
    sent =
        caller.kernel().network().messages.find(control.fds.front().get(), (flags & MSG_PEEK) == 0);
    if (sent == nullptr) out.truncate();
  }
  if (socket.wants_credentials.load()) {
    const uapi::Credentials sender = sent != nullptr ? sent->sender : kNobody;
    out.put(SOL_SOCKET, SCM_CREDENTIALS, std::as_bytes(std::span(&sender, 1)));
  }
  std::vector<Arrival> arrivals;
  if (sent == nullptr || sent->files.empty()) return arrivals;
  const std::size_t arrived = std::min(sent->files.size(), control.fds.size() - 1);
  const std::size_t count = std::min(arrived, out.room_for_fds());
  std::vector<std::int32_t> numbers;
  for (std::size_t i = 0; i < count; ++i) {
    Result<FdSlot> slot = caller.fds().reserve();
    if (!slot.ok()) break;
    numbers.push_back(to_i32(slot.value().fd()));
    arrivals.push_back(
        {std::move(slot).value(), sent->files[i].receive(std::move(control.fds[i + 1]))});
  }
  if (arrivals.size() < sent->files.size()) out.truncate();
  if (!numbers.empty()) out.put(SOL_SOCKET, SCM_RIGHTS, std::as_bytes(std::span(numbers)));
  return arrivals;
}

Result<void> tell_guest(Caller& caller, const GuestMessage& guest, SocketState& socket,
                        const msghdr& message, const SocketAddress& from,
                        const ControlWriter& control, std::int32_t flags) {
  if (guest.header.name != 0) {
    note_sender(caller, socket, from);
    LIND_TRY(write_address(guest_address(caller, socket, from), guest.name(),
                           guest.field<std::int32_t>(offsetof(uapi::Msghdr, name_bytes))));
  }
  if (!control.bytes().empty()) {
    LIND_TRY(guest.place.owner()->copy_out(guest.control().addr(), control.bytes()));
  }
  std::int32_t result_flags = message.msg_flags & ~MSG_CMSG_CLOEXEC;
  result_flags |= flags & MSG_CMSG_CLOEXEC;
  if (control.truncated()) result_flags |= MSG_CTRUNC;
  LIND_TRY(guest.field<std::int32_t>(offsetof(uapi::Msghdr, flags)).write(result_flags));
  return guest.field<std::uint32_t>(offsetof(uapi::Msghdr, control_bytes))
      .write(static_cast<std::uint32_t>(control.bytes().size()));
}

Result<std::int64_t> receive_one(Caller& caller, const OpenFile& file, GuestPtr<uapi::Msghdr> place,
                                 std::int32_t flags) {
  const GuestMessage guest = LIND_TRY(read_message(place));
  const IoVector buffers =
      LIND_TRY(IoVector::create(caller, guest.iov(), guest.header.iov_count, Access::kWrite));
  std::vector<iovec> iov(buffers.host().begin(), buffers.host().end());
  SocketState& socket = *file.socket();
  SocketAddress from;
  std::array<std::byte, kHostControlBytes> host_control;
  msghdr message{};
  if (guest.header.name != 0) {
    message.msg_name = from.bytes.data();
    message.msg_namelen = SocketAddress::kMaxBytes;
  }
  message.msg_iov = iov.data();
  message.msg_iovlen = iov.size();
  if (guest.header.control_bytes > 0 || socket.wants_credentials.load()) {
    message.msg_control = host_control.data();
    message.msg_controllen = host_control.size();
  }
  const Result<std::int64_t> result =
      finish_call(caller, socket, Direction::kReceive,
                  caller.thread().blocking_syscall(
                      SYS_recvmsg, host_args(file.host_fd(), &message, flags | MSG_CMSG_CLOEXEC)));
  if (!result.ok()) return result;
  from.num_bytes = std::min<std::uint32_t>(message.msg_namelen, SocketAddress::kMaxBytes);
  ControlWriter control(std::min<std::size_t>(guest.header.control_bytes, kHostControlBytes));
  const std::size_t host_bytes =
      message.msg_control == nullptr
          ? 0
          : std::min<std::size_t>(message.msg_controllen, host_control.size());
  std::vector<Arrival> arrivals = receive_control(
      caller, socket, std::span<const std::byte>(host_control).first(host_bytes), flags, control);
  LIND_TRY(tell_guest(caller, guest, socket, message, from, control, flags));
  for (Arrival& arrival : arrivals)
    arrival.slot.install(std::move(arrival.file), (flags & MSG_CMSG_CLOEXEC) != 0);
  return result;
}

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

/// The time limit of recvmmsg, looked at between messages.
class Deadline {
 public:
  static Result<Deadline> create(GuestPtr<uapi::Timespec> place) {
    Deadline deadline(place);
    const Timeout timeout = LIND_TRY(read_timeout(place));
    if (timeout) {
      // A time that no clock reaches is no limit.
      const std::int64_t seconds = std::min<std::int64_t>(timeout->tv_sec, INT32_MAX);
      deadline.end_ns_ = host::monotonic_ns() + seconds * kNsPerSecond + timeout->tv_nsec;
    }
    return deadline;
  }
  bool passed() const { return !place_.is_null() && left_ns() == 0; }
  /// Tells the guest what is left.
  Result<void> write() const {
    if (place_.is_null()) return {};
    return place_.write({.sec = left_ns() / kNsPerSecond,
                         .nsec = static_cast<std::int32_t>(left_ns() % kNsPerSecond),
                         .pad = 0});
  }

 private:
  explicit Deadline(GuestPtr<uapi::Timespec> place) : place_(place) {}
  std::int64_t left_ns() const { return std::max<std::int64_t>(0, end_ns_ - host::monotonic_ns()); }
  GuestPtr<uapi::Timespec> place_;
  std::int64_t end_ns_ = 0;
};

}  // namespace

Result<std::int64_t> send_with_identity(Caller& caller, const OpenFile& file,
                                        std::span<iovec> buffers, const SocketAddress* to,
                                        std::int32_t flags) {
  msghdr message{};
  SocketAddress address;
  if (to != nullptr) {
    address = *to;
    message.msg_name = address.bytes.data();
    message.msg_namelen = address.num_bytes;
  }
  message.msg_iov = buffers.data();
  message.msg_iovlen = buffers.size();
  SentControl control;
  return send_control(caller, file, message, control, flags);
}

Result<std::int64_t> sys_sendmsg(Caller& caller, Fd fd, GuestPtr<uapi::Msghdr> message,
                                 std::int32_t flags) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(socket_file(caller, fd));
  return send_one(caller, *file, message, flags);
}

Result<std::int64_t> sys_recvmsg(Caller& caller, Fd fd, GuestPtr<uapi::Msghdr> message,
                                 std::int32_t flags) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(socket_file(caller, fd));
  return receive_one(caller, *file, message, flags);
}

Result<std::int64_t> sys_sendmmsg(Caller& caller, Fd fd, GuestPtr<uapi::Mmsghdr> messages,
                                  std::uint32_t count, std::int32_t flags) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(socket_file(caller, fd));
  count = std::min(count, kMaxMessages);
  for (std::uint32_t i = 0; i < count; ++i) {
    const GuestPtr<uapi::Mmsghdr> place = messages.element(i);
    const Result<std::int64_t> sent =
        send_one(caller, *file, place.at_byte<uapi::Msghdr>(0), flags);
    if (!sent.ok()) return i > 0 ? Result<std::int64_t>(i) : sent;
    LIND_TRY(place.at_byte<std::uint32_t>(offsetof(uapi::Mmsghdr, num_bytes))
                 .write(static_cast<std::uint32_t>(sent.value())));
  }
  return count;
}

Result<std::int64_t> sys_recvmmsg(Caller& caller, Fd fd, GuestPtr<uapi::Mmsghdr> messages,
                                  std::uint32_t count, std::int32_t flags,
                                  GuestPtr<uapi::Timespec> timeout) {
  const Deadline deadline = LIND_TRY(Deadline::create(timeout));
  const std::shared_ptr<OpenFile> file = LIND_TRY(socket_file(caller, fd));
  std::uint32_t done = 0;
  while (done < count) {
    const GuestPtr<uapi::Mmsghdr> place = messages.element(done);
    const Result<std::int64_t> received =
        receive_one(caller, *file, place.at_byte<uapi::Msghdr>(0), flags & ~MSG_WAITFORONE);
    if (!received.ok() && done == 0) return received;
    if (!received.ok()) break;
    const Result<void> told = place.at_byte<std::uint32_t>(offsetof(uapi::Mmsghdr, num_bytes))
                                  .write(static_cast<std::uint32_t>(received.value()));
    if (!told.ok() && done == 0) return told.error();
    if (!told.ok()) break;
    ++done;
    if ((flags & MSG_WAITFORONE) != 0) flags |= MSG_DONTWAIT;
    if (deadline.passed()) break;
  }
  LIND_TRY(deadline.write());
  return done;
}

}  // namespace lind::rawposix
