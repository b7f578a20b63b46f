/// \file
/// Signals as guests see them.  Layout: docs/guest-abi.md, sections 3 and 5.  Numbers:
/// asm/signal.h and asm-generic/siginfo.h of x86-64, v6.1.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "uapi/guest_type.h"

namespace lind::uapi {

inline constexpr std::int32_t kSIGHUP = 1;
inline constexpr std::int32_t kSIGINT = 2;
inline constexpr std::int32_t kSIGQUIT = 3;
inline constexpr std::int32_t kSIGILL = 4;
inline constexpr std::int32_t kSIGTRAP = 5;
inline constexpr std::int32_t kSIGABRT = 6;
inline constexpr std::int32_t kSIGBUS = 7;
inline constexpr std::int32_t kSIGFPE = 8;
inline constexpr std::int32_t kSIGKILL = 9;
inline constexpr std::int32_t kSIGUSR1 = 10;
inline constexpr std::int32_t kSIGSEGV = 11;
inline constexpr std::int32_t kSIGUSR2 = 12;
inline constexpr std::int32_t kSIGPIPE = 13;
inline constexpr std::int32_t kSIGALRM = 14;
inline constexpr std::int32_t kSIGTERM = 15;
inline constexpr std::int32_t kSIGSTKFLT = 16;
inline constexpr std::int32_t kSIGCHLD = 17;
inline constexpr std::int32_t kSIGCONT = 18;
inline constexpr std::int32_t kSIGSTOP = 19;
inline constexpr std::int32_t kSIGTSTP = 20;
inline constexpr std::int32_t kSIGTTIN = 21;
inline constexpr std::int32_t kSIGTTOU = 22;
inline constexpr std::int32_t kSIGURG = 23;
inline constexpr std::int32_t kSIGXCPU = 24;
inline constexpr std::int32_t kSIGXFSZ = 25;
inline constexpr std::int32_t kSIGVTALRM = 26;
inline constexpr std::int32_t kSIGPROF = 27;
inline constexpr std::int32_t kSIGWINCH = 28;
inline constexpr std::int32_t kSIGIO = 29;
inline constexpr std::int32_t kSIGPWR = 30;
inline constexpr std::int32_t kSIGSYS = 31;
inline constexpr std::int32_t kSIGRTMIN = 32;  ///< the kernel's
inline constexpr std::int32_t kNumSignals = 64;

/// Values of SigAction::handler that are no function.
inline constexpr std::uint32_t kSIG_DFL = 0;
inline constexpr std::uint32_t kSIG_IGN = 1;

inline constexpr std::uint32_t kSA_NOCLDSTOP = 0x00000001;
inline constexpr std::uint32_t kSA_NOCLDWAIT = 0x00000002;
inline constexpr std::uint32_t kSA_SIGINFO = 0x00000004;
inline constexpr std::uint32_t kSA_UNSUPPORTED = 0x00000400;
inline constexpr std::uint32_t kSA_EXPOSE_TAGBITS = 0x00000800;
inline constexpr std::uint32_t kSA_RESTORER = 0x04000000;
inline constexpr std::uint32_t kSA_ONSTACK = 0x08000000;
inline constexpr std::uint32_t kSA_RESTART = 0x10000000;
inline constexpr std::uint32_t kSA_NODEFER = 0x40000000;
inline constexpr std::uint32_t kSA_RESETHAND = 0x80000000;

inline constexpr std::int32_t kSIG_BLOCK = 0;
inline constexpr std::int32_t kSIG_UNBLOCK = 1;
inline constexpr std::int32_t kSIG_SETMASK = 2;

inline constexpr std::int32_t kSS_ONSTACK = 1;
inline constexpr std::int32_t kSS_DISABLE = 2;
inline constexpr std::int32_t kSS_AUTODISARM = INT32_MIN;  ///< bit 31
inline constexpr std::uint32_t kMINSIGSTKSZ = 2048;

inline constexpr std::int32_t kSI_USER = 0;
inline constexpr std::int32_t kSI_KERNEL = 0x80;
inline constexpr std::int32_t kSI_QUEUE = -1;
inline constexpr std::int32_t kSI_TIMER = -2;
inline constexpr std::int32_t kSI_TKILL = -6;
inline constexpr std::int32_t kILL_ILLOPN = 2;
inline constexpr std::int32_t kFPE_INTDIV = 1;
inline constexpr std::int32_t kFPE_INTOVF = 2;
inline constexpr std::int32_t kSEGV_MAPERR = 1;
inline constexpr std::int32_t kSEGV_ACCERR = 2;
inline constexpr std::int32_t kBUS_ADRALN = 1;
inline constexpr std::int32_t kBUS_ADRERR = 2;
inline constexpr std::int32_t kCLD_EXITED = 1;
inline constexpr std::int32_t kCLD_KILLED = 2;
inline constexpr std::int32_t kCLD_STOPPED = 5;
inline constexpr std::int32_t kCLD_CONTINUED = 6;

/// struct sigaction of rt_sigaction.
struct SigAction {
  std::uint32_t handler;
  std::uint32_t flags;
  std::uint32_t restorer;
  std::uint32_t pad;
  std::uint64_t mask;
};
static_assert(sizeof(SigAction) == 24 && offsetof(SigAction, mask) == 16 && GuestType<SigAction>);

struct SigStack {
  std::uint32_t sp;
  std::int32_t flags;
  std::uint32_t size;
};
static_assert(sizeof(SigStack) == 12 && GuestType<SigStack>);

/// struct sigevent of timer_create: docs/guest-abi.md, section 3.
struct SigEvent {
  std::uint32_t value;
  std::int32_t signo;
  std::int32_t notify;
  std::int32_t tid;
  std::array<std::uint32_t, 12> pad;
};
static_assert(sizeof(SigEvent) == 64 && GuestType<SigEvent>);
inline constexpr std::int32_t kSIGEV_SIGNAL = 0;
inline constexpr std::int32_t kSIGEV_NONE = 1;
inline constexpr std::int32_t kSIGEV_THREAD = 2;
inline constexpr std::int32_t kSIGEV_THREAD_ID = 4;

/// siginfo_t.  `words` is the union that starts at byte 12; its members by use:
///   kill, tgkill, sigqueue    [0] pid  [1] uid  [2] value
///   timer                     [0] id   [1] overrun  [2] value
///   SIGCHLD                   [0] pid  [1] uid  [2] status  [3] utime  [4] stime
///   fault                     [0] address
struct SigInfo {
  std::int32_t signo;
  std::int32_t error;
  std::int32_t code;
  std::array<std::uint32_t, 29> words;
};
static_assert(sizeof(SigInfo) == 128 && offsetof(SigInfo, words) == 12 && GuestType<SigInfo>);

/// struct signalfd_siginfo.  Source: linux/signalfd.h, v6.1.
struct SignalfdInfo {
  std::uint32_t signo = 0;
  std::int32_t error = 0;
  std::int32_t code = 0;
  std::uint32_t pid = 0;
  std::uint32_t uid = 0;
  std::int32_t fd = 0;
  std::uint32_t tid = 0;
  std::uint32_t band = 0;
  std::uint32_t overrun = 0;
  std::uint32_t trap_number = 0;
  std::int32_t status = 0;
  std::int32_t number = 0;  ///< ssi_int
  std::uint64_t pointer = 0;
  std::uint64_t user_time = 0;
  std::uint64_t system_time = 0;
  std::uint64_t address = 0;
  std::array<std::uint64_t, 6> reserved{};
};
static_assert(sizeof(SignalfdInfo) == 128 && offsetof(SignalfdInfo, pointer) == 48);

}  // namespace lind::uapi
