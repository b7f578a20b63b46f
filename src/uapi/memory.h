/// \file
/// Flags of mmap and its relatives.  Numbers: asm-generic/mman-common.h, asm/mman.h, v6.1.

#pragma once

#include <cstdint>

namespace lind::uapi {

inline constexpr std::uint64_t kPROT_READ = 1;
inline constexpr std::uint64_t kPROT_WRITE = 2;
inline constexpr std::uint64_t kPROT_EXEC = 4;
inline constexpr std::uint64_t kPROT_SEM = 8;
inline constexpr std::uint64_t kPROT_GROWSDOWN = 0x01000000;
inline constexpr std::uint64_t kPROT_GROWSUP = 0x02000000;

inline constexpr std::uint64_t kMAP_SHARED = 0x01;
inline constexpr std::uint64_t kMAP_PRIVATE = 0x02;
inline constexpr std::uint64_t kMAP_SHARED_VALIDATE = 0x03;
inline constexpr std::uint64_t kMAP_TYPE = 0x0f;
inline constexpr std::uint64_t kMAP_FIXED = 0x10;
inline constexpr std::uint64_t kMAP_ANONYMOUS = 0x20;
inline constexpr std::uint64_t kMAP_32BIT = 0x40;
inline constexpr std::uint64_t kMAP_GROWSDOWN = 0x0100;
inline constexpr std::uint64_t kMAP_DENYWRITE = 0x0800;
inline constexpr std::uint64_t kMAP_EXECUTABLE = 0x1000;
inline constexpr std::uint64_t kMAP_LOCKED = 0x2000;
inline constexpr std::uint64_t kMAP_NORESERVE = 0x4000;
inline constexpr std::uint64_t kMAP_POPULATE = 0x8000;
inline constexpr std::uint64_t kMAP_NONBLOCK = 0x10000;
inline constexpr std::uint64_t kMAP_STACK = 0x20000;
inline constexpr std::uint64_t kMAP_HUGETLB = 0x40000;
inline constexpr std::uint64_t kMAP_FIXED_NOREPLACE = 0x100000;

inline constexpr std::uint64_t kMREMAP_MAYMOVE = 1;
inline constexpr std::uint64_t kMREMAP_FIXED = 2;
inline constexpr std::uint64_t kMREMAP_DONTUNMAP = 4;

inline constexpr std::int32_t kMS_ASYNC = 1;
inline constexpr std::int32_t kMS_INVALIDATE = 2;
inline constexpr std::int32_t kMS_SYNC = 4;

inline constexpr std::int32_t kMADV_NORMAL = 0;
inline constexpr std::int32_t kMADV_RANDOM = 1;
inline constexpr std::int32_t kMADV_SEQUENTIAL = 2;
inline constexpr std::int32_t kMADV_WILLNEED = 3;
inline constexpr std::int32_t kMADV_DONTNEED = 4;
inline constexpr std::int32_t kMADV_FREE = 8;
inline constexpr std::int32_t kMADV_HUGEPAGE = 14;
inline constexpr std::int32_t kMADV_NOHUGEPAGE = 15;
inline constexpr std::int32_t kMADV_DONTDUMP = 16;
inline constexpr std::int32_t kMADV_DODUMP = 17;
inline constexpr std::int32_t kMADV_COLD = 20;
inline constexpr std::int32_t kMADV_PAGEOUT = 21;

}  // namespace lind::uapi
