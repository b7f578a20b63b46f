/// \file
/// System calls of linear memory.
/// The contract of each is its Linux manual page; deviations are notes in uapi/syscalls.def.

#pragma once

#include <cstdint>

#include "base/result.h"
#include "rawposix/caller.h"
#include "runtime/guest_memory.h"

namespace lind::rawposix {

Result<std::int64_t> sys_mmap(Caller& caller, std::uint64_t address, std::uint64_t num_bytes,
                              std::uint64_t protection, std::uint64_t flags, std::int32_t fd,
                              std::uint64_t offset);
Result<std::int64_t> sys_munmap(Caller& caller, std::uint64_t address, std::uint64_t num_bytes);
Result<std::int64_t> sys_mprotect(Caller& caller, std::uint64_t address, std::uint64_t num_bytes,
                                  std::uint64_t protection);
Result<std::int64_t> sys_mremap(Caller& caller, std::uint64_t address, std::uint64_t old_bytes,
                                std::uint64_t new_bytes, std::uint64_t flags,
                                std::uint64_t new_address);
Result<std::int64_t> sys_madvise(Caller& caller, std::uint64_t address, std::uint64_t num_bytes,
                                 std::int32_t advice);
Result<std::int64_t> sys_msync(Caller& caller, std::uint64_t address, std::uint64_t num_bytes,
                               std::int32_t flags);
Result<std::int64_t> sys_mincore(Caller&, std::uint64_t address, std::uint64_t num_bytes,
                                 runtime::GuestBytes out);
Result<std::int64_t> sys_mlock(Caller&, std::uint64_t address, std::uint64_t num_bytes);
Result<std::int64_t> sys_mlock2(Caller&, std::uint64_t address, std::uint64_t num_bytes,
                                std::int32_t flags);
Result<std::int64_t> sys_munlock(Caller&, std::uint64_t address, std::uint64_t num_bytes);
Result<std::int64_t> sys_mlockall(Caller&, std::int32_t flags);
Result<std::int64_t> sys_munlockall(Caller&);
Result<std::int64_t> sys_brk(Caller& caller, std::uint64_t address);

}  // namespace lind::rawposix
