#include "rawposix/ipc/message_queues.h"

#include <utility>

#include "rawposix/process.h"

namespace lind::rawposix {
namespace {

constexpr std::int32_t kSiMesgq = -3;  // asm-generic/siginfo.h: SI_MESGQ

void tell(const std::shared_ptr<Process>& process, const uapi::SigEvent& event) {
  if (process == nullptr || event.notify != uapi::kSIGEV_SIGNAL) return;
  uapi::SigInfo info{};
  info.signo = event.signo;
  info.code = kSiMesgq;
  info.words[0] = process->pid();
  info.words[2] = event.value;
  process->send_signal(info);
}

}  // namespace

Result<std::shared_ptr<MessageQueue>> MessageQueue::create(std::int64_t max_messages,
                                                           std::int64_t message_bytes) {
  Readiness ready = LIND_TRY(Readiness::create());
  return std::shared_ptr<MessageQueue>(
      new MessageQueue(max_messages, message_bytes, std::move(ready)));
}

void MessageQueue::tell_ready_locked() {
  ready_.set({.readable = count_ > 0, .writable = count_ < max_messages_});
}

Result<void> MessageQueue::send(Message message, const Patience& patience,
                                runtime::Thread& thread) {
  if (message.text.size() > static_cast<std::uint64_t>(message_bytes_)) {
    return uapi::Errno::kEMSGSIZE;
  }
  std::optional<Watcher> told;
  {
    const MutexLock lock(mu_);
    while (count_ >= max_messages_) {
      if (!patience.waits) return uapi::Errno::kEAGAIN;
      LIND_TRY(changed_.wait(mu_, thread, patience.deadline_ns));
    }
    messages_[message.priority].push_back(std::move(message.text));
    ++count_;
    if (count_ == 1 && num_receivers_ == 0) told = std::exchange(watcher_, std::nullopt);
    tell_ready_locked();
    changed_.wake_all();
  }
  if (told) tell(told->process.lock(), told->event);
  return {};
}

Result<MessageQueue::Message> MessageQueue::receive(const Patience& patience,
                                                    runtime::Thread& thread) {
  const MutexLock lock(mu_);
  while (count_ == 0) {
    if (!patience.waits) return uapi::Errno::kEAGAIN;
    ++num_receivers_;
    const Result<void> slept = changed_.wait(mu_, thread, patience.deadline_ns);
    --num_receivers_;
    LIND_TRY(slept);
  }
  const auto first = messages_.begin();
  Message message{.priority = first->first, .text = std::move(first->second.front())};
  first->second.pop_front();
  if (first->second.empty()) messages_.erase(first);
  --count_;
  tell_ready_locked();
  changed_.wake_all();
  return message;
}

uapi::MqAttr MessageQueue::attributes() const {
  const MutexLock lock(mu_);
  uapi::MqAttr attributes;
  attributes.maxmsg = max_messages_;
  attributes.msgsize = message_bytes_;
  attributes.curmsgs = count_;
  return attributes;
}

Result<void> MessageQueue::watch(std::weak_ptr<Process> process, const uapi::SigEvent& event) {
  const MutexLock lock(mu_);
  if (watcher_ && !watcher_->process.expired()) return uapi::Errno::kEBUSY;
  watcher_ = Watcher{.process = std::move(process), .event = event};
  return {};
}

void MessageQueue::unwatch(const Process& process) {
  const MutexLock lock(mu_);
  if (watcher_ && watcher_->process.lock().get() == &process) watcher_.reset();
}

std::shared_ptr<host::UniqueFd> MessageQueue::ready_fd() const {
  const MutexLock lock(mu_);
  return ready_.fd();
}

Result<std::shared_ptr<MessageQueue>> MessageQueues::open(
    const std::string& name, bool creates, bool exclusive,
    const std::optional<uapi::MqAttr>& attributes) {
  const MutexLock lock(mu_);
  const auto found = queues_.find(name);
  if (found != queues_.end()) {
    if (creates && exclusive) return uapi::Errno::kEEXIST;
    return found->second;
  }
  if (!creates) return uapi::Errno::kENOENT;
  if (queues_.size() >= kMaxQueues) return uapi::Errno::kENOSPC;
  std::int64_t max_messages = MessageQueue::kMaxMessages;
  std::int64_t message_bytes = MessageQueue::kMaxMessageBytes;
  if (attributes) {
    max_messages = attributes->maxmsg;
    message_bytes = attributes->msgsize;
    const bool valid = max_messages > 0 && max_messages <= MessageQueue::kMaxMessages &&
                       message_bytes > 0 && message_bytes <= MessageQueue::kMaxMessageBytes;
    if (!valid) return uapi::Errno::kEINVAL;
  }
  std::shared_ptr<MessageQueue> queue = LIND_TRY(MessageQueue::create(max_messages, message_bytes));
  queues_[name] = queue;
  return queue;
}

Result<void> MessageQueues::unlink(const std::string& name) {
  std::shared_ptr<MessageQueue> dropped;
  const MutexLock lock(mu_);
  const auto found = queues_.find(name);
  if (found == queues_.end()) return uapi::Errno::kENOENT;
  dropped = std::move(found->second);
  queues_.erase(found);
  return {};
}

}  // namespace lind::rawposix
