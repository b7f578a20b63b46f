/// \file
/// System V message queues of one instance.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "rawposix/ipc/id_table.h"
#include "runtime/wait_queue.h"

namespace lind::rawposix {

/// Threading: any thread.  Lock order: mu_ comes before WaitQueue::list_mu_.
class Messages {
 public:
  // Source: linux/msg.h, v6.1; of queues there are fewer.
  static constexpr std::size_t kMaxQueues = 256;
  static constexpr std::size_t kMaxMessageBytes = 8192;
  static constexpr std::uint64_t kMaxQueueBytes = 16384;

  struct Message {
    std::int32_t type = 0;
    std::vector<std::byte> text;
  };
  enum class Wait : std::uint8_t { kNo, kYes };

  Result<std::int32_t> get(std::int32_t key, std::int32_t flags) LIND_EXCLUDES(mu_);
  /// Errors: EINVAL, EAGAIN, EIDRM, EINTR.
  Result<void> send(std::int32_t id, Message message, Wait wait, std::uint32_t pid,
                    runtime::Thread& thread) LIND_EXCLUDES(mu_);
  /// What msgrcv asks for.
  struct Wanted {
    std::int32_t type = 0;
    std::int32_t flags = 0;
    std::size_t max_bytes = 0;
  };
  /// Takes a message; its text is cut to `max_bytes`.  Errors: EINVAL, E2BIG, ENOMSG, EIDRM, EINTR.
  Result<Message> receive(std::int32_t id, const Wanted& wanted, std::uint32_t pid,
                          runtime::Thread& thread) LIND_EXCLUDES(mu_);
  Result<uapi::MsqidDs> status(std::int32_t id) LIND_EXCLUDES(mu_);
  /// Errors: EINVAL; EPERM for a greater queue.
  Result<void> set(std::int32_t id, const uapi::MsqidDs& wanted) LIND_EXCLUDES(mu_);
  Result<void> remove(std::int32_t id) LIND_EXCLUDES(mu_);

 private:
  struct Queue {
    uapi::IpcPerm perm;
    bool removed = false;
    uapi::MsqidDs counts;
    std::deque<Message> messages;
    runtime::WaitQueue changed;
  };
  using Ref = std::shared_ptr<Queue>;
  Result<Ref> find_locked(std::int32_t id) const LIND_REQUIRES(mu_);
  static std::size_t choose(const Queue& queue, const Wanted& wanted);

  Mutex mu_;
  IdTable<Queue> queues_ LIND_GUARDED_BY(mu_){kMaxQueues};
};

}  // namespace lind::rawposix
