/// \file
/// Which pages of a mapping this process has written for itself.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "host/memfd.h"
#include "host/unique_fd.h"

namespace lind::host {

/// Finds the pages of private mappings that are no longer the file's: anonymous ones, in memory or
/// swapped out.
///
/// Threading: any.
class PageMap {
 public:
  enum class Method : std::uint8_t {
    kNone,  ///< cannot tell
    kRead,  ///< /proc/self/pagemap, eight bytes for each page
    kScan,  ///< PAGEMAP_SCAN, Linux 6.7
  };

  /// The best method that this kernel has, not above `best`.
  static PageMap open(Method best = Method::kScan);
  /// The one of this process, opened at its first use; LIND_PAGEMAP=none|read|scan sets `best`.
  static const PageMap& instance();

  Method method() const noexcept { return method_; }
  /// The private pages of `range`, as offsets from its start, ascending.  Requires: page aligned.
  /// Errors: ENOSYS (kNone), and the host's.
  Result<std::vector<Extent>> private_pages(std::span<const std::byte> range) const;
  /// The same, appended to `found`.
  Result<void> find_private_pages(std::span<const std::byte> range,
                                  std::vector<Extent>& found) const;

 private:
  Result<void> scan(std::uint64_t start, std::uint64_t end, std::vector<Extent>& found) const;
  Result<void> read(std::uint64_t start, std::uint64_t end, std::vector<Extent>& found) const;

  Method method_ = Method::kNone;
  UniqueFd file_;
};

}  // namespace lind::host
