#include "rawposix/ipc/messages.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace lind::rawposix {

Result<std::int32_t> Messages::get(std::int32_t key, std::int32_t flags) {
  const MutexLock lock(mu_);
  const auto create = [&]() -> Result<Ref> {
    auto queue = std::make_shared<Queue>();
    queue->counts.qbytes = kMaxQueueBytes;
    queue->counts.ctime = ipc_time();
    return queue;
  };
  const auto check = [](const Queue&) -> Result<void> { return {}; };
  return queues_.get(key, flags, create, check);
}

Result<Messages::Ref> Messages::find_locked(std::int32_t id) const {
  Ref queue = queues_.find(id);
  if (queue == nullptr) return uapi::Errno::kEINVAL;
  return queue;
}

Result<void> Messages::send(std::int32_t id, Message message, Wait wait, std::uint32_t pid,
                            runtime::Thread& thread) {
  const MutexLock lock(mu_);
  const Ref queue = LIND_TRY(find_locked(id));
  for (;;) {
    if (queue->removed) return uapi::Errno::kEIDRM;
    const uapi::MsqidDs& counts = queue->counts;
    const bool fits =
        counts.cbytes + message.text.size() <= counts.qbytes && counts.qnum + 1 <= counts.qbytes;
    if (fits) break;
    if (wait == Wait::kNo) return uapi::Errno::kEAGAIN;
    const Result<void> slept = queue->changed.wait(mu_, thread, std::nullopt);
    if (!slept.ok()) return queue->removed ? uapi::Errno::kEIDRM : slept.error();
  }
  queue->counts.cbytes += message.text.size();
  ++queue->counts.qnum;
  queue->counts.stime = ipc_time();
  queue->counts.lspid = static_cast<std::int32_t>(pid);
  queue->messages.push_back(std::move(message));
  queue->changed.wake_all();
  return {};
}

// Which message is meant; the number of messages if none is.
std::size_t Messages::choose(const Queue& queue, const Wanted& wanted) {
  const std::size_t none = queue.messages.size();
  if ((wanted.flags & uapi::kMSG_COPY) != 0) {
    const auto index = static_cast<std::size_t>(wanted.type);
    return wanted.type >= 0 && index < none ? index : none;
  }
  const bool lowest = wanted.type < 0;
  const bool except = wanted.type > 0 && (wanted.flags & uapi::kMSG_EXCEPT) != 0;
  constexpr std::int32_t kLowest = std::numeric_limits<std::int32_t>::min();
  std::int32_t limit = wanted.type == kLowest ? -(kLowest + 1) : -wanted.type;
  std::size_t found = none;
  for (std::size_t i = 0; i < none; ++i) {
    const std::int32_t type = queue.messages[i].type;
    if (lowest) {
      if (type > limit) continue;
      found = i;
      limit = type - 1;  // the first of the lowest
    } else if (wanted.type == 0 || (type == wanted.type) != except) {
      return i;
    }
  }
  return found;
}

Result<Messages::Message> Messages::receive(std::int32_t id, const Wanted& wanted,
                                            std::uint32_t pid, runtime::Thread& thread) {
  const MutexLock lock(mu_);
  const Ref queue = LIND_TRY(find_locked(id));
  std::size_t index = 0;
  for (;;) {
    if (queue->removed) return uapi::Errno::kEIDRM;
    index = choose(*queue, wanted);
    if (index < queue->messages.size()) break;
    if ((wanted.flags & uapi::kIPC_NOWAIT) != 0) return uapi::Errno::kENOMSG;
    const Result<void> slept = queue->changed.wait(mu_, thread, std::nullopt);
    if (!slept.ok()) return queue->removed ? uapi::Errno::kEIDRM : slept.error();
  }
  const bool cuts = queue->messages[index].text.size() > wanted.max_bytes;
  if (cuts && (wanted.flags & uapi::kMSG_NOERROR) == 0) return uapi::Errno::kE2BIG;
  Message message;
  if ((wanted.flags & uapi::kMSG_COPY) != 0) {
    message = queue->messages[index];
  } else {
    message = std::move(queue->messages[index]);
    queue->messages.erase(queue->messages.begin() + static_cast<std::ptrdiff_t>(index));
    queue->counts.cbytes -= message.text.size();
    --queue->counts.qnum;
    queue->counts.rtime = ipc_time();
    queue->counts.lrpid = static_cast<std::int32_t>(pid);
    queue->changed.wake_all();
  }
  if (cuts) message.text.resize(wanted.max_bytes);
  return message;
}

Result<uapi::MsqidDs> Messages::status(std::int32_t id) {
  const MutexLock lock(mu_);
  const Ref queue = LIND_TRY(find_locked(id));
  uapi::MsqidDs status = queue->counts;
  status.perm = queue->perm;
  return status;
}

Result<void> Messages::set(std::int32_t id, const uapi::MsqidDs& wanted) {
  const MutexLock lock(mu_);
  const Ref queue = LIND_TRY(find_locked(id));
  if (wanted.qbytes > kMaxQueueBytes) return uapi::Errno::kEPERM;
  IdTable<Queue>::set_perm(*queue, wanted.perm);
  queue->counts.qbytes = wanted.qbytes;
  queue->counts.ctime = ipc_time();
  queue->changed.wake_all();
  return {};
}

Result<void> Messages::remove(std::int32_t id) {
  const MutexLock lock(mu_);
  const Ref queue = LIND_TRY(find_locked(id));
  queues_.remove(id);
  queue->changed.wake_all();
  return {};
}

}  // namespace lind::rawposix
