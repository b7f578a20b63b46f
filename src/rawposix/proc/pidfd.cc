// pidfd: a process as a descriptor.  Source of the rules: kernel/pid.c and kernel/signal.c, v6.1.

#include <fcntl.h>
#include <sys/stat.h>

#include "rawposix/fs/event_file.h"
#include "rawposix/fs/file_call_internal.h"
#include "rawposix/proc/exit_event.h"
#include "rawposix/proc/handlers.h"
#include "rawposix/proc/process_tree.h"

namespace lind::rawposix {
namespace {

class PidFile final : public EventFile {
 public:
  PidFile(const std::shared_ptr<Process>& process, std::uint64_t flags)
      : EventFile(flags), process_(process), event_(process->exit_event()) {}

  Result<std::size_t> read(Caller& /*caller*/, std::span<std::byte> /*into*/,
                           Offset offset) override {
    return offset ? uapi::Errno::kESPIPE : uapi::Errno::kEINVAL;
  }
  Result<std::size_t> write(Caller& /*caller*/, std::span<const std::byte> /*from*/,
                            Offset offset) override {
    return offset ? uapi::Errno::kESPIPE : uapi::Errno::kEINVAL;
  }
  const std::weak_ptr<Process>* pidfd_process() const noexcept override { return &process_; }

 private:
  const std::weak_ptr<Process> process_;
  const std::shared_ptr<ExitEvent> event_;  ///< keeps the pipe, which would hang up
};

}  // namespace

Result<PidfdTarget> pidfd_target(Caller& caller, Fd fd) {
  const std::shared_ptr<OpenFile> file = LIND_TRY(open_file(caller, fd));
  const VirtualFile* const own = file->virtual_file();
  if (own == nullptr || own->pidfd_process() == nullptr) return uapi::Errno::kEBADF;
  std::shared_ptr<Process> process = own->pidfd_process()->lock();
  // A number may be another process's when this one has been waited for.
  if (process != nullptr && caller.kernel().tree().find(process->pid()) != process) {
    process = nullptr;
  }
  return PidfdTarget{std::move(process), own->nonblocking()};
}

SysResult sys_pidfd_open(Caller& caller, std::int32_t pid, std::uint32_t flags) {
  if ((flags & ~std::uint32_t{O_NONBLOCK}) != 0 || pid <= 0) return uapi::Errno::kEINVAL;
  const std::shared_ptr<Process> process =
      caller.kernel().tree().find(static_cast<std::uint32_t>(pid));
  if (process == nullptr) return uapi::Errno::kESRCH;
  host::UniqueFd ready = LIND_TRY(process->exit_event()->watch());
  return install_new(caller,
                     std::make_shared<OpenFile>(std::make_shared<host::UniqueFd>(std::move(ready)),
                                                OpenFile::Type::kOther, true, std::string(),
                                                std::make_unique<PidFile>(process, O_RDWR | flags)),
                     true);
}

}  // namespace lind::rawposix
