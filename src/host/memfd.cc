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

Result<UniqueFd> create_memfd(const char* name, std::uint64_t num_bytes) {
  UniqueFd file(::memfd_create(name, MFD_CLOEXEC));
  if (!file.valid()) return last_errno();
  if (::ftruncate(file.get(), static_cast<off_t>(num_bytes)) != 0) return last_errno();
  return file;
}

void punch_hole(const UniqueFd& file, Extent range) noexcept {
  if (range.start >= range.end) return;
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
  auto at = static_cast<off_t>(range.start);
  const auto end = static_cast<off_t>(range.end);
  while (at < end) {
    const off_t data = ::lseek(file.get(), at, SEEK_DATA);
    if (data < 0 || data >= end) break;  // ENXIO: only holes follow
    const off_t hole = std::min(::lseek(file.get(), data, SEEK_HOLE), end);
    LIND_CHECK(hole > data);
    extents.push_back({static_cast<std::uint64_t>(data), static_cast<std::uint64_t>(hole)});
    at = hole;
  }
  return extents;
}

}  // namespace lind::host
