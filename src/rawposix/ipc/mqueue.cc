// mq_open and its relatives.  Order of errors: ipc/mqueue.c, v6.1.

#include <fcntl.h>
#include <sys/stat.h>

#include <ctime>
#include <memory>
#include <optional>
#include <utility>

#include "host/time.h"
#include "rawposix/fs/event_file.h"
#include "rawposix/fs/file_call_internal.h"
#include "rawposix/fs/guest_path.h"
#include "rawposix/ipc/handlers.h"
#include "rawposix/ipc/ipc.h"
#include "rawposix/proc/time_values.h"
#include "runtime/address_space.h"

namespace lind::rawposix {
namespace {

constexpr std::uint64_t kMaxNameBytes = 255;

/// An open message queue.
class QueueFile final : public EventFile {
 public:
  QueueFile(std::shared_ptr<MessageQueue> queue, std::uint64_t flags)
      : EventFile(flags), queue_(std::move(queue)) {}

  MessageQueue& queue() const noexcept { return *queue_; }
  bool reads() const noexcept { return (flags() & O_ACCMODE) != O_WRONLY; }
  bool writes() const noexcept { return (flags() & O_ACCMODE) != O_RDONLY; }

  // What Linux shows of a queue when it is read as a file is nobody's need.
  Result<std::size_t> read(Caller& /*caller*/, std::span<std::byte> /*into*/,
                           Offset /*offset*/) override {
    return uapi::Errno::kEINVAL;
  }
  Result<struct stat> status(Caller& /*caller*/) override {
    struct stat status{};
    status.st_mode = S_IFREG | 0600;
    status.st_nlink = 1;
    status.st_size = 80;
    status.st_blksize = 4096;
    status.st_uid = ::geteuid();
    status.st_gid = ::getegid();
    return status;
  }

