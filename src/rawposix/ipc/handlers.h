/// \file
/// System calls of System V and POSIX interprocess communication.
/// The contract of each is its Linux manual page; deviations are notes in uapi/syscalls.def.

#pragma once

#include <cstdint>

#include "base/result.h"
#include "rawposix/caller.h"
#include "runtime/guest_memory.h"
#include "uapi/ipc.h"
#include "uapi/signal.h"
#include "uapi/time.h"

namespace lind::rawposix {

// shm.cc
Result<std::int64_t> sys_shmget(Caller&, std::int32_t key, std::uint64_t num_bytes,
                                std::int32_t flags);
Result<std::int64_t> sys_shmat(Caller&, std::int32_t id, std::uint64_t address, std::int32_t flags);
Result<std::int64_t> sys_shmdt(Caller&, std::uint64_t address);
Result<std::int64_t> sys_shmctl(Caller&, std::int32_t id, std::int32_t command,
                                runtime::GuestPtr<uapi::ShmidDs> buffer);

// sem.cc
Result<std::int64_t> sys_semget(Caller&, std::int32_t key, std::int32_t num_sems,
                                std::int32_t flags);
Result<std::int64_t> sys_semop(Caller&, std::int32_t id, runtime::GuestPtr<uapi::Sembuf> operations,
                               std::uint64_t count);
Result<std::int64_t> sys_semtimedop(Caller&, std::int32_t id,
                                    runtime::GuestPtr<uapi::Sembuf> operations, std::uint64_t count,
                                    runtime::GuestPtr<uapi::Timespec> timeout);
Result<std::int64_t> sys_semctl(Caller&, std::int32_t id, std::int32_t num, std::int32_t command,
                                runtime::GuestBytes arg);

// msg.cc
Result<std::int64_t> sys_msgget(Caller&, std::int32_t key, std::int32_t flags);
Result<std::int64_t> sys_msgsnd(Caller&, std::int32_t id, runtime::GuestPtr<std::int32_t> message,
                                std::uint64_t num_bytes, std::int32_t flags);
Result<std::int64_t> sys_msgrcv(Caller&, std::int32_t id, runtime::GuestPtr<std::int32_t> message,
                                std::uint64_t num_bytes, std::int32_t type, std::int32_t flags);
Result<std::int64_t> sys_msgctl(Caller&, std::int32_t id, std::int32_t command,
                                runtime::GuestPtr<uapi::MsqidDs> buffer);

// mqueue.cc
Result<std::int64_t> sys_mq_open(Caller&, runtime::GuestPtr<const char> name, std::int32_t flags,
                                 std::uint32_t mode, runtime::GuestPtr<uapi::MqAttr> attributes);
Result<std::int64_t> sys_mq_unlink(Caller&, runtime::GuestPtr<const char> name);
Result<std::int64_t> sys_mq_timedsend(Caller&, Fd fd, runtime::GuestBytes message,
                                      std::uint64_t num_bytes, std::uint32_t priority,
                                      runtime::GuestPtr<uapi::Timespec> timeout);
Result<std::int64_t> sys_mq_timedreceive(Caller&, Fd fd, runtime::GuestBytes message,
                                         std::uint64_t num_bytes,
                                         runtime::GuestPtr<std::uint32_t> priority,
                                         runtime::GuestPtr<uapi::Timespec> timeout);
Result<std::int64_t> sys_mq_notify(Caller&, Fd fd, runtime::GuestPtr<uapi::SigEvent> event);
Result<std::int64_t> sys_mq_getsetattr(Caller&, Fd fd, runtime::GuestPtr<uapi::MqAttr> wanted,
                                       runtime::GuestPtr<uapi::MqAttr> old);

}  // namespace lind::rawposix
