#include <algorithm>

#include "rawposix/proc/handlers.h"
#include "rawposix/proc/process_tree.h"

namespace lind::rawposix {
namespace {

// Who is meant.  All processes are of user 0.
Result<std::vector<std::shared_ptr<Process>>> select(Caller& caller, std::int32_t which,
                                                     std::int32_t who) {
  ProcessTree& tree = caller.kernel().tree();
  std::vector<std::shared_ptr<Process>> chosen;
  if (which == uapi::kPRIO_PROCESS) {
    const std::uint32_t pid = who == 0 ? caller.process().pid() : static_cast<std::uint32_t>(who);
    if (std::shared_ptr<Process> process = tree.find(pid)) chosen.push_back(std::move(process));
  } else if (which == uapi::kPRIO_PGRP) {
    const std::uint32_t own = LIND_TRY(tree.group_of(caller.process().pid()));
    chosen = tree.group(who == 0 ? own : static_cast<std::uint32_t>(who));
  } else if (which == uapi::kPRIO_USER) {
    if (who == 0) chosen = tree.all();
  } else {
    return uapi::Errno::kEINVAL;
  }
  if (chosen.empty()) return uapi::Errno::kESRCH;
  return chosen;
}

}  // namespace

// The kernel answers 20 - nice, so that no priority looks like an error.
SysResult sys_getpriority(Caller& caller, std::int32_t which, std::int32_t who) {
  const auto processes = LIND_TRY(select(caller, which, who));
  std::int32_t lowest = uapi::kMaxNice;
  for (const auto& process : processes)
    lowest = std::min(lowest, process->nice());
  return 20 - lowest;
}

SysResult sys_setpriority(Caller& caller, std::int32_t which, std::int32_t who, std::int32_t nice) {
  const auto processes = LIND_TRY(select(caller, which, who));
  const std::int32_t wanted = std::clamp(nice, uapi::kMinNice, uapi::kMaxNice);
  for (const auto& process : processes)
    process->set_nice(wanted);
  return 0;
}

}  // namespace lind::rawposix
