// Mappings of the linear memory.  Rules and order of errors: mm/mmap.c and its neighbours, v6.1.

#include <fcntl.h>

#include <optional>

#include "base/units.h"
#include "rawposix/mem/handlers.h"
#include "uapi/memory.h"

namespace lind::rawposix {
namespace {

using runtime::AddressSpace;
using runtime::Area;
using runtime::Backing;
using runtime::Protection;

constexpr std::uint64_t kLastStart = vmabi::kGuestAddressBytes;

/// Flags that change nothing here: hints, or memory behaves so anyway.
constexpr std::uint64_t kHarmlessFlags =
    uapi::kMAP_32BIT | uapi::kMAP_DENYWRITE | uapi::kMAP_EXECUTABLE | uapi::kMAP_LOCKED |
    uapi::kMAP_NORESERVE | uapi::kMAP_POPULATE | uapi::kMAP_NONBLOCK | uapi::kMAP_STACK;

AddressSpace& memory_of(Caller& caller) {
  return caller.thread().instance().memory();
}

// Execution is never granted: guests have no way to jump to data.  PROT_EXEC means PROT_READ, as
// PROT_WRITE does, which is how x86-64 has it.
Result<Protection> to_protection(std::uint64_t bits) {
  constexpr std::uint64_t kKnown =
      uapi::kPROT_READ | uapi::kPROT_WRITE | uapi::kPROT_EXEC | uapi::kPROT_SEM;
  if ((bits & ~kKnown) != 0) return uapi::Errno::kEINVAL;
  const bool write = (bits & uapi::kPROT_WRITE) != 0;
  const bool read = write || (bits & (uapi::kPROT_READ | uapi::kPROT_EXEC)) != 0;
  return Protection{.read = read, .write = write};
}

// [address, address + num_bytes) rounded up to pages; EINVAL or `too_long` as Linux has it.
Result<std::uint64_t> page_range(std::uint64_t address, std::uint64_t num_bytes,
                                 uapi::Errno too_long) {
  if (!is_aligned(address, kHostPageSize)) return uapi::Errno::kEINVAL;
  if (num_bytes > kLastStart) return too_long;
  const std::uint64_t rounded = align_up(num_bytes, kHostPageSize);
  if (address > kLastStart || rounded > kLastStart - address) return too_long;
  return rounded;
}

// What the descriptor's mode allows.  Source: do_mmap, mm/mmap.c.
Result<void> check_file(const OpenFile& file, bool shared, const Protection& protection) {
  if (file.type() == OpenFile::Type::kPath) return uapi::Errno::kEBADF;
  const std::int32_t mode = LIND_TRY(file.status_flags());
  if ((mode & O_PATH) != 0) return uapi::Errno::kEBADF;
  const int access = mode & O_ACCMODE;
  if (access == O_WRONLY) return uapi::Errno::kEACCES;
  if (shared && protection.write && access != O_RDWR) return uapi::Errno::kEACCES;
  const bool mappable =
      file.type() == OpenFile::Type::kRegular || file.type() == OpenFile::Type::kDevice;
  return mappable ? Result<void>() : Result<void>(uapi::Errno::kENODEV);
}

Result<bool> is_shared_type(std::uint64_t flags) {
  switch (flags & uapi::kMAP_TYPE) {
    case uapi::kMAP_PRIVATE:
      return false;
    case uapi::kMAP_SHARED:
    case uapi::kMAP_SHARED_VALIDATE:
      return true;
    default:
      return uapi::Errno::kEINVAL;
  }
}

AddressSpace::MapRequest::Place place_of(std::uint64_t flags) noexcept {
  if ((flags & uapi::kMAP_FIXED_NOREPLACE) != 0) {
    return AddressSpace::MapRequest::Place::kFixedNoReplace;
  }
  if ((flags & uapi::kMAP_FIXED) != 0) return AddressSpace::MapRequest::Place::kFixed;
  return AddressSpace::MapRequest::Place::kAnywhere;
}

}  // namespace

Result<std::int64_t> sys_mmap(Caller& caller, std::uint64_t address, std::uint64_t num_bytes,
                              std::uint64_t protection, std::uint64_t flags, std::int32_t fd,
                              std::uint64_t offset) {
  if (!is_aligned(offset, kHostPageSize)) return uapi::Errno::kEINVAL;
  constexpr std::uint64_t kKnown = uapi::kMAP_TYPE | uapi::kMAP_FIXED | uapi::kMAP_ANONYMOUS |
                                   uapi::kMAP_FIXED_NOREPLACE | kHarmlessFlags;
  const bool anonymous = (flags & uapi::kMAP_ANONYMOUS) != 0;
  std::shared_ptr<OpenFile> file;
  if (!anonymous) file = LIND_TRY(caller.fds().get(Fd{fd}));
  if (num_bytes == 0) return uapi::Errno::kEINVAL;
  if ((flags & 0xffffffff & ~kKnown) != 0) return uapi::Errno::kEOPNOTSUPP;

  AddressSpace::MapRequest request;
  request.place = place_of(flags);
  const bool fixed = request.place != AddressSpace::MapRequest::Place::kAnywhere;
  if (fixed && !is_aligned(address, kHostPageSize)) return uapi::Errno::kEINVAL;
  request.hint = align_down(address, kHostPageSize);
  request.num_bytes = LIND_TRY(page_range(fixed ? address : 0, num_bytes, uapi::Errno::kENOMEM));
  const bool shared = LIND_TRY(is_shared_type(flags));
  request.protection = LIND_TRY(to_protection(protection));
  if (file != nullptr) {
    LIND_TRY(check_file(*file, shared, request.protection));
    request.backing = shared ? Backing::kSharedFile : Backing::kPrivateFile;
    request.file = file->shared_fd();
    request.file_offset = offset;
  } else {
    request.backing = shared ? Backing::kSharedAnon : Backing::kOwn;
  }
  LIND_TRY(caller.process().may_map(memory_of(caller), request.num_bytes));
  const GuestAddr start = LIND_TRY(memory_of(caller).map(request));
  return static_cast<std::int64_t>(to_u64(start));
}

Result<std::int64_t> sys_munmap(Caller& caller, std::uint64_t address, std::uint64_t num_bytes) {
  if (num_bytes == 0) return uapi::Errno::kEINVAL;
  const std::uint64_t rounded = LIND_TRY(page_range(address, num_bytes, uapi::Errno::kEINVAL));
  LIND_TRY(memory_of(caller).unmap(GuestAddr{address}, rounded));
  return 0;
}

Result<std::int64_t> sys_mprotect(Caller& caller, std::uint64_t address, std::uint64_t num_bytes,
                                  std::uint64_t protection) {
  if (!is_aligned(address, kHostPageSize)) return uapi::Errno::kEINVAL;
  if (num_bytes == 0) return 0;
  const std::uint64_t rounded = LIND_TRY(page_range(address, num_bytes, uapi::Errno::kENOMEM));
  const Protection wanted = LIND_TRY(to_protection(protection));
  LIND_TRY(memory_of(caller).protect(GuestAddr{address}, rounded, wanted));
  return 0;
}

Result<std::int64_t> sys_mremap(Caller& caller, std::uint64_t address, std::uint64_t old_bytes,
                                std::uint64_t new_bytes, std::uint64_t flags,
                                std::uint64_t new_address) {
  constexpr std::uint64_t kKnown =
      uapi::kMREMAP_MAYMOVE | uapi::kMREMAP_FIXED | uapi::kMREMAP_DONTUNMAP;
  if ((flags & ~kKnown) != 0) return uapi::Errno::kEINVAL;
  const bool may_move = (flags & uapi::kMREMAP_MAYMOVE) != 0;
  const bool fixed = (flags & uapi::kMREMAP_FIXED) != 0;
  const bool keeps_place = (flags & uapi::kMREMAP_DONTUNMAP) != 0;
  if ((fixed || keeps_place) && !may_move) return uapi::Errno::kEINVAL;
  if (new_bytes == 0) return uapi::Errno::kEINVAL;
  AddressSpace& memory = memory_of(caller);
  const std::uint64_t old_rounded = LIND_TRY(page_range(address, old_bytes, uapi::Errno::kEFAULT));
  const std::uint64_t new_rounded =
      LIND_TRY(page_range(0, new_bytes, fixed ? uapi::Errno::kEINVAL : uapi::Errno::kENOMEM));
  if (old_rounded == 0) return uapi::Errno::kEINVAL;
  const std::uint64_t kept = keeps_place ? 0 : old_rounded;
  if (new_rounded > kept) LIND_TRY(caller.process().may_map(memory, new_rounded - kept));
  if (fixed || keeps_place) {
    const auto target = fixed ? std::optional(GuestAddr{new_address}) : std::nullopt;
    const auto old_place =
        keeps_place ? AddressSpace::OldPlace::kEmptied : AddressSpace::OldPlace::kUnmapped;
    const GuestAddr moved = LIND_TRY(
        memory.move_mapping(GuestAddr{address}, old_rounded, new_rounded, target, old_place));
    return static_cast<std::int64_t>(to_u64(moved));
  }
  const auto move = may_move ? AddressSpace::MoveAllowed::kYes : AddressSpace::MoveAllowed::kNo;
  const GuestAddr start =
      LIND_TRY(memory.remap(GuestAddr{address}, old_rounded, new_rounded, move));
  return static_cast<std::int64_t>(to_u64(start));
}

Result<std::int64_t> sys_brk(Caller& caller, std::uint64_t address) {
  return static_cast<std::int64_t>(caller.process().set_heap_end(memory_of(caller), address));
}

}  // namespace lind::rawposix
