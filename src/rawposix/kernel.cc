#include "rawposix/kernel.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/check.h"
#include "rawposix/fs/mount_table.h"
#include "rawposix/fs/record_locks.h"
#include "rawposix/ipc/ipc.h"
#include "rawposix/net/network.h"
#include "rawposix/net/socket_state.h"
#include "rawposix/proc/alarm_clock.h"
#include "rawposix/proc/load_program.h"
#include "rawposix/proc/memory_guard.h"
#include "rawposix/proc/process_tree.h"
#include "rawposix/process.h"
#include "rawposix/table.h"
#include "rawposix/tty/terminal_file.h"
#include "rawposix/tty/terminal_table.h"

namespace lind::rawposix {
namespace {

OpenFile::Type type_of(int fd) noexcept {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return OpenFile::Type::kDevice;
  if (S_ISREG(status.st_mode)) return OpenFile::Type::kRegular;
  if (S_ISDIR(status.st_mode)) return OpenFile::Type::kDirectory;
  if (S_ISFIFO(status.st_mode)) return OpenFile::Type::kPipe;
  if (S_ISSOCK(status.st_mode)) return OpenFile::Type::kSocket;
  return ::isatty(fd) == 1 ? OpenFile::Type::kTerminal : OpenFile::Type::kDevice;
}

/// The host's standard descriptors.  Those of the host's terminal are ours, as one file that was
/// opened once.
class StandardFiles {
 public:
  explicit StandardFiles(const TerminalTable& terminals) : terminal_(terminals.host_terminal()) {}

  /// Null if the host has not opened `fd`.
  Result<std::shared_ptr<OpenFile>> file(int fd);

 private:
  std::shared_ptr<Terminal> terminal_;
  std::shared_ptr<OpenFile> terminal_file_;
};

Result<std::shared_ptr<OpenFile>> StandardFiles::file(int fd) {
  if (terminal_ != nullptr && terminal_->screen()->is(fd)) {
    if (terminal_file_ == nullptr) {
      terminal_file_ =
          LIND_TRY(open_terminal(terminal_, TerminalEnd::kSlave, O_RDWR, slave_path(*terminal_)));
    }
    return terminal_file_;
  }
  host::UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!copy.valid()) return std::shared_ptr<OpenFile>();
  const OpenFile::Type type = type_of(fd);
  FileExtras extras;
  if (type == OpenFile::Type::kSocket) extras.socket = adopt_socket(copy.get());
  return std::make_shared<OpenFile>(std::make_shared<host::UniqueFd>(std::move(copy)), type, false,
                                    std::string(), nullptr, std::move(extras));
}

/// The descriptors as `init` wants them.
std::vector<InitDescriptor> wanted_descriptors(const InitProcess& init) {
  if (init.descriptors) return *init.descriptors;
  std::vector<InitDescriptor> wanted;
  for (int fd = 0; fd <= 2; ++fd)
    wanted.push_back({.standard = fd});
  for (const std::shared_ptr<OpenFile>& file : init.files)
    wanted.push_back({.file = file});
  return wanted;
}

Result<std::shared_ptr<FdTable>> make_descriptors(const InitProcess& init,
                                                  const TerminalTable& terminals) {
  auto table = std::make_shared<FdTable>();
  StandardFiles standard(terminals);
  std::int32_t next_fd = 0;
  for (const InitDescriptor& wanted : wanted_descriptors(init)) {
    const Fd fd{next_fd++};
    std::shared_ptr<OpenFile> file = wanted.file;
    if (file == nullptr) file = LIND_TRY(standard.file(wanted.standard));
    if (file != nullptr) LIND_TRY(table->replace(fd, std::move(file), false));
  }
  return table;
}

void set_limits(Process& process, const InstanceLimits& limits) {
  const auto set = [&process](std::uint32_t resource, std::uint64_t value) {
    process.set_limit(resource, {.current = value, .maximum = value});
  };
  set(uapi::kRLIMIT_NPROC, limits.max_tasks);
  set(uapi::kRLIMIT_NOFILE, limits.max_open_files);
  if (limits.max_memory_bytes) set(uapi::kRLIMIT_AS, *limits.max_memory_bytes);
  if (!limits.max_cpu_seconds) return;
  set(uapi::kRLIMIT_CPU, *limits.max_cpu_seconds);
  process.arm_cpu_limit();
}

void kill_all(const std::vector<std::shared_ptr<Process>>& processes) {
  for (const std::shared_ptr<Process>& process : processes)
    process->send_signal(sent_signal(uapi::kSIGKILL, uapi::kSI_KERNEL, 0));
}

}  // namespace

