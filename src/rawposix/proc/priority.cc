#include <algorithm>

#include "rawposix/proc/handlers.h"
#include "rawposix/proc/process_tree.h"

namespace lind::rawposix {
namespace {

// Who is meant.
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
    const std::uint32_t uid =
        who == 0 ? caller.process().credentials()->users.real : static_cast<std::uint32_t>(who);
    chosen = tree.all();
    std::erase_if(chosen,
                  [uid](const auto& process) { return process->credentials()->users.real != uid; });
  } else {
    return uapi::Errno::kEINVAL;
  }
  if (chosen.empty()) return uapi::Errno::kESRCH;
  return chosen;
}

// Source: can_nice, kernel/sched/core.c, v6.1.
bool may_be_nicer(const Credentials& own, const Process& process, std::int32_t nice) {
  if (own.is_root() || nice >= process.nice()) return true;
  return static_cast<std::uint64_t>(20 - nice) <= process.limit(uapi::kRLIMIT_NICE).current;
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
  const std::shared_ptr<const Credentials> own = caller.process().credentials();
  SysResult result = 0;
  for (const auto& process : processes) {
    if (!may_prioritise(*own, *process->credentials())) {
      result = uapi::Errno::kEPERM;
    } else if (!may_be_nicer(*own, *process, wanted)) {
      result = uapi::Errno::kEACCES;
    } else {
      process->set_nice(wanted);
    }
  }
  return result;
}

}  // namespace lind::rawposix
