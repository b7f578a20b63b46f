/// \file
/// Ownership of a range of this process's address space.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "host/unique_fd.h"

namespace lind::host {

/// What a page may be used for.  There is no writable and executable.
enum class PageAccess : std::uint8_t { kNone, kRead, kReadWrite, kReadExecute };

/// Who sees stores to a mapped file.
enum class Sharing : std::uint8_t { kShared, kPrivate };

/// A reservation: pages inside it come and go, the range stays ours until destruction.
///
/// Threading: methods on disjoint ranges may run at the same time.
/// Requires of all offsets and sizes: page aligned and inside the mapping (checked: they are
/// computed by us, never taken from a guest unchecked).
class Mapping {
 public:
  Mapping() = default;
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

  /// Inaccessible address space; its start is a multiple of `alignment`, a power of two.
  /// Errors: ENOMEM.
  static Result<Mapping> reserve(std::uint64_t num_bytes, std::uint64_t alignment);

  std::byte* data() const noexcept { return data_; }
  std::uint64_t size() const noexcept { return num_bytes_; }
  std::span<std::byte> bytes() const noexcept { return {data_, num_bytes_}; }

  /// Anonymous zero pages with `access`, in place of whatever was there.  Errors: ENOMEM.
  Result<void> map_anonymous(std::uint64_t offset, std::uint64_t num_bytes, PageAccess access);
  /// Pages of `file`.  Errors: those of mmap(2).
  Result<void> map_file(std::uint64_t offset, std::uint64_t num_bytes, PageAccess access,
                        Sharing sharing, const UniqueFd& file, std::uint64_t file_offset);
  /// Gives pages back; the range becomes inaccessible.  Errors: ENOMEM (too many mappings).
  Result<void> unmap(std::uint64_t offset, std::uint64_t num_bytes);
  /// Errors: EACCES, ENOMEM.
  Result<void> protect(std::uint64_t offset, std::uint64_t num_bytes, PageAccess access);
  /// Drops the contents of anonymous pages: they read as zeros again.
  void discard(std::uint64_t offset, std::uint64_t num_bytes) noexcept;
  /// Moves the pages of one range to another, equally long one; the old range becomes
  /// inaccessible.  Errors: ENOMEM, EFAULT.
  Result<void> move(std::uint64_t from, std::uint64_t to, std::uint64_t num_bytes);

 private:
  std::byte* at(std::uint64_t offset, std::uint64_t num_bytes) const noexcept;

  std::byte* data_ = nullptr;
  std::uint64_t num_bytes_ = 0;
};

}  // namespace lind::host
