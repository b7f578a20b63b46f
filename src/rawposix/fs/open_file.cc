#include "rawposix/fs/open_file.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <utility>

#include "host/errno.h"

namespace lind::rawposix {
namespace {

constexpr unsigned kMemoryDevices = 1;  // Documentation/admin-guide/devices.txt, v6.1

OpenFile::Type classify(int fd, const struct stat& status) {
  using Type = OpenFile::Type;
  switch (status.st_mode & S_IFMT) {
    case S_IFREG:
      return Type::kRegular;
    case S_IFDIR:
      return Type::kDirectory;
    case S_IFIFO:
      return Type::kPipe;
    case S_IFSOCK:
      return Type::kSocket;
    case S_IFCHR:
      if (major(status.st_rdev) == kMemoryDevices) return Type::kDevice;
      return ::isatty(fd) == 1 ? Type::kTerminal : Type::kOther;
    default:
      return Type::kOther;
  }
}

}  // namespace

Result<std::shared_ptr<OpenFile>> adopt_host_file(host::UniqueFd fd, bool read_only_mount,
                                                  std::string path) {
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return host::last_errno();
  const OpenFile::Type type = classify(fd.get(), status);
  return make_open_file(std::move(fd), type, read_only_mount, std::move(path));
}

std::shared_ptr<OpenFile> make_open_file(host::UniqueFd fd, OpenFile::Type type,
                                         bool read_only_mount, std::string path) {
  return std::make_shared<OpenFile>(std::make_shared<host::UniqueFd>(std::move(fd)), type,
                                    read_only_mount, std::move(path));
}

}  // namespace lind::rawposix
