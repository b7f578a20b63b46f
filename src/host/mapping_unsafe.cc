#include <sys/mman.h>

#include <cstdint>
#include <utility>

#include "base/check.h"
#include "base/checked.h"
#include "base/units.h"
#include "host/errno.h"
#include "host/mapping.h"

namespace lind::host {
namespace {

int protection_bits(PageAccess access) noexcept {
  switch (access) {
    case PageAccess::kNone:
      return PROT_NONE;
    case PageAccess::kRead:
      return PROT_READ;
    case PageAccess::kReadWrite:
      return PROT_READ | PROT_WRITE;
    case PageAccess::kReadExecute:
      return PROT_READ | PROT_EXEC;
  }
  return PROT_NONE;
}

constexpr int kReserveFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

}  // namespace

Mapping::Mapping(Mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), num_bytes_(std::exchange(other.num_bytes_, 0)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(num_bytes_, other.num_bytes_);
  return *this;
}

Mapping::~Mapping() {
  if (data_ != nullptr) (void)::munmap(data_, num_bytes_);  // fails only on wrong arguments
}

Result<Mapping> Mapping::reserve(std::uint64_t num_bytes, std::uint64_t alignment) {
  const std::uint64_t total = num_bytes + alignment - kHostPageSize;
  // SAFETY: no address is asked for, so no existing mapping is touched.
  void* const start = ::mmap(nullptr, total, PROT_NONE, kReserveFlags, -1, 0);
  if (start == MAP_FAILED) return last_errno();
  auto* const bytes = static_cast<std::byte*>(start);
  // SAFETY: only the alignment of the address is computed from the integer.
  const auto address = reinterpret_cast<std::uintptr_t>(start);
  const std::uint64_t skip = align_up(address, alignment) - address;
  // Both trimmed ends lie inside the range that was just mapped.
  if (skip > 0) (void)::munmap(bytes, skip);
  if (total - skip > num_bytes) (void)::munmap(bytes + skip + num_bytes, total - skip - num_bytes);
  Mapping mapping;
  mapping.data_ = bytes + skip;
  mapping.num_bytes_ = num_bytes;
  return mapping;
}

std::byte* Mapping::at(std::uint64_t offset, std::uint64_t num_bytes) const noexcept {
  LIND_CHECK(range_fits(offset, num_bytes, num_bytes_));
  LIND_CHECK(is_aligned(offset | num_bytes, kHostPageSize));
  return data_ + offset;
}

Result<void> Mapping::map_anonymous(std::uint64_t offset, std::uint64_t num_bytes,
                                    PageAccess access) {
  // SAFETY: at() put the range inside this mapping, which nobody else owns.
  void* const got = ::mmap(at(offset, num_bytes), num_bytes, protection_bits(access),
                           kReserveFlags | MAP_FIXED, -1, 0);
  if (got == MAP_FAILED) return last_errno();
  return {};
}

Result<void> Mapping::map_file(std::uint64_t offset, std::uint64_t num_bytes, PageAccess access,
                               Sharing sharing, const UniqueFd& file, std::uint64_t file_offset) {
  const int flags =
      (sharing == Sharing::kShared ? MAP_SHARED : MAP_PRIVATE) | MAP_FIXED | MAP_NORESERVE;
  // SAFETY: at() put the range inside this mapping, which nobody else owns.
  void* const got = ::mmap(at(offset, num_bytes), num_bytes, protection_bits(access), flags,
                           file.get(), static_cast<off_t>(file_offset));
  if (got == MAP_FAILED) return last_errno();
  return {};
}

Result<void> Mapping::unmap(std::uint64_t offset, std::uint64_t num_bytes) {
  return map_anonymous(offset, num_bytes, PageAccess::kNone);
}

Result<void> Mapping::protect(std::uint64_t offset, std::uint64_t num_bytes, PageAccess access) {
  // SAFETY: at() put the range inside this mapping; PageAccess has no writable-and-executable.
  if (::mprotect(at(offset, num_bytes), num_bytes, protection_bits(access)) != 0) {
    return last_errno();
  }
  return {};
}

void Mapping::discard(std::uint64_t offset, std::uint64_t num_bytes) noexcept {
  LIND_CHECK(::madvise(at(offset, num_bytes), num_bytes, MADV_DONTNEED) == 0);
}

Result<void> Mapping::move(std::uint64_t from, std::uint64_t to, std::uint64_t num_bytes) {
  std::byte* const source = at(from, num_bytes);
  std::byte* const target = at(to, num_bytes);
  if (::mremap(source, num_bytes, num_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, target) == MAP_FAILED) {
    return last_errno();
  }
  // The move left a hole in our reservation, which another thread's mmap could take.  It cannot
  // be closed atomically; MREMAP_DONTUNMAP works for anonymous memory only before Linux 5.13.
  return unmap(from, num_bytes);
}

}  // namespace lind::host
