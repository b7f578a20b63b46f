#include "rawposix/proc/handlers.h"
#include "uapi/process.h"

namespace lind::rawposix {

SysResult sys_exit(Caller& caller, std::int32_t code) {
  caller.process().end_thread(caller.thread(), code);
  return 0;
}

SysResult sys_exit_group(Caller& caller, std::int32_t code) {
  caller.process().begin_exit(uapi::exited_status(code));
  caller.thread().leave();
  return 0;
}

}  // namespace lind::rawposix
