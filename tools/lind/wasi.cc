#include "wasi.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <utility>
#include <variant>

#include <fmt/core.h>

#include "base/log.h"
#include "exit_status.h"
#include "guest_program.h"
#include "host/errno.h"
#include "host_setup.h"
#include "rawposix/fs/mount_table.h"
#include "rawposix/fs/open_file.h"
#include "run.h"
#include "wasi_options.h"

namespace lind::cli {
namespace {

using rawposix::MountTable;

/// The directories that were given, and nothing else: no /dev, no /proc.
ErrorOr<std::shared_ptr<MountTable>> make_mounts(const WasiOptions& options) {
  std::shared_ptr<MountTable> mounts = LIND_TRY(MountTable::create(MountTable::Places::kNone));
  for (const Grant& grant : options.grants) {
    LIND_TRY(mounts->add_directory(
        grant.host, guest_path_of(grant.guest),
        grant.read_only ? MountTable::Rights::kReadOnly : MountTable::Rights::kReadWrite));
  }
  return mounts;
}

Result<std::shared_ptr<rawposix::OpenFile>> open_module(const std::string& path) {
  host::UniqueFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) return host::last_errno();
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return host::last_errno();
  if (!S_ISREG(status.st_mode)) return uapi::Errno::kEACCES;
  return rawposix::adopt_host_file(std::move(file), true, path);
}

wasi::Config wasi_config(const WasiOptions& options) {
  wasi::Config config;
  config.entry = options.entry;
  for (const Grant& grant : options.grants)
    config.preopens.push_back({.path = guest_path_of(grant.guest), .name = grant.guest});
  return config;
}

rawposix::InitProcess make_init(const WasiOptions& options,
                                std::shared_ptr<rawposix::OpenFile> module) {
  rawposix::InitProcess init{
      .path = options.module, .args = {options.module}, .env = {}, .file = std::move(module)};
  init.args.insert(init.args.end(), options.args.begin(), options.args.end());
  for (const auto& [name, value] : options.env)
    init.env.push_back(name + "=" + value);
  return init;
}

int run(const WasiOptions& options) {
  const ErrorOr<void> prepared = prepare_host();
  if (!prepared.ok()) return fail(kExitFailed, prepared.error().message());
  const ErrorOr<std::shared_ptr<MountTable>> mounts = make_mounts(options);
  if (!mounts.ok()) return fail(kExitFailed, mounts.error().message());
  Result<std::shared_ptr<rawposix::OpenFile>> module = open_module(options.module);
  if (!module.ok()) {
    return fail(exit_status_for(module.error()),
                host_error(options.module, static_cast<int>(module.error())).message());
  }
  RunOptions common;
  common.debug = options.debug;
  common.program = options.module;
  return launch({.options = std::move(common),
                 .mounts = mounts.value(),
                 .init = make_init(options, std::move(module).value()),
                 .wasi = wasi_config(options)});
}

}  // namespace

int wasi_command(const std::string& command, const std::vector<std::string>& arguments) {
  const ErrorOr<std::variant<WasiOptions, HelpText>> parsed =
      parse_wasi_options(command, arguments);
  if (!parsed.ok()) return fail(kExitFailed, parsed.error().message());
  if (const auto* help = std::get_if<HelpText>(&parsed.value())) {
    fmt::print("{}", help->text);
    return 0;
  }
  const auto& options = std::get<WasiOptions>(parsed.value());
  if (options.verbose) log::set_level(log::Level::kInfo);
  if (options.debug) log::set_level(log::Level::kDebug);
  return run(options);
}

}  // namespace lind::cli