 private:
  std::shared_ptr<MessageQueue> queue_;
};

/// An open queue, kept while a call uses it.
struct OpenQueue {
  std::shared_ptr<OpenFile> file;
  QueueFile* queue_file;
  MessageQueue* operator->() const noexcept { return &queue_file->queue(); }
};

/// Errors: EBADF.
Result<OpenQueue> open_queue(Caller& caller, Fd fd) {
  std::shared_ptr<OpenFile> file = LIND_TRY(caller.fds().get(fd));
  if (file->type() != OpenFile::Type::kMessageQueue) return uapi::Errno::kEBADF;
  // SAFETY of the cast: only sys_mq_open makes files of this type.
  auto* const queue_file = static_cast<QueueFile*>(file->virtual_file());
  return OpenQueue{std::move(file), queue_file};
}

/// The C library takes the leading slash off.
Result<std::string> read_name(runtime::GuestPtr<const char> name) {
  const std::string text = LIND_TRY(name.owner()->read_cstring(name.addr(), kMaxPathBytes));
  if (text.empty()) return uapi::Errno::kENOENT;
  if (text.find('/') != std::string::npos) return uapi::Errno::kEACCES;
  if (text == "." || text == "..") return uapi::Errno::kEACCES;
  if (text.size() > kMaxNameBytes) return uapi::Errno::kENAMETOOLONG;
  return text;
}

/// An absolute time of CLOCK_REALTIME as one of CLOCK_MONOTONIC.  Errors: EFAULT, EINVAL.
Result<MessageQueue::Patience> read_patience(const QueueFile& file,
                                             runtime::GuestPtr<uapi::Timespec> timeout) {
  MessageQueue::Patience patience{.waits = !file.nonblocking()};
  if (timeout.is_null()) return patience;
  const uapi::Timespec given = LIND_TRY(timeout.read());
  const std::optional<std::int64_t> until = to_ns(given);
  if (!until) return uapi::Errno::kEINVAL;
  timespec now{};
  (void)::clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t left = *until - (now.tv_sec * kNsPerSecond + now.tv_nsec);
  std::int64_t deadline = 0;
  if (!__builtin_add_overflow(host::monotonic_ns(), left, &deadline)) {
    patience.deadline_ns = deadline;
  }
  return patience;
}

}  // namespace

Result<std::int64_t> sys_mq_open(Caller& caller, runtime::GuestPtr<const char> name,
                                 std::int32_t flags, std::uint32_t /*mode*/,
                                 runtime::GuestPtr<uapi::MqAttr> attributes) {
  std::optional<uapi::MqAttr> wanted;
  if (!attributes.is_null()) wanted = LIND_TRY(attributes.read());
  const std::string key = LIND_TRY(read_name(name));
  if ((flags & O_ACCMODE) == O_ACCMODE) return uapi::Errno::kEINVAL;
  FdSlot slot = LIND_TRY(caller.fds().reserve());
  std::shared_ptr<MessageQueue> queue = LIND_TRY(caller.kernel().ipc().message_queues.open(
      key, (flags & O_CREAT) != 0, (flags & O_EXCL) != 0, wanted));
  std::shared_ptr<host::UniqueFd> ready = queue->ready_fd();
  const auto kept = static_cast<std::uint64_t>(flags & (O_ACCMODE | O_NONBLOCK));
  slot.install(std::make_shared<OpenFile>(std::move(ready), OpenFile::Type::kMessageQueue, false,
                                          std::string(),
                                          std::make_unique<QueueFile>(std::move(queue), kept)),
               true);  // mq_open always sets FD_CLOEXEC
  return to_i32(slot.fd());
}

Result<std::int64_t> sys_mq_unlink(Caller& caller, runtime::GuestPtr<const char> name) {
  const std::string key = LIND_TRY(read_name(name));
  LIND_TRY(caller.kernel().ipc().message_queues.unlink(key));
  return 0;
}

Result<std::int64_t> sys_mq_timedsend(Caller& caller, Fd fd, runtime::GuestBytes message,
                                      std::uint64_t num_bytes, std::uint32_t priority,
                                      runtime::GuestPtr<uapi::Timespec> timeout) {
  if (priority >= MessageQueue::kMaxPriority) return uapi::Errno::kEINVAL;
  const OpenQueue queue = LIND_TRY(open_queue(caller, fd));
  const MessageQueue::Patience patience = LIND_TRY(read_patience(*queue.queue_file, timeout));
  if (!queue.queue_file->writes()) return uapi::Errno::kEBADF;
  const auto limit = static_cast<std::uint64_t>(queue->attributes().msgsize);
  if (num_bytes > limit) return uapi::Errno::kEMSGSIZE;
  MessageQueue::Message copy{.priority = priority, .text = std::vector<std::byte>(num_bytes)};
  LIND_TRY(message.owner()->copy_in(copy.text, message.addr()));
  const Result<void> sent = queue->send(std::move(copy), patience, caller.thread());
  if (!sent.ok()) return restartable(sent.error());
  return 0;
}

Result<std::int64_t> sys_mq_timedreceive(Caller& caller, Fd fd, runtime::GuestBytes message,
                                         std::uint64_t num_bytes,
                                         runtime::GuestPtr<std::uint32_t> priority,
                                         runtime::GuestPtr<uapi::Timespec> timeout) {
  const OpenQueue queue = LIND_TRY(open_queue(caller, fd));
  const MessageQueue::Patience patience = LIND_TRY(read_patience(*queue.queue_file, timeout));
  if (!queue.queue_file->reads()) return uapi::Errno::kEBADF;
  if (num_bytes < static_cast<std::uint64_t>(queue->attributes().msgsize)) {
    return uapi::Errno::kEMSGSIZE;
  }
  const Result<MessageQueue::Message> received = queue->receive(patience, caller.thread());
  if (!received.ok()) return restartable(received.error());
  const MessageQueue::Message& taken = received.value();
  if (!priority.is_null()) LIND_TRY(priority.write(taken.priority));
  LIND_TRY(message.owner()->copy_out(message.addr(), taken.text));
  return static_cast<std::int64_t>(taken.text.size());
}

// A thread to be started needs a netlink socket, which there is not.
Result<std::int64_t> sys_mq_notify(Caller& caller, Fd fd, runtime::GuestPtr<uapi::SigEvent> event) {
  if (event.is_null()) {
    const OpenQueue queue = LIND_TRY(open_queue(caller, fd));
    queue->unwatch(caller.process());
    return 0;
  }
  const uapi::SigEvent wanted = LIND_TRY(event.read());
  if (wanted.notify != uapi::kSIGEV_NONE && wanted.notify != uapi::kSIGEV_SIGNAL) {
    return wanted.notify == uapi::kSIGEV_THREAD ? uapi::Errno::kENOSYS : uapi::Errno::kEINVAL;
  }
  const bool valid = wanted.signo >= 0 && wanted.signo <= uapi::kNumSignals;
  if (wanted.notify == uapi::kSIGEV_SIGNAL && (!valid || wanted.signo == 0)) {
    return uapi::Errno::kEINVAL;
  }
  const OpenQueue queue = LIND_TRY(open_queue(caller, fd));
  LIND_TRY(queue->watch(caller.process().weak_from_this(), wanted));
  return 0;
}

Result<std::int64_t> sys_mq_getsetattr(Caller& caller, Fd fd,
                                       runtime::GuestPtr<uapi::MqAttr> wanted,
                                       runtime::GuestPtr<uapi::MqAttr> old) {
  std::optional<uapi::MqAttr> given;
  if (!wanted.is_null()) {
    given = LIND_TRY(wanted.read());
    if ((given->flags & ~std::int64_t{O_NONBLOCK}) != 0) return uapi::Errno::kEINVAL;
  }
  const OpenQueue queue = LIND_TRY(open_queue(caller, fd));
  uapi::MqAttr attributes = queue->attributes();
  attributes.flags = queue.queue_file->nonblocking() ? O_NONBLOCK : 0;
  if (given) queue.queue_file->set_nonblocking(given->flags != 0);
  if (!old.is_null()) LIND_TRY(old.write(attributes));
  return 0;
}

}  // namespace lind::rawposix
