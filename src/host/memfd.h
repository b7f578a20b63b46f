/// \file
/// Anonymous files that back linear memories.

#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "host/unique_fd.h"

namespace lind::host {

/// A run of bytes in a file.
struct Extent {
  std::uint64_t start;
  std::uint64_t end;
  friend bool operator==(const Extent&, const Extent&) = default;
};

/// A sparse, close-on-exec file of zeros.  Errors: EMFILE, ENFILE, ENOMEM.
Result<UniqueFd> create_memfd(const char* name, std::uint64_t num_bytes);

/// Frees the pages of [start, end): it reads as zeros again, through mappings too.
/// Requires: `file` came from create_memfd.
void punch_hole(const UniqueFd& file, Extent range) noexcept;

/// Bytes of memory that the file takes; without a walk over its pages.
std::uint64_t resident_bytes(const UniqueFd& file) noexcept;

/// The allocated runs of [start, end), ascending.
std::vector<Extent> data_extents(const UniqueFd& file, Extent range);

/// The same of a file some of whose runs are known: looks into what lies between them only, for the
/// kernel visits every page of a run.  A known run is believed: holes in it are not reported.
/// \param known  Ascending, disjoint.
std::vector<Extent> data_extents(const UniqueFd& file, Extent range,
                                 const std::vector<Extent>& known);

}  // namespace lind::host
