// ioctl: the requests we know, and ENOTTY for every other.

#include <linux/fs.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "rawposix/fs/file_call_internal.h"
#include "runtime/address_space.h"
#include "uapi/terminal.h"

namespace lind::rawposix {
namespace {

/// A structure that the host fills in.
template <typename T>
Result<std::int64_t> get(const OpenFile& file, std::uint32_t request, GuestBytes arg) {
  T value{};
  LIND_TRY(host_call(SYS_ioctl, file.host_fd(), request, &value));
  LIND_TRY(arg.at_byte<T>(0).write(value));
  return 0;
}

/// A structure that the host takes.  Setting a terminal from the background may wait.
template <typename T>
Result<std::int64_t> set(Caller& caller, const OpenFile& file, std::uint32_t request,
                         GuestBytes arg) {
  const T value = LIND_TRY(arg.at_byte<T>(0).read());
  return file_call(caller, file, SYS_ioctl, file.host_fd(), request, &value);
}

Result<std::int64_t> set_nonblocking(OpenFile& file, GuestBytes arg) {
  const std::int32_t on = LIND_TRY(arg.at_byte<std::int32_t>(0).read());
  LIND_TRY(file.set_nonblocking(on != 0));
  return 0;
}

}  // namespace

Result<std::int64_t> sys_ioctl(Caller& caller, Fd fd, std::uint32_t request, GuestBytes arg) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  const auto value = static_cast<std::uint32_t>(to_u64(arg.addr()));
  if (request == FIOCLEX || request == FIONCLEX) {
    LIND_TRY(caller.fds().set_close_on_exec(fd, request == FIOCLEX));
    return 0;
  }
  if (VirtualFile* const own = file->virtual_file()) {
    if (request != FIONBIO) return own->ioctl(caller, request, arg);
    own->set_nonblocking(LIND_TRY(arg.at_byte<std::int32_t>(0).read()) != 0);
    return 0;
  }
  switch (request) {
    case FIONBIO:
      return set_nonblocking(*file, arg);
    case FIONREAD:
    case TIOCOUTQ:
    case SIOCATMARK:
      return get<std::int32_t>(*file, request, arg);
    case FIOQSIZE:
      return get<std::int64_t>(*file, request, arg);
    case TCGETS:
      return get<uapi::Termios>(*file, request, arg);
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
      return set<uapi::Termios>(caller, *file, request, arg);
    case TIOCGWINSZ:
      return get<uapi::Winsize>(*file, request, arg);
    case TIOCSWINSZ:
      return set<uapi::Winsize>(caller, *file, request, arg);
    case TCSBRK:
    case TCXONC:
    case TCFLSH:
      return file_call(caller, *file, SYS_ioctl, file->host_fd(), request, value);
    case TIOCSTI:
      return uapi::Errno::kEPERM;  // would type into whatever reads the host's terminal
    case FICLONE:
    case FICLONERANGE:
    case FIDEDUPERANGE:
      return uapi::Errno::kEOPNOTSUPP;
    default:
      return uapi::Errno::kENOTTY;
  }
}

}  // namespace lind::rawposix
