// The order here is the design's (docs/architecture.md): everything that needs rights or may fork
// comes before drop_rights(), the first thread after it.

#include "run.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/core.h>

#include "base/log.h"
#include "broker.h"
#include "exit_status.h"
#include "grates.h"
#include "guest_program.h"
#include "host/landlock.h"
#include "host/seccomp.h"
#include "host_setup.h"
#include "message.h"
#include "object/cache.h"
#include "perf_map.h"
#include "programs.h"
#include "ps.h"
#include "rawposix/fs/mount_table.h"
#include "rawposix/kernel.h"
#include "run_options.h"
#include "runtime/thread.h"
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

rawposix::InitProcess make_init(const RunOptions& options, std::string path) {
  rawposix::InitProcess init{
      .path = std::move(path), .args = {options.program}, .env = {}, .cwd = options.cwd};
  init.args.insert(init.args.end(), options.args.begin(), options.args.end());
  for (const auto& [name, value] : options.env)
    init.env.push_back(name + "=" + value);
  return init;
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

rawposix::InstanceLimits instance_limits(const RunOptions& options) {
  rawposix::InstanceLimits limits{.max_tasks = options.max_tasks,
                                  .max_open_files = options.max_open_files};
  if (options.max_cpu_seconds != 0) limits.max_cpu_seconds = options.max_cpu_seconds;
  if (options.max_memory_bytes != 0) limits.max_memory_bytes = options.max_memory_bytes;
  return limits;
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
int report_end(const RunOptions& options, rawposix::Kernel& kernel,
               const Result<std::int32_t>& status, const Programs& programs) {
  report_unanswered(kernel.switchboard());
  if (options.stats) {
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
    return fail(kExitNotRunnable, options.program + ": not a WebAssembly module");
  }
  return fail(exit_status_for(status.error()),
              host_error(options.program, static_cast<int>(status.error())).message());
}

/// The end after a guest has run.  The host takes memory, threads and descriptors back at once;
/// destructors would do it piece by piece.  The broker sees its socket close, removes the private
/// directory and ends by itself.
[[noreturn]] void end_process(int exit_status) {
  (void)std::fflush(nullptr);
  ::_exit(exit_status);
}

/// Everything after the rights are gone.  Returns only if nothing could be started.
int run_guest(const Launch& launch, Programs& programs, host::UniqueFd ps_socket) {
  const RunOptions& options = launch.options;
  const wasi::Abi wasi(launch.wasi);
  const ErrorOr<void> ready = runtime::initialize_runtime();
  if (!ready.ok()) return fail(kExitFailed, ready.error().message());
  const ErrorOr<std::unique_ptr<rawposix::Kernel>> created =
      rawposix::Kernel::create({.mounts = launch.mounts,
                                .programs = &programs,
                                .trace = options.debug,
                                .limits = instance_limits(options),
                                .network = launch.network,
                                .foreign_abi = &wasi});
  if (!created.ok()) return fail(kExitFailed, created.error().message());
  rawposix::Kernel& kernel = *created.value();
  // Nobody who looks for a mistake of ours wants a call that fails quietly.
  const ErrorOr<void> confined = host::confine_syscalls(
      host::SyscallList::kRuntime,
      options.debug ? host::OnForeignCall::kKill : host::OnForeignCall::kRefuse);
  if (!confined.ok()) return fail(kExitFailed, confined.error().message());

  answer_ps(std::move(ps_socket), kernel);
  end_process(report_end(options, kernel, kernel.run(launch.init), programs));
}

/// A WASI program that somebody in the cages executes finds what the others find.
wasi::Config wasi_config(const RunOptions& options) {
  return {.preopens = {{.path = "/", .name = "/"}, {.path = options.cwd, .name = "."}}};
}

int run(RunOptions options) {
  const ErrorOr<void> prepared = prepare_host();
  if (!prepared.ok()) return fail(kExitFailed, prepared.error().message());
  const ErrorOr<std::shared_ptr<rawposix::MountTable>> mounts = make_mounts(options);
  if (!mounts.ok()) return fail(kExitFailed, mounts.error().message());
  ErrorOr<rawposix::NetworkPolicy> network = make_network_policy(options.network);
  if (!network.ok()) return fail(kExitFailed, network.error().message());
  const ErrorOr<void> grates = show_grates(options, *mounts.value());
  if (!grates.ok()) return fail(kExitFailed, grates.error().message());
  Result<std::string, ProgramError> path = find_program(options, *mounts.value());
  if (!path.ok()) return fail(path.error().exit_status, path.error().message);
  return launch({.options = options,
                 .mounts = mounts.value(),
                 .init = make_init(options, std::move(path).value()),
                 .wasi = wasi_config(options),
                 .network = std::move(network).value()});
}

}  // namespace

int launch(const Launch& launch) {
  const ErrorOr<CompilerProgram> compiler = embed::find_compiler();
  if (!compiler.ok()) return fail(kExitFailed, compiler.error().message());
  const ErrorOr<Broker> broker =
      Broker::start(compiler.value(), launch.mounts->private_directory());
  if (!broker.ok()) return fail(kExitFailed, broker.error().message());
  std::optional<object::Cache> cache = open_cache();
  std::optional<PerfMap> perf_map;
  if (launch.options.perf_map) {
    ErrorOr<PerfMap> created = PerfMap::create();
    if (!created.ok()) return fail(kExitFailed, created.error().message());
    perf_map = std::move(created).value();
  }
  const std::vector<rawposix::MountTable::HostPlace> places = launch.mounts->host_places();
  host::UniqueFd ps_socket = make_ps_socket(launch.mounts->private_directory());
  const ErrorOr<void> dropped = drop_rights(file_grants(places, cache));
  if (!dropped.ok()) return fail(kExitFailed, dropped.error().message());
  Programs programs(broker.value(), compiler.value().identity, std::move(cache),
                    std::move(perf_map), launch.wasi);
  return run_guest(launch, programs, std::move(ps_socket));
}

int run_command(const std::string& command, const std::vector<std::string>& arguments) {
  const ErrorOr<std::variant<RunOptions, HelpText>> parsed = parse_run_options(command, arguments);
  if (!parsed.ok()) return fail(kExitFailed, parsed.error().message());
  if (const auto* help = std::get_if<HelpText>(&parsed.value())) {
    fmt::print("{}", help->text);
    return 0;
  }
  const auto& options = std::get<RunOptions>(parsed.value());
  if (options.verbose) log::set_level(log::Level::kInfo);
  if (options.debug) log::set_level(log::Level::kDebug);
  return run(options);
}

}  // namespace lind::cli
