#include "rawposix/fs/virtual_file.h"

#include <fcntl.h>

namespace lind::rawposix {

void VirtualFile::set_nonblocking(bool value) noexcept {
  if (value) {
    flags_.fetch_or(O_NONBLOCK);
  } else {
    flags_.fetch_and(~O_NONBLOCK);
  }
}

bool VirtualFile::nonblocking() const noexcept {
  return (flags() & O_NONBLOCK) != 0;
}

}  // namespace lind::rawposix
