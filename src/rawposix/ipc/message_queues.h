/// \file
/// POSIX message queues of one instance.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "rawposix/tty/readiness.h"
#include "runtime/wait_queue.h"
#include "uapi/ipc.h"
#include "uapi/signal.h"

namespace lind::rawposix {

class Process;

/// One queue.  Ownership: its name and its open files.
/// Threading: any thread.  Lock order: mu_ comes before WaitQueue::list_mu_; signals are sent
///   outside it.
class MessageQueue {
 public:
  // Source: linux/ipc_namespace.h, v6.1: what an unprivileged process may ask for.
  static constexpr std::int64_t kMaxMessages = 10;
  static constexpr std::int64_t kMaxMessageBytes = 8192;
  static constexpr std::uint32_t kMaxPriority = 32768;

  /// Errors: EMFILE, ENFILE, ENOMEM.
  static Result<std::shared_ptr<MessageQueue>> create(std::int64_t max_messages,
                                                      std::int64_t message_bytes);

  struct Message {
    std::uint32_t priority = 0;
    std::vector<std::byte> text;
  };
  /// How long to wait for room or for a message.
  struct Patience {
    bool waits = true;
    std::optional<std::int64_t> deadline_ns = {};  ///< on CLOCK_MONOTONIC; nothing: for ever
  };
  /// Errors: EMSGSIZE, EAGAIN, ETIMEDOUT, EINTR.
  Result<void> send(Message message, const Patience& patience, runtime::Thread& thread)
      LIND_EXCLUDES(mu_);
  /// The oldest message of the highest priority.  Errors: EAGAIN, ETIMEDOUT, EINTR.
  Result<Message> receive(const Patience& patience, runtime::Thread& thread) LIND_EXCLUDES(mu_);

  /// mq_flags is 0.
  uapi::MqAttr attributes() const LIND_EXCLUDES(mu_);
  /// Who is told when a message comes to an empty queue that nobody waits for, once.
  /// Errors: EBUSY.
  Result<void> watch(std::weak_ptr<Process> process, const uapi::SigEvent& event)
      LIND_EXCLUDES(mu_);
  void unwatch(const Process& process) LIND_EXCLUDES(mu_);
  /// For poll; readable while there is a message, writable while there is room.
  std::shared_ptr<host::UniqueFd> ready_fd() const LIND_EXCLUDES(mu_);

 private:
  struct Watcher {
    std::weak_ptr<Process> process;
    uapi::SigEvent event;
  };
  MessageQueue(std::int64_t max_messages, std::int64_t message_bytes, Readiness ready)
      : max_messages_(max_messages), message_bytes_(message_bytes), ready_(std::move(ready)) {}
  void tell_ready_locked() LIND_REQUIRES(mu_);

  const std::int64_t max_messages_;
  const std::int64_t message_bytes_;
  mutable Mutex mu_;
  std::map<std::uint32_t, std::deque<std::vector<std::byte>>, std::greater<>> messages_
      LIND_GUARDED_BY(mu_);
  std::int64_t count_ LIND_GUARDED_BY(mu_) = 0;
  int num_receivers_ LIND_GUARDED_BY(mu_) = 0;  ///< that sleep
  std::optional<Watcher> watcher_ LIND_GUARDED_BY(mu_);
  Readiness ready_ LIND_GUARDED_BY(mu_);
  runtime::WaitQueue changed_;
};

/// Names to queues.  Threading: any thread.  Lock order: mu_ is a leaf.
class MessageQueues {
 public:
  static constexpr std::size_t kMaxQueues = 256;

  /// Source of the rules: do_mq_open, ipc/mqueue.c, v6.1.
  /// Errors: ENOENT, EEXIST, EINVAL (attributes), ENOSPC, EMFILE.
  Result<std::shared_ptr<MessageQueue>> open(const std::string& name, bool creates, bool exclusive,
                                             const std::optional<uapi::MqAttr>& attributes)
      LIND_EXCLUDES(mu_);
  /// Errors: ENOENT.
  Result<void> unlink(const std::string& name) LIND_EXCLUDES(mu_);

 private:
  Mutex mu_;
  std::map<std::string, std::shared_ptr<MessageQueue>> queues_ LIND_GUARDED_BY(mu_);
};

}  // namespace lind::rawposix
