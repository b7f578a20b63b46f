#include "run.h"

#include <memory>
#include <utility>
#include <variant>

#include <fmt/core.h>

#include "base/log.h"
#include "exit_status.h"
#include "grates.h"
#include "guest_program.h"
#include "host_setup.h"
#include "launch.h"
#include "message.h"
#include "rawposix/fs/mount_table.h"
#include "rawposix/kernel.h"
#include "run_options.h"

namespace lind::cli {
namespace {

rawposix::InitProcess make_init(const RunOptions& options, std::string path) {
  rawposix::InitProcess init{
      .path = std::move(path), .args = {options.program}, .env = {}, .cwd = options.cwd};
  init.args.insert(init.args.end(), options.args.begin(), options.args.end());
  for (const auto& [name, value] : options.env)
    init.env.push_back(name + "=" + value);
  return init;
}

rawposix::InstanceLimits instance_limits(const RunOptions& options) {
  rawposix::InstanceLimits limits{.max_tasks = options.max_tasks,
                                  .max_open_files = options.max_open_files};
  if (options.max_cpu_seconds != 0) limits.max_cpu_seconds = options.max_cpu_seconds;
  if (options.max_memory_bytes != 0) limits.max_memory_bytes = options.max_memory_bytes;
  if (options.max_total_bytes != 0) limits.max_resident_bytes = options.max_total_bytes;
  return limits;
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
  return launch({.name = options.program,
                 .init = make_init(options, std::move(path).value()),
                 .mounts = mounts.value(),
                 .limits = instance_limits(options),
                 .wasi = wasi_config(options),
                 .network = std::move(network).value(),
                 .trace = options.debug,
                 .stats = options.stats,
                 .perf_map = options.perf_map});
}

}  // namespace

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
