/// \file
/// Numbers and structures of WASI preview 1 and its predecessor, snapshot 0.
/// Source: WebAssembly/WASI, branch wasi-0.1, typenames.witx; the old one: phases/old/snapshot_0.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "uapi/guest_type.h"

namespace lind::wasi {

enum class Errno : std::uint16_t {
  kSuccess = 0,
  k2big = 1,
  kAcces = 2,
  kAddrinuse = 3,
  kAddrnotavail = 4,
  kAfnosupport = 5,
  kAgain = 6,
  kAlready = 7,
  kBadf = 8,
  kBadmsg = 9,
  kBusy = 10,
  kCanceled = 11,
  kChild = 12,
  kConnaborted = 13,
  kConnrefused = 14,
  kConnreset = 15,
  kDeadlk = 16,
  kDestaddrreq = 17,
  kDom = 18,
  kDquot = 19,
  kExist = 20,
  kFault = 21,
  kFbig = 22,
  kHostunreach = 23,
  kIdrm = 24,
  kIlseq = 25,
  kInprogress = 26,
  kIntr = 27,
  kInval = 28,
  kIo = 29,
  kIsconn = 30,
  kIsdir = 31,
  kLoop = 32,
  kMfile = 33,
  kMlink = 34,
  kMsgsize = 35,
  kMultihop = 36,
  kNametoolong = 37,
  kNetdown = 38,
  kNetreset = 39,
  kNetunreach = 40,
  kNfile = 41,
  kNobufs = 42,
  kNodev = 43,
  kNoent = 44,
  kNoexec = 45,
  kNolck = 46,
  kNolink = 47,
  kNomem = 48,
  kNomsg = 49,
  kNoprotoopt = 50,
  kNospc = 51,
  kNosys = 52,
  kNotconn = 53,
  kNotdir = 54,
  kNotempty = 55,
  kNotrecoverable = 56,
  kNotsock = 57,
  kNotsup = 58,
  kNotty = 59,
  kNxio = 60,
  kOverflow = 61,
  kOwnerdead = 62,
  kPerm = 63,
  kPipe = 64,
  kProto = 65,
  kProtonosupport = 66,
  kPrototype = 67,
  kRange = 68,
  kRofs = 69,
  kSpipe = 70,
  kSrch = 71,
  kStale = 72,
  kTimedout = 73,
  kTxtbsy = 74,
  kXdev = 75,
  kNotcapable = 76,
};

template <typename T>
using Result = lind::Result<T, Errno>;
/// What most functions give: nothing, or why not.
using Answer = Result<void>;

using Rights = std::uint64_t;
inline constexpr Rights kFdDatasync = Rights{1} << 0;
inline constexpr Rights kFdRead = Rights{1} << 1;
inline constexpr Rights kFdSeek = Rights{1} << 2;
inline constexpr Rights kFdFdstatSetFlags = Rights{1} << 3;
inline constexpr Rights kFdSync = Rights{1} << 4;
inline constexpr Rights kFdTell = Rights{1} << 5;
inline constexpr Rights kFdWrite = Rights{1} << 6;
inline constexpr Rights kFdAdvise = Rights{1} << 7;
inline constexpr Rights kFdAllocate = Rights{1} << 8;
inline constexpr Rights kPathCreateDirectory = Rights{1} << 9;
inline constexpr Rights kPathCreateFile = Rights{1} << 10;
inline constexpr Rights kPathLinkSource = Rights{1} << 11;
inline constexpr Rights kPathLinkTarget = Rights{1} << 12;
inline constexpr Rights kPathOpen = Rights{1} << 13;
inline constexpr Rights kFdReaddir = Rights{1} << 14;
inline constexpr Rights kPathReadlink = Rights{1} << 15;
inline constexpr Rights kPathRenameSource = Rights{1} << 16;
inline constexpr Rights kPathRenameTarget = Rights{1} << 17;
inline constexpr Rights kPathFilestatGet = Rights{1} << 18;
inline constexpr Rights kPathFilestatSetSize = Rights{1} << 19;
inline constexpr Rights kPathFilestatSetTimes = Rights{1} << 20;
inline constexpr Rights kFdFilestatGet = Rights{1} << 21;
inline constexpr Rights kFdFilestatSetSize = Rights{1} << 22;
inline constexpr Rights kFdFilestatSetTimes = Rights{1} << 23;
inline constexpr Rights kPathSymlink = Rights{1} << 24;
inline constexpr Rights kPathRemoveDirectory = Rights{1} << 25;
inline constexpr Rights kPathUnlinkFile = Rights{1} << 26;
inline constexpr Rights kPollFdReadwrite = Rights{1} << 27;
inline constexpr Rights kSockShutdown = Rights{1} << 28;
inline constexpr Rights kSockAccept = Rights{1} << 29;

enum class Filetype : std::uint8_t {
  kUnknown = 0,
  kBlockDevice = 1,
  kCharacterDevice = 2,
  kDirectory = 3,
  kRegularFile = 4,
  kSocketDgram = 5,
  kSocketStream = 6,
  kSymbolicLink = 7,
};

inline constexpr std::uint16_t kFdflagAppend = 1;
inline constexpr std::uint16_t kFdflagDsync = 2;
inline constexpr std::uint16_t kFdflagNonblock = 4;
inline constexpr std::uint16_t kFdflagRsync = 8;
inline constexpr std::uint16_t kFdflagSync = 16;

inline constexpr std::uint16_t kOflagCreat = 1;
inline constexpr std::uint16_t kOflagDirectory = 2;
inline constexpr std::uint16_t kOflagExcl = 4;
inline constexpr std::uint16_t kOflagTrunc = 8;

inline constexpr std::uint32_t kLookupSymlinkFollow = 1;

inline constexpr std::uint16_t kFstAtim = 1;
inline constexpr std::uint16_t kFstAtimNow = 2;
inline constexpr std::uint16_t kFstMtim = 4;
inline constexpr std::uint16_t kFstMtimNow = 8;

inline constexpr std::uint32_t kClockRealtime = 0;
inline constexpr std::uint32_t kClockMonotonic = 1;
inline constexpr std::uint32_t kClockThreadCputime = 3;  ///< the last one

inline constexpr std::uint32_t kRiPeek = 1;
inline constexpr std::uint32_t kRiWaitall = 2;
inline constexpr std::uint16_t kRoDataTruncated = 1;
inline constexpr std::uint32_t kSdRead = 1;
inline constexpr std::uint32_t kSdWrite = 2;

struct Iovec {
  std::uint32_t buffer;
  std::uint32_t num_bytes;
};
static_assert(sizeof(Iovec) == 8);

struct Fdstat {
  std::uint8_t filetype = 0;
  std::uint8_t pad0 = 0;
  std::uint16_t flags = 0;
  std::uint32_t pad1 = 0;
  Rights base = 0;
  Rights inheriting = 0;
};
static_assert(sizeof(Fdstat) == 24 && offsetof(Fdstat, base) == 8 && uapi::GuestType<Fdstat>);

struct Filestat {
  std::uint64_t dev = 0;
  std::uint64_t ino = 0;
  std::uint8_t filetype = 0;
  std::array<std::uint8_t, 7> pad{};
  std::uint64_t nlink = 0;
  std::uint64_t size = 0;
  std::uint64_t atim = 0;  ///< this and the following: ns
  std::uint64_t mtim = 0;
  std::uint64_t ctim = 0;
};
static_assert(sizeof(Filestat) == 64 && offsetof(Filestat, nlink) == 24 &&
              uapi::GuestType<Filestat>);

struct Filestat0 {
  std::uint64_t dev = 0;
  std::uint64_t ino = 0;
  std::uint8_t filetype = 0;
  std::array<std::uint8_t, 3> pad{};
  std::uint32_t nlink = 0;
  std::uint64_t size = 0;
  std::uint64_t atim = 0;
  std::uint64_t mtim = 0;
  std::uint64_t ctim = 0;
};
static_assert(sizeof(Filestat0) == 56 && offsetof(Filestat0, nlink) == 20 &&
              uapi::GuestType<Filestat0>);

/// The name follows, without a NUL.
struct Dirent {
  std::uint64_t next = 0;
  std::uint64_t ino = 0;
  std::uint32_t name_bytes = 0;
  std::uint8_t filetype = 0;
  std::array<std::uint8_t, 3> pad{};
};
static_assert(sizeof(Dirent) == 24 && uapi::GuestType<Dirent>);

struct Prestat {
  std::uint8_t tag = 0;  ///< a directory
  std::array<std::uint8_t, 3> pad{};
  std::uint32_t name_bytes = 0;
};
static_assert(sizeof(Prestat) == 8 && uapi::GuestType<Prestat>);

inline constexpr std::uint8_t kEventClock = 0;
inline constexpr std::uint8_t kEventFdRead = 1;
inline constexpr std::uint8_t kEventFdWrite = 2;
inline constexpr std::uint16_t kSubclockAbstime = 1;
inline constexpr std::uint16_t kEventHangup = 1;

struct Subscription {
  std::uint64_t userdata = 0;
  std::uint8_t tag = 0;
  std::array<std::uint8_t, 7> pad0{};
  std::uint32_t id = 0;  ///< of the clock, or the descriptor
  std::uint32_t pad1 = 0;
  std::uint64_t timeout = 0;  ///< ns
  std::uint64_t precision = 0;
  std::uint16_t flags = 0;
  std::array<std::uint8_t, 6> pad2{};
};
static_assert(sizeof(Subscription) == 48 && offsetof(Subscription, timeout) == 24 &&
              uapi::GuestType<Subscription>);

struct Subscription0 {
  std::uint64_t userdata = 0;
  std::uint8_t tag = 0;
  std::array<std::uint8_t, 7> pad0{};
  std::uint64_t identifier = 0;  ///< of a clock: of no meaning; else the descriptor
  std::uint32_t clock = 0;
  std::uint32_t pad1 = 0;
  std::uint64_t timeout = 0;
  std::uint64_t precision = 0;
  std::uint16_t flags = 0;
  std::array<std::uint8_t, 6> pad2{};
};
static_assert(sizeof(Subscription0) == 56 && offsetof(Subscription0, timeout) == 32 &&
              uapi::GuestType<Subscription0>);

struct Event {
  std::uint64_t userdata = 0;
  std::uint16_t error = 0;
  std::uint8_t type = 0;
  std::array<std::uint8_t, 5> pad0{};
  std::uint64_t num_bytes = 0;
  std::uint16_t flags = 0;
  std::array<std::uint8_t, 6> pad1{};
};
static_assert(sizeof(Event) == 32 && offsetof(Event, num_bytes) == 16 && uapi::GuestType<Event>);

}  // namespace lind::wasi
