#include "rawposix/fs/host_process.h"

#include <sys/stat.h>

#include <csignal>

#include "base/check.h"
#include "rawposix/fs/open_file.h"

namespace lind::rawposix {

void prepare_host_process() noexcept {
  ::umask(0);
  (void)OpenFile::may_be_more();  // asks the host for a limit while that is allowed
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  LIND_CHECK(::sigaction(SIGPIPE, &ignore, nullptr) == 0);
  LIND_CHECK(::sigaction(SIGXFSZ, &ignore, nullptr) == 0);
}

}  // namespace lind::rawposix
