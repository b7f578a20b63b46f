/// \file
/// Copies of whole memories; the only code besides guest_memory_unsafe.cc that touches guest bytes.

#pragma once

#include "base/result.h"
#include "runtime/region_internal.h"

namespace lind::runtime {

/// Copies `data` of `parent` to `child`, where bytes that an earlier owner left are overwritten or
/// zeroed.  Requires: all of the parent's own areas are mapped read-write in `child`; pages that
/// the parent cannot read are its file's.  Errors: ENOMEM, ENOSPC.
Result<void> copy_data(const Region& parent, const std::vector<host::Extent>& data, Region& child);

/// Makes `child` a copy of `parent`: `data` of the memfd, state page and table windows.
/// Requires: as copy_data, and the same windows.  Errors: ENOMEM, ENOSPC.
Result<void> copy_contents(const Region& parent, const std::vector<host::Extent>& data,
                           Region& child);

/// Makes state page and table windows those of `parent`.  Requires: the same windows.
void copy_state(const Region& parent, Region& child);

/// Copies `source` of one memory to `target` of another or the same one, as both are mapped.
/// Errors: EFAULT.
Result<void> copy_mapped(const Region& from, const Region& to, host::Extent source,
                         std::uint64_t target);

/// Writes what `region` has at `range` into its file.  Requires: it is the only user, `range` is
/// readable, and nobody stores there meanwhile.  Errors: ENOSPC, ENOMEM, EFAULT.
Result<void> write_back(const Region& region, host::Extent range);

/// Copies `source` of the memfd to the address `target`, which is mapped read-write.
Result<void> copy_within(const Region& region, host::Extent source, std::uint64_t target);

/// Copies the pages of `range` that differ; pages behind the end of their file are skipped.
void copy_changed_pages(const Region& parent, Region& child, host::Extent range);

/// Zeroes the state page and the used parts of the table windows.
void clear_state(Region& region);

/// The state page of a region.
vmabi::StatePage& state_page(const Region& region) noexcept;

}  // namespace lind::runtime
