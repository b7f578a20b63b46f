// signalfd: signals read as from a file.  Source of the rules: fs/signalfd.c, v6.1.

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include <cstring>

#include "rawposix/fs/event_file.h"
#include "rawposix/fs/file_call_internal.h"
#include "rawposix/proc/handlers.h"
#include "rawposix/proc/signal_watch.h"

namespace lind::rawposix {
namespace {

uapi::SignalfdInfo to_record(const uapi::SigInfo& info) {
  uapi::SignalfdInfo record;
  record.signo = static_cast<std::uint32_t>(info.signo);
  record.error = info.error;
  record.code = info.code;
  const auto& words = info.words;
  const bool is_fault = (signal_bit(info.signo) & kSynchronous) != 0 && info.code > 0 &&
                        info.code != uapi::kSI_KERNEL;
  if (info.code == uapi::kSI_TIMER) {
    record.tid = words[0];
    record.overrun = words[1];
    record.number = static_cast<std::int32_t>(words[2]);
    record.pointer = words[2];
  } else if (is_fault) {
    record.address = words[0];
  } else {
    record.pid = words[0];
    record.uid = words[1];
  }
  if (info.code < 0 && info.code != uapi::kSI_TIMER) {
    record.number = static_cast<std::int32_t>(words[2]);
    record.pointer = words[2];
  }
  if (info.signo == uapi::kSIGCHLD && info.code > 0 && info.code != uapi::kSI_KERNEL) {
    record.status = static_cast<std::int32_t>(words[2]);
    record.user_time = words[3];
    record.system_time = words[4];
  }
  return record;
}

class SignalFile final : public EventFile {
 public:
  SignalFile(std::shared_ptr<SignalWatch> watch, std::uint64_t flags)
      : EventFile(flags), watch_(std::move(watch)) {}

  Result<std::size_t> read(Caller& caller, std::span<std::byte> into, Offset offset) override {
    if (offset) return uapi::Errno::kESPIPE;
    if (into.size() < sizeof(uapi::SignalfdInfo)) return uapi::Errno::kEINVAL;
    const SignalMask mask = watch_->mask();
    std::size_t done = 0;
    for (; into.size() - done >= sizeof(uapi::SignalfdInfo); done += sizeof(uapi::SignalfdInfo)) {
      std::optional<uapi::SigInfo> info = caller.process().take_pending(caller.thread(), mask);
      if (!info && done > 0) break;
      if (!info && nonblocking()) return uapi::Errno::kEAGAIN;
      if (!info) {
        const Result<uapi::SigInfo> awaited =
            caller.process().await_signal(caller.thread(), mask, std::nullopt);
        if (!awaited.ok()) return uapi::Errno::kERESTARTSYS;
        info = awaited.value();
      }
      const uapi::SignalfdInfo record = to_record(*info);
      std::memcpy(into.data() + done, &record, sizeof(record));
    }
    return done;
  }
  void about_to_wait(Caller& caller) override { caller.process().watch_signals(watch_); }
  SignalWatch* signal_watch() noexcept override { return watch_.get(); }

 private:
  const std::shared_ptr<SignalWatch> watch_;
};

}  // namespace

SysResult sys_signalfd(Caller& caller, std::int32_t fd, GuestPtr<std::uint64_t> mask,
                       std::uint64_t mask_bytes) {
  return sys_signalfd4(caller, fd, mask, mask_bytes, 0);
}

SysResult sys_signalfd4(Caller& caller, std::int32_t fd, GuestPtr<std::uint64_t> mask,
                        std::uint64_t mask_bytes, std::int32_t flags) {
  if ((flags & ~(SFD_CLOEXEC | SFD_NONBLOCK)) != 0) return uapi::Errno::kEINVAL;
  if (mask_bytes != sizeof(SignalMask)) return uapi::Errno::kEINVAL;
  const SignalMask given = LIND_TRY(mask.read());
  const SignalMask wanted = given & ~kUnblockable;
  if (fd == -1) {
    std::shared_ptr<SignalWatch> watch = LIND_TRY(SignalWatch::create(wanted));
    caller.process().watch_signals(watch);
    std::shared_ptr<host::UniqueFd> ready = watch->fd();
    const std::uint64_t file_flags = O_RDWR | static_cast<std::uint32_t>(flags & SFD_NONBLOCK);
    return install_new(
        caller,
        std::make_shared<OpenFile>(std::move(ready), OpenFile::Type::kOther, true, std::string(),
                                   std::make_unique<SignalFile>(std::move(watch), file_flags)),
        (flags & SFD_CLOEXEC) != 0);
  }
  const std::shared_ptr<OpenFile> file = LIND_TRY(caller.fds().get(Fd{fd}));
  VirtualFile* const own = file->virtual_file();
  if (own == nullptr || own->signal_watch() == nullptr) return uapi::Errno::kEINVAL;
  own->signal_watch()->set_mask(wanted);
  own->about_to_wait(caller);
  return fd;
}

}  // namespace lind::rawposix
