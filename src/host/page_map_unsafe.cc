#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "base/units.h"
#include "host/errno.h"
#include "host/page_map.h"

namespace lind::host {
namespace {

// linux/fs.h of Linux 6.7; Debian 12's headers do not have it.
struct ScanRegion {
  std::uint64_t start;
  std::uint64_t end;
  std::uint64_t categories;
};
struct ScanArguments {
  std::uint64_t size;
  std::uint64_t flags;
  std::uint64_t start;
  std::uint64_t end;
  std::uint64_t walk_end;
  std::uint64_t regions;
  std::uint64_t num_regions;
  std::uint64_t max_pages;
  std::uint64_t inverted;
  std::uint64_t all_of;
  std::uint64_t any_of;
  std::uint64_t returned;
};
static_assert(sizeof(ScanArguments) == 96);
constexpr unsigned long kScanRequest = _IOWR('f', 16, ScanArguments);
constexpr std::uint64_t kIsFile = 1U << 2;
constexpr std::uint64_t kIsPresent = 1U << 3;
constexpr std::uint64_t kIsSwapped = 1U << 4;

// Documentation/admin-guide/mm/pagemap.rst, v6.1.
constexpr std::uint64_t kEntryFile = std::uint64_t{1} << 61;
constexpr std::uint64_t kEntrySwapped = std::uint64_t{1} << 62;
constexpr std::uint64_t kEntryPresent = std::uint64_t{1} << 63;

void append(std::vector<Extent>& found, std::uint64_t start, std::uint64_t end) {
  if (!found.empty() && found.back().end == start) {
    found.back().end = end;
  } else {
    found.push_back({start, end});
  }
}

PageMap::Method method_from_environment() {
  const char* const value = std::getenv("LIND_PAGEMAP");
  if (value == nullptr) return PageMap::Method::kScan;
  if (std::string_view(value) == "none") return PageMap::Method::kNone;
  return std::string_view(value) == "read" ? PageMap::Method::kRead : PageMap::Method::kScan;
}

}  // namespace

PageMap PageMap::open(Method best) {
  PageMap map;
  if (best == Method::kNone) return map;
  map.file_ = UniqueFd(::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
  if (!map.file_.valid()) return map;
  map.method_ = Method::kScan;
  const std::array<std::byte, 1> probe{};
  // SAFETY: only the number is used, to ask the kernel about the page.
  const std::uint64_t page =
      align_down(reinterpret_cast<std::uintptr_t>(probe.data()), kHostPageSize);
  std::vector<Extent> found;
  if (best == Method::kScan && map.scan(page, page + kHostPageSize, found).ok()) return map;
  const bool readable = map.read(page, page + kHostPageSize, found).ok() && !found.empty();
  map.method_ = readable ? Method::kRead : Method::kNone;
  return map;
}

const PageMap& PageMap::instance() {
  static const PageMap* const map = new PageMap(open(method_from_environment()));
  return *map;
}

Result<std::vector<Extent>> PageMap::private_pages(std::span<const std::byte> range) const {
  std::vector<Extent> found;
  LIND_TRY(find_private_pages(range, found));
  return found;
}

Result<void> PageMap::find_private_pages(std::span<const std::byte> range,
                                         std::vector<Extent>& found) const {
  // SAFETY: only the number is used, to ask the kernel about the pages.
  const auto start = reinterpret_cast<std::uintptr_t>(range.data());
  if (method_ == Method::kNone) return uapi::Errno::kENOSYS;
  const std::size_t before = found.size();
  LIND_TRY(method_ == Method::kScan ? scan(start, start + range.size(), found)
                                    : read(start, start + range.size(), found));
  for (Extent& extent : std::span(found).subspan(before))
    extent = {extent.start - start, extent.end - start};
  return {};
}

Result<void> PageMap::scan(std::uint64_t start, std::uint64_t end,
                           std::vector<Extent>& found) const {
  std::array<ScanRegion, 256> regions{};
  while (start < end) {
    ScanArguments arguments{};
    arguments.size = sizeof(arguments);
    arguments.start = start;
    arguments.end = end;
    // SAFETY: the kernel fills the array, whose length it is told.
    arguments.regions = reinterpret_cast<std::uintptr_t>(regions.data());
    arguments.num_regions = regions.size();
    arguments.inverted = kIsFile;
    arguments.all_of = kIsFile;
    arguments.any_of = kIsPresent | kIsSwapped;
    arguments.returned = kIsPresent | kIsSwapped;
    const int count = ::ioctl(file_.get(), kScanRequest, &arguments);
    if (count < 0) {
      if (errno == EINTR) continue;
      return last_errno();
    }
    for (const ScanRegion& region : std::span(regions).first(static_cast<std::size_t>(count))) {
      append(found, region.start, region.end);
    }
    if (arguments.walk_end <= start) return uapi::Errno::kEIO;
    start = arguments.walk_end;
  }
  return {};
}

Result<void> PageMap::read(std::uint64_t start, std::uint64_t end,
                           std::vector<Extent>& found) const {
  std::array<std::uint64_t, 1024> entries{};
  while (start < end) {
    const std::uint64_t wanted =
        std::min<std::uint64_t>(entries.size(), (end - start) / kHostPageSize) * sizeof(entries[0]);
    const ssize_t got = ::pread(file_.get(), entries.data(), wanted,
                                static_cast<off_t>(start / kHostPageSize * sizeof(entries[0])));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return last_errno();
    const std::uint64_t count = static_cast<std::uint64_t>(got) / sizeof(entries[0]);
    if (count == 0) return uapi::Errno::kEIO;
    for (std::uint64_t i = 0; i < count; ++i, start += kHostPageSize) {
      const bool is_there = (entries[i] & (kEntryPresent | kEntrySwapped)) != 0;
      if (is_there && (entries[i] & kEntryFile) == 0) append(found, start, start + kHostPageSize);
    }
  }
  return {};
}

}  // namespace lind::host
