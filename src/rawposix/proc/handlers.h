/// \file
/// System calls of processes, threads, signals, futexes, time, identity and limits.
/// The contract of each is its Linux manual page; deviations are notes in uapi/syscalls.def.

#pragma once

#include <cstdint>

#include "base/result.h"
#include "rawposix/caller.h"
#include "runtime/guest_memory.h"
#include "uapi/futex.h"
#include "uapi/process.h"
#include "uapi/resource.h"
#include "uapi/signal.h"
#include "uapi/system.h"
#include "uapi/time.h"

namespace lind::rawposix {

using runtime::GuestBytes;
using runtime::GuestPtr;
using SysResult = Result<std::int64_t>;

// clone.cc
SysResult sys_clone(Caller& caller, std::uint64_t flags, std::uint64_t stack,
                    GuestPtr<std::int32_t> parent_tid, GuestPtr<std::int32_t> child_tid,
                    std::uint64_t entry);
SysResult sys_fork(Caller& caller);
SysResult sys_vfork(Caller& caller);
SysResult sys_set_tid_address(Caller& caller, GuestPtr<std::int32_t> word);

// exit.cc
SysResult sys_exit(Caller& caller, std::int32_t code);
SysResult sys_exit_group(Caller& caller, std::int32_t code);

// exec.cc
SysResult sys_execve(Caller& caller, GuestPtr<const char> path, GuestPtr<std::uint32_t> argv,
                     GuestPtr<std::uint32_t> envp);
SysResult sys_execveat(Caller& caller, std::int32_t directory, GuestPtr<const char> path,
                       GuestPtr<std::uint32_t> argv, GuestPtr<std::uint32_t> envp,
                       std::int32_t flags);

// wait.cc
SysResult sys_wait4(Caller& caller, std::int32_t pid, GuestPtr<std::int32_t> status,
                    std::int32_t options, GuestPtr<uapi::Rusage> usage);
SysResult sys_waitid(Caller& caller, std::int32_t which, std::int32_t id,
                     GuestPtr<uapi::SigInfo> info, std::int32_t options,
                     GuestPtr<uapi::Rusage> usage);

// pidfd.cc
/// What a pidfd says to another call.
struct PidfdTarget {
  std::shared_ptr<Process> process;  ///< null once it has been waited for
  bool nonblocking;
};
/// Errors: EBADF, also for a descriptor that is no pidfd.
Result<PidfdTarget> pidfd_target(Caller& caller, Fd fd);
SysResult sys_pidfd_open(Caller& caller, std::int32_t pid, std::uint32_t flags);

// signal.cc
SysResult sys_rt_sigaction(Caller& caller, std::int32_t signo, GuestPtr<uapi::SigAction> action,
                           GuestPtr<uapi::SigAction> old_action, std::uint64_t set_bytes);
SysResult sys_rt_sigprocmask(Caller& caller, std::int32_t how, GuestPtr<std::uint64_t> set,
                             GuestPtr<std::uint64_t> old_set, std::uint64_t set_bytes);
// signalfd.cc
SysResult sys_signalfd(Caller&, std::int32_t fd, GuestPtr<std::uint64_t> mask,
                       std::uint64_t mask_bytes);
SysResult sys_signalfd4(Caller&, std::int32_t fd, GuestPtr<std::uint64_t> mask,
                        std::uint64_t mask_bytes, std::int32_t flags);
SysResult sys_rt_sigpending(Caller& caller, GuestPtr<std::uint64_t> set, std::uint64_t set_bytes);
SysResult sys_rt_sigsuspend(Caller& caller, GuestPtr<std::uint64_t> set, std::uint64_t set_bytes);
SysResult sys_rt_sigtimedwait(Caller& caller, GuestPtr<std::uint64_t> set,
                              GuestPtr<uapi::SigInfo> info, GuestPtr<uapi::Timespec> timeout,
                              std::uint64_t set_bytes);
SysResult sys_sigaltstack(Caller& caller, GuestPtr<uapi::SigStack> stack,
                          GuestPtr<uapi::SigStack> old_stack);
SysResult sys_pause(Caller& caller);

// kill.cc
SysResult sys_kill(Caller& caller, std::int32_t pid, std::int32_t signo);
SysResult sys_tkill(Caller& caller, std::int32_t tid, std::int32_t signo);
SysResult sys_tgkill(Caller& caller, std::int32_t pid, std::int32_t tid, std::int32_t signo);
SysResult sys_rt_sigqueueinfo(Caller& caller, std::int32_t pid, std::int32_t signo,
                              GuestPtr<uapi::SigInfo> info);
SysResult sys_rt_tgsigqueueinfo(Caller& caller, std::int32_t pid, std::int32_t tid,
                                std::int32_t signo, GuestPtr<uapi::SigInfo> info);
SysResult sys_pidfd_send_signal(Caller& caller, Fd pidfd, std::int32_t signo,
                                GuestPtr<uapi::SigInfo> info, std::uint32_t flags);

// futex.cc.  The fourth argument is a pointer or a count, as the operation has it.
SysResult sys_futex(Caller& caller, GuestPtr<std::uint32_t> word, std::int32_t operation,
                    std::uint32_t value, GuestPtr<uapi::Timespec> timeout,
                    GuestPtr<std::uint32_t> second_word, std::uint32_t third_value);

// robust_list.cc
SysResult sys_set_robust_list(Caller& caller, GuestPtr<uapi::RobustListHead> head,
                              std::uint32_t num_bytes);
SysResult sys_get_robust_list(Caller& caller, std::int32_t tid, GuestPtr<std::uint32_t> head,
                              GuestPtr<std::uint32_t> num_bytes);

// groups.cc
SysResult sys_getpid(Caller& caller);
SysResult sys_getppid(Caller& caller);
SysResult sys_gettid(Caller& caller);
SysResult sys_setpgid(Caller& caller, std::int32_t pid, std::int32_t pgid);
SysResult sys_getpgid(Caller& caller, std::int32_t pid);
SysResult sys_getpgrp(Caller& caller);
SysResult sys_setsid(Caller& caller);
SysResult sys_getsid(Caller& caller, std::int32_t pid);

// identity.cc
SysResult sys_getuid(Caller& caller);
SysResult sys_geteuid(Caller& caller);
SysResult sys_getgid(Caller& caller);
SysResult sys_getegid(Caller& caller);
SysResult sys_setuid(Caller& caller, std::uint32_t uid);
SysResult sys_setgid(Caller& caller, std::uint32_t gid);
SysResult sys_setreuid(Caller& caller, std::uint32_t real, std::uint32_t effective);
SysResult sys_setregid(Caller& caller, std::uint32_t real, std::uint32_t effective);
SysResult sys_setresuid(Caller& caller, std::uint32_t real, std::uint32_t effective,
                        std::uint32_t saved);
SysResult sys_setresgid(Caller& caller, std::uint32_t real, std::uint32_t effective,
                        std::uint32_t saved);
SysResult sys_getresuid(Caller& caller, GuestPtr<std::uint32_t> real,
                        GuestPtr<std::uint32_t> effective, GuestPtr<std::uint32_t> saved);
SysResult sys_getresgid(Caller& caller, GuestPtr<std::uint32_t> real,
                        GuestPtr<std::uint32_t> effective, GuestPtr<std::uint32_t> saved);
SysResult sys_setfsuid(Caller& caller, std::uint32_t uid);
SysResult sys_setfsgid(Caller& caller, std::uint32_t gid);
SysResult sys_setgroups(Caller& caller, std::int32_t size, GuestPtr<std::uint32_t> list);
SysResult sys_getgroups(Caller& caller, std::int32_t size, GuestPtr<std::uint32_t> list);

// clock.cc
SysResult sys_clock_gettime(Caller& caller, std::int32_t clock, GuestPtr<uapi::Timespec> time);
SysResult sys_clock_getres(Caller& caller, std::int32_t clock, GuestPtr<uapi::Timespec> time);
SysResult sys_gettimeofday(Caller& caller, GuestPtr<uapi::Timeval> time,
                           GuestPtr<uapi::Timezone> zone);
SysResult sys_time(Caller& caller, GuestPtr<std::int64_t> time);

// sleep.cc
SysResult sys_nanosleep(Caller& caller, GuestPtr<uapi::Timespec> request,
                        GuestPtr<uapi::Timespec> remaining);
SysResult sys_clock_nanosleep(Caller& caller, std::int32_t clock, std::int32_t flags,
                              GuestPtr<uapi::Timespec> request, GuestPtr<uapi::Timespec> remaining);

// timer.cc
SysResult sys_alarm(Caller& caller, std::uint32_t seconds);
SysResult sys_getitimer(Caller& caller, std::int32_t which, GuestPtr<uapi::Itimerval> value);
SysResult sys_setitimer(Caller& caller, std::int32_t which, GuestPtr<uapi::Itimerval> value,
                        GuestPtr<uapi::Itimerval> old_value);

// posix_timer.cc
SysResult sys_timer_create(Caller& caller, std::int32_t clock, GuestPtr<uapi::SigEvent> event,
                           GuestPtr<std::int32_t> id);
SysResult sys_timer_settime(Caller& caller, std::int32_t id, std::int32_t flags,
                            GuestPtr<uapi::Itimerspec> value, GuestPtr<uapi::Itimerspec> old_value);
SysResult sys_timer_gettime(Caller& caller, std::int32_t id, GuestPtr<uapi::Itimerspec> value);
SysResult sys_timer_getoverrun(Caller& caller, std::int32_t id);
SysResult sys_timer_delete(Caller& caller, std::int32_t id);

// timerfd.cc
SysResult sys_timerfd_create(Caller& caller, std::int32_t clock, std::int32_t flags);
SysResult sys_timerfd_settime(Caller& caller, std::int32_t fd, std::int32_t flags,
                              GuestPtr<uapi::Itimerspec> value,
                              GuestPtr<uapi::Itimerspec> old_value);
SysResult sys_timerfd_gettime(Caller& caller, std::int32_t fd, GuestPtr<uapi::Itimerspec> value);

// resource.cc
SysResult sys_times(Caller& caller, GuestPtr<uapi::Tms> out);
SysResult sys_getrusage(Caller& caller, std::int32_t who, GuestPtr<uapi::Rusage> out);
SysResult sys_getrlimit(Caller& caller, std::uint32_t resource, GuestPtr<uapi::Rlimit> out);
SysResult sys_setrlimit(Caller& caller, std::uint32_t resource, GuestPtr<uapi::Rlimit> limit);
SysResult sys_prlimit64(Caller& caller, std::int32_t pid, std::uint32_t resource,
                        GuestPtr<uapi::Rlimit> limit, GuestPtr<uapi::Rlimit> old_limit);

// priority.cc
SysResult sys_getpriority(Caller& caller, std::int32_t which, std::int32_t who);
SysResult sys_setpriority(Caller& caller, std::int32_t which, std::int32_t who, std::int32_t nice);

// scheduling.cc
SysResult sys_sched_yield(Caller& caller);
SysResult sys_sched_get_priority_max(Caller& caller, std::int32_t policy);
SysResult sys_sched_get_priority_min(Caller& caller, std::int32_t policy);
SysResult sys_sched_getscheduler(Caller& caller, std::int32_t pid);
SysResult sys_sched_getparam(Caller& caller, std::int32_t pid, GuestPtr<std::int32_t> priority);
SysResult sys_sched_setscheduler(Caller& caller, std::int32_t pid, std::int32_t policy,
                                 GuestPtr<std::int32_t> priority);
SysResult sys_sched_setparam(Caller& caller, std::int32_t pid, GuestPtr<std::int32_t> priority);
SysResult sys_sched_getaffinity(Caller& caller, std::int32_t pid, std::uint32_t num_bytes,
                                GuestBytes mask);

// system.cc
SysResult sys_uname(Caller& caller, GuestPtr<uapi::Utsname> out);
SysResult sys_sysinfo(Caller& caller, GuestPtr<uapi::Sysinfo> out);
SysResult sys_getrandom(Caller& caller, GuestBytes buffer, std::uint64_t num_bytes,
                        std::uint32_t flags);
SysResult sys_getcpu(Caller& caller, GuestPtr<std::uint32_t> cpu, GuestPtr<std::uint32_t> node);
SysResult sys_prctl(Caller& caller, std::int32_t option, GuestBytes second, std::uint64_t third,
                    std::uint64_t fourth, std::uint64_t fifth);

}  // namespace lind::rawposix
