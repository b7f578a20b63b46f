#include "object/cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/core.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/log.h"
#include "base/units.h"
#include "object/file.h"

namespace lind::object {
namespace {

using Trailer = std::array<std::byte, sizeof(XXH128_canonical_t)>;
constexpr std::size_t kTrailerBytes = std::tuple_size_v<Trailer>;
constexpr std::uint64_t kMaxEntryBytes = 4 * kGiB;

std::string entry_name(const Key& key) {
  return to_hex(key) + ".lo";
}

/// Unique among the writers of one directory.
std::string temporary_name() {
  // Relaxed: only distinct values matter.
  static std::atomic<unsigned> counter{0};
  return fmt::format(".{}.{}.part", ::getpid(), counter.fetch_add(1, std::memory_order_relaxed));
}

Trailer trailer_of(const Key& key, std::span<const std::byte> object) {
  const XXH64_hash_t of_key = XXH3_64bits(key.data(), key.size());
  XXH128_canonical_t canonical{};
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_withSeed(object.data(), object.size(), of_key));
  return std::bit_cast<Trailer>(canonical);
}

ErrorOr<void> make_directories(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string prefix = path.substr(0, end);
    if (::mkdir(prefix.c_str(), 0700) != 0 && errno != EEXIST) return host_error(prefix, errno);
    if (end == std::string::npos) return {};
  }
}

std::optional<std::string> environment(const char* name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the host's environment is never written
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

}  // namespace

ErrorOr<Cache> Cache::open(const std::string& directory) {
  LIND_TRY(make_directories(directory));
  host::UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return host_error(directory, errno);
  return Cache(std::move(fd), directory);
}

std::optional<Buffer> Cache::find(const Key& key) const {
  const std::string name = entry_name(key);
  const host::UniqueFd file(
      ::openat(fd_.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.valid()) {
    if (errno != ENOENT) log::info("{}", host_error(path_ + "/" + name, errno).message());
    return std::nullopt;
  }
  ErrorOr<Buffer> read = read_file(file.get(), kMaxEntryBytes);
  if (!read.ok()) {
    log::warning("{}/{}: {}", path_, name, read.error().message());
    return std::nullopt;
  }
  Buffer object = std::move(read).value();
  if (object.size() >= kTrailerBytes) {
    const std::span<const std::byte> all = object;
    const Trailer expected = trailer_of(key, all.first(object.size() - kTrailerBytes));
    if (std::ranges::equal(all.last(kTrailerBytes), expected)) {
      object.shorten(object.size() - kTrailerBytes);
      return object;
    }
  }
  log::warning("{}/{}: damaged cache entry, compiling again", path_, name);
  // If it cannot be removed, the next store replaces it.
  (void)::unlinkat(fd_.get(), name.c_str(), 0);
  return std::nullopt;
}

ErrorOr<void> Cache::store(const Key& key, std::span<const std::byte> object) const {
  const std::string name = entry_name(key);
  const std::string temporary = temporary_name();
  const auto failed = [&](int host_errno) {
    (void)::unlinkat(fd_.get(), temporary.c_str(), 0);  // it may never have been made
    return host_error(path_ + "/" + name, host_errno);
  };
  host::UniqueFd file(::openat(fd_.get(), temporary.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return host_error(path_ + "/" + name, errno);
  const Trailer trailer = trailer_of(key, object);
  for (const std::span<const std::byte> part : {object, std::span<const std::byte>(trailer)}) {
    const Result<void, int> written = write_file(file.get(), part);
    if (!written.ok()) return failed(written.error());
  }
  // Some file systems tell only now that the disk is full.
  if (::close(file.release()) != 0) return failed(errno);
  if (::renameat(fd_.get(), temporary.c_str(), fd_.get(), name.c_str()) != 0) return failed(errno);
  return {};
}

std::optional<std::string> default_cache_directory() {
  if (auto path = environment("LIND_CACHE")) return path;
  if (const auto base = environment("XDG_CACHE_HOME")) return *base + "/lind/objects";
  if (const auto home = environment("HOME")) return *home + "/.cache/lind/objects";
  return std::nullopt;
}

}  // namespace lind::object
