// The order here is the design's (docs/architecture.md): everything that needs rights or may fork
// comes before drop_rights(), the first thread after it.

#include "launch.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "base/log.h"
#include "broker.h"
#include "exit_status.h"
#include "guest_program.h"
#include "host/landlock.h"
#include "host/seccomp.h"
#include "host_setup.h"
#include "message.h"
#include "object/cache.h"
#include "perf_map.h"
#include "programs.h"
#include "ps.h"
#include "runtime/thread.h"
#include "time_limit.h"
#include "uapi/syscall_no.h"

namespace lind::cli {
namespace {

std::optional<object::Cache> open_cache() {
  const std::optional<std::string> directory = object::default_cache_directory();
  if (!directory) {
    log::info("no cache: neither LIND_CACHE nor XDG_CACHE_HOME nor HOME is set");
    return std::nullopt;
  }
  ErrorOr<object::Cache> cache = object::Cache::open(*directory);
  if (!cache.ok()) {
    log::info("no cache: {}", cache.error().message());
    return std::nullopt;
  }
  return std::move(cache).value();
}

/// All of the host's files that lind and its guests open from now on.
std::vector<host::LandlockGrant> file_grants(
    std::span<const rawposix::MountTable::HostPlace> places,
    const std::optional<object::Cache>& cache) {
  using Rights = host::LandlockGrant::Rights;
  std::vector<host::LandlockGrant> grants;
  for (const auto& [fd, read_only] : places) {
    grants.push_back(
        {.fd = fd->get(), .rights = read_only ? Rights::kReadOnly : Rights::kReadWrite});
  }
  if (cache) grants.push_back({.fd = cache->directory_fd(), .rights = Rights::kReadWrite});
  return grants;
}

void report_unanswered(const threei::Switchboard& switchboard) {
  for (std::size_t number = 0; number < switchboard.unanswered.size(); ++number) {
    const std::uint64_t count = switchboard.unanswered[number].load();
    if (count == 0) continue;
    const std::string_view name = uapi::syscall_name(static_cast<std::int32_t>(number));
    log::info("unanswered: {} ({}), {} times", name.empty() ? "no name" : name, number, count);
  }
  const std::uint64_t outside = switchboard.unanswered_outside.load();
  if (outside != 0) log::info("unanswered: numbers that do not exist, {} times", outside);
}

/// What there is to say after a run, and lind's exit status.
int report_end(const HostContext& context, rawposix::Kernel& kernel,
               const Result<std::int32_t>& status, const Programs& programs) {
  report_unanswered(kernel.switchboard());
  if (context.stats) {
    const rawposix::ProcessTotals totals = kernel.totals();
    log::error("cages: {} started, {} at most at once; host processes: 1 (and the compile broker)",
               totals.started, totals.most_at_once);
  }
  if (status.ok()) {
    if (WIFSIGNALED(status.value())) return kExitSignalBase + WTERMSIG(status.value());
    return WEXITSTATUS(status.value());
  }
  if (programs.has_reported()) return exit_status_for(status.error());
  if (status.error() == uapi::Errno::kENOEXEC) {
    return fail(kExitNotRunnable, context.name + ": not a WebAssembly module");
  }
  return fail(exit_status_for(status.error()),
              host_error(context.name, static_cast<int>(status.error())).message());
}

/// The end after a guest has run.  The host takes memory, threads and descriptors back at once;
/// destructors would do it piece by piece.  The broker sees its socket close, removes the private
/// directory and ends by itself.
[[noreturn]] void end_process(int exit_status) {
  (void)std::fflush(nullptr);
  ::_exit(exit_status);
}

/// Everything after the rights are gone.  Returns only if nothing could be started.
int run_guest(const HostContext& context, const rawposix::InstanceLimits& limits,
              Programs& programs, host::UniqueFd ps_socket) {
  const wasi::Abi wasi(context.wasi);
  const ErrorOr<void> ready =
      runtime::initialize_runtime({.native_stack_bytes = context.stack_bytes});
  if (!ready.ok()) return fail(kExitFailed, ready.error().message());
  const ErrorOr<std::unique_ptr<rawposix::Kernel>> created =
      rawposix::Kernel::create({.mounts = context.mounts,
                                .programs = &programs,
                                .trace = context.trace,
                                .limits = limits,
                                .network = context.network,
                                .foreign_abi = &wasi});
  if (!created.ok()) return fail(kExitFailed, created.error().message());
  rawposix::Kernel& kernel = *created.value();
  // Nobody who looks for a mistake of ours wants a call that fails quietly.
  const ErrorOr<void> confined = host::confine_syscalls(
      context.is_locked ? host::SyscallList::kKeep : host::SyscallList::kRuntime,
      context.trace ? host::OnForeignCall::kKill : host::OnForeignCall::kRefuse);
  if (!confined.ok()) return fail(kExitFailed, confined.error().message());

  answer_ps(std::move(ps_socket), kernel);
  rawposix::InitProcess init = context.init;
  if (context.time_limit) init.on_start = [&] { end_after(*context.time_limit, kernel); };
  const Result<std::int32_t> status = kernel.run(init);
  if (is_time_over()) {
    end_process(fail(context.time_limit->exit_status, context.time_limit->message));
  }
  end_process(report_end(context, kernel, status, programs));
}

}  // namespace

int launch(const HostContext& context) {
  const ErrorOr<CompilerProgram> compiler = embed::find_compiler();
  if (!compiler.ok()) return fail(kExitFailed, compiler.error().message());
  const ErrorOr<Broker> broker =
      Broker::start(compiler.value(), context.mounts->private_directory());
  if (!broker.ok()) return fail(kExitFailed, broker.error().message());
  std::optional<object::Cache> cache = open_cache();
  std::optional<PerfMap> perf_map;
  if (context.perf_map) {
    ErrorOr<PerfMap> created = PerfMap::create();
    if (!created.ok()) return fail(kExitFailed, created.error().message());
    perf_map = std::move(created).value();
  }
  const std::vector<rawposix::MountTable::HostPlace> places = context.mounts->host_places();
  // A locked keep answers nobody.
  host::UniqueFd ps_socket =
      context.is_locked ? host::UniqueFd() : make_ps_socket(context.mounts->private_directory());
  const std::vector<host::LandlockGrant> grants = file_grants(places, cache);
  rawposix::InstanceLimits limits = context.limits;
  if (!limits.max_resident_bytes) limits.max_resident_bytes = default_total_bytes();
  const ErrorOr<void> dropped = context.is_locked ? lock_down(grants) : drop_rights(grants);
  if (!dropped.ok()) return fail(kExitFailed, dropped.error().message());
  Programs programs(broker.value(), compiler.value().identity, std::move(cache),
                    std::move(perf_map), context.wasi);
  return run_guest(context, limits, programs, std::move(ps_socket));
}

}  // namespace lind::cli
