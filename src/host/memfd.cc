#include "host/memfd.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/check.h"
#include "host/errno.h"

namespace lind::host {

namespace {

// Neighbours become one.
void append(std::vector<Extent>& extents, Extent extent) {
  if (!extents.empty() && extents.back().end == extent.start) {
    extents.back().end = extent.end;
  } else {
    extents.push_back(extent);
  }
}

void append_data(const UniqueFd& file, Extent range, std::vector<Extent>& extents) {
  auto at = static_cast<off_t>(range.start);
  const auto end = static_cast<off_t>(range.end);
  while (at < end) {
    const off_t data = ::lseek(file.get(), at, SEEK_DATA);
    if (data < 0 || data >= end) break;  // ENXIO: only holes follow
    const off_t hole = std::min(::lseek(file.get(), data, SEEK_HOLE), end);
    LIND_CHECK(hole > data);
    append(extents, {static_cast<std::uint64_t>(data), static_cast<std::uint64_t>(hole)});
    at = hole;
  }
}

}  // namespace

Result<UniqueFd> create_memfd(const char* name, std::uint64_t num_bytes) {
  UniqueFd file(::memfd_create(name, MFD_CLOEXEC));
  if (!file.valid()) return last_errno();
  if (::ftruncate(file.get(), static_cast<off_t>(num_bytes)) != 0) return last_errno();
  return file;
}

void punch_hole(const UniqueFd& file, Extent range) noexcept {
  if (range.start >= range.end) return;
  // Threads give back stacks that they have hardly used: a look is cheaper than a hole in a hole.
  const off_t data = ::lseek(file.get(), static_cast<off_t>(range.start), SEEK_DATA);
  if (data < 0 ? errno == ENXIO : data >= static_cast<off_t>(range.end)) return;
  int result = 0;
  do {
    result =
        ::fallocate(file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                    static_cast<off_t>(range.start), static_cast<off_t>(range.end - range.start));
  } while (result != 0 && errno == EINTR);
  // Callers rely on the zeros: bytes of one cage must not show up in another.
  LIND_CHECK(result == 0);
}

std::uint64_t resident_bytes(const UniqueFd& file) noexcept {
  struct stat status{};
  LIND_CHECK(::fstat(file.get(), &status) == 0);
  return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

std::vector<Extent> data_extents(const UniqueFd& file, Extent range) {
  std::vector<Extent> extents;
  append_data(file, range, extents);
  return extents;
}

std::vector<Extent> data_extents(const UniqueFd& file, Extent range,
                                 const std::vector<Extent>& known) {
  std::vector<Extent> extents;
  std::uint64_t at = range.start;
  for (const Extent& run : known) {
    if (run.end <= at) continue;
    if (run.start >= range.end) break;
    if (at < run.start) append_data(file, {at, run.start}, extents);
    at = std::max(at, run.start);
    append(extents, {at, std::min(run.end, range.end)});
    at = run.end;
  }
  if (at < range.end) append_data(file, {at, range.end}, extents);
  return extents;
}

}  // namespace lind::host
