/// \file
/// Flags of clone, wait, exec, prctl and the auxiliary vector.  Numbers: linux/sched.h,
/// linux/wait.h, linux/fcntl.h, linux/prctl.h, linux/auxvec.h, v6.1.

#pragma once

#include <cstdint>

namespace lind::uapi {

inline constexpr std::uint64_t kCSIGNAL = 0x000000ff;
inline constexpr std::uint64_t kCLONE_VM = 0x00000100;
inline constexpr std::uint64_t kCLONE_FS = 0x00000200;
inline constexpr std::uint64_t kCLONE_FILES = 0x00000400;
inline constexpr std::uint64_t kCLONE_SIGHAND = 0x00000800;
inline constexpr std::uint64_t kCLONE_PIDFD = 0x00001000;
inline constexpr std::uint64_t kCLONE_PTRACE = 0x00002000;
inline constexpr std::uint64_t kCLONE_VFORK = 0x00004000;
inline constexpr std::uint64_t kCLONE_PARENT = 0x00008000;
inline constexpr std::uint64_t kCLONE_THREAD = 0x00010000;
inline constexpr std::uint64_t kCLONE_SYSVSEM = 0x00040000;
inline constexpr std::uint64_t kCLONE_SETTLS = 0x00080000;
inline constexpr std::uint64_t kCLONE_PARENT_SETTID = 0x00100000;
inline constexpr std::uint64_t kCLONE_CHILD_CLEARTID = 0x00200000;
inline constexpr std::uint64_t kCLONE_DETACHED = 0x00400000;
inline constexpr std::uint64_t kCLONE_UNTRACED = 0x00800000;
inline constexpr std::uint64_t kCLONE_CHILD_SETTID = 0x01000000;
inline constexpr std::uint64_t kCLONE_IO = 0x80000000;

inline constexpr std::int32_t kWNOHANG = 0x00000001;
inline constexpr std::int32_t kWUNTRACED = 0x00000002;
inline constexpr std::int32_t kWSTOPPED = kWUNTRACED;
inline constexpr std::int32_t kWEXITED = 0x00000004;
inline constexpr std::int32_t kWCONTINUED = 0x00000008;
inline constexpr std::int32_t kWNOWAIT = 0x01000000;
inline constexpr std::int32_t k__WNOTHREAD = 0x20000000;
inline constexpr std::int32_t k__WALL = 0x40000000;
inline constexpr std::int32_t k__WCLONE = INT32_MIN;  ///< bit 31

inline constexpr std::int32_t kSCHED_OTHER = 0;
inline constexpr std::int32_t kSCHED_FIFO = 1;
inline constexpr std::int32_t kSCHED_RR = 2;
inline constexpr std::int32_t kSCHED_BATCH = 3;
inline constexpr std::int32_t kSCHED_IDLE = 5;
inline constexpr std::int32_t kSCHED_DEADLINE = 6;
inline constexpr std::int32_t kSCHED_RESET_ON_FORK = 0x40000000;

inline constexpr std::int32_t kP_ALL = 0;
inline constexpr std::int32_t kP_PID = 1;
inline constexpr std::int32_t kP_PGID = 2;
inline constexpr std::int32_t kP_PIDFD = 3;

inline constexpr std::int32_t kPR_SET_PDEATHSIG = 1;
inline constexpr std::int32_t kPR_GET_DUMPABLE = 3;
inline constexpr std::int32_t kPR_SET_NAME = 15;
inline constexpr std::int32_t kPR_GET_NAME = 16;
inline constexpr std::int32_t kPR_SET_NO_NEW_PRIVS = 38;
inline constexpr std::int32_t kPR_GET_NO_NEW_PRIVS = 39;
inline constexpr std::uint32_t kTaskNameBytes = 16;  ///< TASK_COMM_LEN, with its NUL

inline constexpr std::uint32_t kAT_NULL = 0;
inline constexpr std::uint32_t kAT_PHDR = 3;
inline constexpr std::uint32_t kAT_PHNUM = 5;
inline constexpr std::uint32_t kAT_PAGESZ = 6;
inline constexpr std::uint32_t kAT_UID = 11;
inline constexpr std::uint32_t kAT_EUID = 12;
inline constexpr std::uint32_t kAT_GID = 13;
inline constexpr std::uint32_t kAT_EGID = 14;
inline constexpr std::uint32_t kAT_HWCAP = 16;
inline constexpr std::uint32_t kAT_CLKTCK = 17;
inline constexpr std::uint32_t kAT_SECURE = 23;
inline constexpr std::uint32_t kAT_RANDOM = 25;
inline constexpr std::uint32_t kAT_EXECFN = 31;

/// A wait status: `code` of exit, or the number of the signal that killed or stopped.
constexpr std::int32_t exited_status(std::int32_t code) noexcept {
  return (code & 0xff) << 8;
}
constexpr std::int32_t killed_status(std::int32_t signo) noexcept {
  return signo & 0x7f;
}
constexpr std::int32_t stopped_status(std::int32_t signo) noexcept {
  return (signo << 8) | 0x7f;
}
inline constexpr std::int32_t kContinuedStatus = 0xffff;

}  // namespace lind::uapi
