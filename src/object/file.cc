#include "object/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/core.h>

namespace lind::object {

ErrorOr<Buffer> read_file(int fd, std::uint64_t max_bytes) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return host_error("fstat", errno);
  if (!S_ISREG(status.st_mode)) return Error("not a regular file");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > max_bytes) {
    return Error(fmt::format("{} bytes, at most {} are read", size, max_bytes));
  }
  Buffer bytes(size);
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count =
        ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return host_error("read", errno);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  bytes.shorten(done);
  return bytes;
}

Result<void, int> write_file(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace lind::object
