/// \file
/// What processes of one instance share by name: System V objects and POSIX message queues.

#pragma once

#include "rawposix/ipc/message_queues.h"
#include "rawposix/ipc/messages.h"
#include "rawposix/ipc/semaphores.h"
#include "rawposix/ipc/shared_memory.h"

namespace lind::rawposix {

struct Ipc {
  SharedMemory shared_memory;
  Semaphores semaphores;
  Messages messages;
  MessageQueues message_queues;
};

}  // namespace lind::rawposix
