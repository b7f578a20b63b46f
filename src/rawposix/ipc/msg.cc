// msgget, msgsnd, msgrcv, msgctl.

#include <limits>
#include <span>
#include <utility>

#include "rawposix/ipc/handlers.h"
#include "rawposix/ipc/ipc.h"
#include "runtime/address_space.h"

namespace lind::rawposix {
namespace {

Messages& queues_of(Caller& caller) {
  return caller.kernel().ipc().messages;
}

// Never made again behind a handler: signal(7).
uapi::Errno not_restarted(uapi::Errno error) noexcept {
  return error == uapi::Errno::kEINTR ? uapi::Errno::kERESTARTNOHAND : error;
}

constexpr std::uint64_t kTypeBytes = sizeof(std::int32_t);
constexpr std::uint64_t kMaxSize = std::numeric_limits<std::int32_t>::max();

}  // namespace

Result<std::int64_t> sys_msgget(Caller& caller, std::int32_t key, std::int32_t flags) {
  return LIND_TRY(queues_of(caller).get(key, flags));
}

Result<std::int64_t> sys_msgsnd(Caller& caller, std::int32_t id,
                                runtime::GuestPtr<std::int32_t> message, std::uint64_t num_bytes,
                                std::int32_t flags) {
  Messages::Message copy{.type = LIND_TRY(message.read()), .text = {}};
  if (num_bytes > Messages::kMaxMessageBytes || id < 0 || copy.type < 1) {
    return uapi::Errno::kEINVAL;
  }
  copy.text.resize(num_bytes);
  const runtime::GuestBytes text = message.at_byte<std::byte>(kTypeBytes);
  LIND_TRY(text.owner()->copy_in(copy.text, text.addr()));
  const auto wait = (flags & uapi::kIPC_NOWAIT) != 0 ? Messages::Wait::kNo : Messages::Wait::kYes;
  const Result<void> sent =
      queues_of(caller).send(id, std::move(copy), wait, caller.process().pid(), caller.thread());
  if (!sent.ok()) return not_restarted(sent.error());
  return 0;
}

Result<std::int64_t> sys_msgrcv(Caller& caller, std::int32_t id,
                                runtime::GuestPtr<std::int32_t> message, std::uint64_t num_bytes,
                                std::int32_t type, std::int32_t flags) {
  if (id < 0 || num_bytes > kMaxSize) return uapi::Errno::kEINVAL;
  if ((flags & uapi::kMSG_COPY) != 0) {
    const bool fits = (flags & uapi::kIPC_NOWAIT) != 0 && (flags & uapi::kMSG_EXCEPT) == 0;
    if (!fits) return uapi::Errno::kEINVAL;
  }
  const Result<Messages::Message> received =
      queues_of(caller).receive(id, {.type = type, .flags = flags, .max_bytes = num_bytes},
                                caller.process().pid(), caller.thread());
  if (!received.ok()) return not_restarted(received.error());
  const Messages::Message& taken = received.value();
  LIND_TRY(message.write(taken.type));
  const runtime::GuestBytes text = message.at_byte<std::byte>(kTypeBytes);
  LIND_TRY(text.owner()->copy_out(text.addr(), taken.text));
  return static_cast<std::int64_t>(taken.text.size());
}

Result<std::int64_t> sys_msgctl(Caller& caller, std::int32_t id, std::int32_t command,
                                runtime::GuestPtr<uapi::MsqidDs> buffer) {
  Messages& queues = queues_of(caller);
  switch (command & ~uapi::kIPC_64) {
    case uapi::kIPC_STAT: {
      const uapi::MsqidDs status = LIND_TRY(queues.status(id));
      LIND_TRY(buffer.write(status));
      return 0;
    }
    case uapi::kIPC_SET: {
      const uapi::MsqidDs wanted = LIND_TRY(buffer.read());
      LIND_TRY(queues.set(id, wanted));
      return 0;
    }
    case uapi::kIPC_RMID:
      LIND_TRY(queues.remove(id));
      return 0;
    default:
      return uapi::Errno::kEINVAL;
  }
}

}  // namespace lind::rawposix