// Members die in reverse order: host threads join first, then the clock stops, then processes go.
struct Kernel::State {
  explicit State(KernelOptions given)
      : options(std::move(given)), network(options.network), tree(options.limits.max_tasks) {
    switchboard.microvisor = microvisor_entries();
    switchboard.trace = options.trace;
    switchboard.find = [this](CageId id) -> std::shared_ptr<threei::Cage> {
      return tree.find(to_u32(id));
    };
  }
  KernelOptions options;
  threei::Switchboard switchboard;
  Ipc ipc;
  TerminalTable terminals;
  std::shared_ptr<RecordLocks> record_locks = std::make_shared<RecordLocks>();
  Network network;
  ProcessTree tree;
  std::optional<MemoryGuard> memory_guard;  ///< from `run` on
  AlarmClock alarms;
  host::ThreadPool host_threads;
};

ErrorOr<std::unique_ptr<Kernel>> Kernel::create(KernelOptions options) {
  LIND_CHECK(options.mounts != nullptr && options.programs != nullptr);
  std::unique_ptr<Kernel> kernel(new Kernel(std::make_unique<State>(std::move(options))));
  kernel->terminals().adopt_host_terminal(*kernel);
  return kernel;
}

Kernel::Kernel(std::unique_ptr<State> state) : state_(std::move(state)) {}
Kernel::~Kernel() = default;

threei::Switchboard& Kernel::switchboard() noexcept {
  return state_->switchboard;
}
ProcessTotals Kernel::totals() const {
  return state_->tree.totals();
}
ProcessTree& Kernel::tree() noexcept {
  return state_->tree;
}
AlarmClock& Kernel::alarms() noexcept {
  return state_->alarms;
}
TerminalTable& Kernel::terminals() noexcept {
  return state_->terminals;
}
const std::shared_ptr<RecordLocks>& Kernel::record_locks() noexcept {
  return state_->record_locks;
}
Ipc& Kernel::ipc() noexcept {
  return state_->ipc;
}
Network& Kernel::network() noexcept {
  return state_->network;
}
ProgramProvider& Kernel::programs() noexcept {
  return *state_->options.programs;
}
const ForeignAbi* Kernel::foreign_abi() const noexcept {
  return state_->options.foreign_abi;
}
host::ThreadPool& Kernel::host_threads() noexcept {
  return state_->host_threads;
}

Result<std::int32_t> Kernel::run(const InitProcess& init) {
  auto fs = std::make_shared<FsContext>(state_->options.mounts, init.cwd);
  ProgramRequest request{.path = init.path,
                         .directory = init.cwd,
                         .args = init.args,
                         .env = init.env,
                         .file = init.file,
                         .needs_execute_permission = false};
  if (const auto limit = state_->options.limits.max_memory_bytes) request.memory_bytes = *limit;
  LoadedProgram program = LIND_TRY(load_program(*this, *fs, std::move(request)));
  const std::uint32_t pid = LIND_TRY(tree().take_id());
  terminals().begin(kInitPid, pid);
  std::shared_ptr<FdTable> fds = LIND_TRY(make_descriptors(init, terminals()));

  auto process = std::make_shared<Process>(
      CageId{pid}, *this,
      Process::Parts{.fds = std::move(fds), .fs = std::move(fs), .routes = default_routes()});
  auto guest = std::make_unique<GuestThread>();
  guest->tid = pid;
  guest->name = program.name;
  guest->runtime = LIND_TRY(runtime::Thread::create(*process, program.instance));
  process->set_program(std::move(program));
  process->adopt(std::move(guest));
  set_limits(*process, state_->options.limits);
  if (const auto limit = state_->options.limits.max_resident_bytes) {
    state_->memory_guard.emplace(tree(), *limit);
  }
  tree().add_first(pid, process);
  if (init.on_start) init.on_start();
  const Result<void> started = process->start_adopted();
  LIND_CHECK(started.ok());  // the host has threads to spare before any guest runs
  process.reset();

  const std::int32_t status = tree().await_first();
  for (;;) {
    const std::uint64_t seen = tree().departures();
    const std::vector<std::shared_ptr<Process>> left = tree().all();
    if (left.empty()) {
      terminals().release_host_terminal();
      return status;
    }
    kill_all(left);
    tree().await_departure(seen);
  }
}

void Kernel::stop() {
  kill_all(tree().all());
}

}  // namespace lind::rawposix
