/// \file
/// Structures of System V and POSIX interprocess communication: those of x86-64, as
/// docs/guest-abi.md says; a message begins with a 32-bit type, the `long` of an ILP32 program.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "uapi/guest_type.h"

namespace lind::uapi {

inline constexpr std::int32_t kIPC_PRIVATE = 0;
inline constexpr std::int32_t kIPC_CREAT = 01000;
inline constexpr std::int32_t kIPC_EXCL = 02000;
inline constexpr std::int32_t kIPC_NOWAIT = 04000;
inline constexpr std::int32_t kIPC_RMID = 0;
inline constexpr std::int32_t kIPC_SET = 1;
inline constexpr std::int32_t kIPC_STAT = 2;
/// Or'ed to commands by libraries that know the structures below; all ours do.
inline constexpr std::int32_t kIPC_64 = 0x100;

struct IpcPerm {
  std::int32_t key = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t cuid = 0;
  std::uint32_t cgid = 0;
  std::uint32_t mode = 0;
  std::uint16_t seq = 0;
  std::uint16_t pad = 0;
  std::uint32_t pad2 = 0;
  std::array<std::uint64_t, 2> reserved{};
};
static_assert(sizeof(IpcPerm) == 48 && GuestType<IpcPerm>);

// --- shared memory -----------------------------------------------------------------------------

inline constexpr std::int32_t kSHM_LOCK = 11;
inline constexpr std::int32_t kSHM_UNLOCK = 12;
inline constexpr std::int32_t kSHM_RDONLY = 010000;
inline constexpr std::int32_t kSHM_RND = 020000;
inline constexpr std::int32_t kSHM_REMAP = 040000;
inline constexpr std::int32_t kSHM_EXEC = 0100000;
inline constexpr std::uint32_t kSHM_DEST = 01000;

struct ShmidDs {
  IpcPerm perm;
  std::uint32_t segsz = 0;
  std::uint32_t pad = 0;
  std::int64_t atime = 0;
  std::int64_t dtime = 0;
  std::int64_t ctime = 0;
  std::int32_t cpid = 0;
  std::int32_t lpid = 0;
  std::uint64_t nattch = 0;
  std::array<std::uint64_t, 2> reserved{};
};
static_assert(sizeof(ShmidDs) == 112 && offsetof(ShmidDs, nattch) == 88 && GuestType<ShmidDs>);

// --- semaphores --------------------------------------------------------------------------------

inline constexpr std::int32_t kGETPID = 11;
inline constexpr std::int32_t kGETVAL = 12;
inline constexpr std::int32_t kGETALL = 13;
inline constexpr std::int32_t kGETNCNT = 14;
inline constexpr std::int32_t kGETZCNT = 15;
inline constexpr std::int32_t kSETVAL = 16;
inline constexpr std::int32_t kSETALL = 17;
inline constexpr std::int32_t kSEM_UNDO = 0x1000;

struct Sembuf {
  std::uint16_t num = 0;
  std::int16_t op = 0;
  std::int16_t flags = 0;
};
static_assert(sizeof(Sembuf) == 6 && GuestType<Sembuf>);

struct SemidDs {
  IpcPerm perm;
  std::int64_t otime = 0;
  std::uint64_t reserved1 = 0;
  std::int64_t ctime = 0;
  std::uint64_t reserved2 = 0;
  std::uint64_t nsems = 0;
  std::array<std::uint64_t, 2> reserved3{};
};
static_assert(sizeof(SemidDs) == 104 && offsetof(SemidDs, nsems) == 80 && GuestType<SemidDs>);

// --- messages ----------------------------------------------------------------------------------

inline constexpr std::int32_t kMSG_NOERROR = 010000;
inline constexpr std::int32_t kMSG_EXCEPT = 020000;
inline constexpr std::int32_t kMSG_COPY = 040000;

struct MsqidDs {
  IpcPerm perm;
  std::int64_t stime = 0;
  std::int64_t rtime = 0;
  std::int64_t ctime = 0;
  std::uint64_t cbytes = 0;
  std::uint64_t qnum = 0;
  std::uint64_t qbytes = 0;
  std::int32_t lspid = 0;
  std::int32_t lrpid = 0;
  std::array<std::uint64_t, 2> reserved{};
};
static_assert(sizeof(MsqidDs) == 120 && offsetof(MsqidDs, lspid) == 96 && GuestType<MsqidDs>);

// --- POSIX message queues ------------------------------------------------------------------------

struct MqAttr {
  std::int64_t flags = 0;
  std::int64_t maxmsg = 0;
  std::int64_t msgsize = 0;
  std::int64_t curmsgs = 0;
  std::array<std::int64_t, 4> reserved{};
};
static_assert(sizeof(MqAttr) == 64 && GuestType<MqAttr>);

}  // namespace lind::uapi
