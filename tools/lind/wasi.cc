#include "wasi.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/core.h>

#include "base/log.h"
#include "base/units.h"
#include "exit_status.h"
#include "grates.h"
#include "guest_program.h"
#include "host/errno.h"
#include "host_setup.h"
#include "launch.h"
#include "listen.h"
#include "message.h"
#include "rawposix/fs/guest_path.h"
#include "rawposix/fs/mount_table.h"
#include "rawposix/fs/open_file.h"
#include "signature.h"
#include "wasi_options.h"

namespace lind::cli {
namespace {

using rawposix::MountTable;

constexpr std::uint64_t kMaxModuleBytes = 1 * kGiB;

/// The directories that were given, and nothing else: no /dev, no /proc.
ErrorOr<std::shared_ptr<MountTable>> make_mounts(const WasiOptions& options) {
  std::shared_ptr<MountTable> mounts = LIND_TRY(MountTable::create(MountTable::Places::kNone));
  for (const Grant& grant : options.grants) {
    LIND_TRY(mounts->add_directory(
        grant.host, guest_path_of(grant.guest),
        grant.read_only ? MountTable::Rights::kReadOnly : MountTable::Rights::kReadWrite));
  }
  if (options.cwd.empty()) return mounts;
  const auto cwd =
      mounts->open("/", guest_path_of(options.cwd), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  const bool is_given = std::ranges::any_of(options.grants, [&options](const Grant& grant) {
    return rawposix::is_below(guest_path_of(options.cwd), guest_path_of(grant.guest));
  });
  if (!is_given) return Error(fmt::format("--cwd {}: in no directory that is given", options.cwd));
  if (!cwd.ok()) return host_error("--cwd " + options.cwd, static_cast<int>(cwd.error()));
  return mounts;
}

/// All that is in a file, or comes from a pipe, in an executable file of its own.
Result<host::UniqueFd> gathered(const host::UniqueFd& source) {
  host::UniqueFd copy(::memfd_create("module", MFD_CLOEXEC));
  if (!copy.valid()) return host::last_errno();
  std::vector<std::byte> bytes(256 * kKiB);
  for (std::uint64_t total = 0; total <= kMaxModuleBytes;) {
    const ssize_t got = ::read(source.get(), bytes.data(), bytes.size());
    if (got == 0) {
      if (::lseek(copy.get(), 0, SEEK_SET) < 0) return host::last_errno();
      return copy;
    }
    if (got < 0) return host::last_errno();
    const auto num_bytes = static_cast<std::size_t>(got);
    if (::write(copy.get(), bytes.data(), num_bytes) != got) return host::last_errno();
    total += num_bytes;
  }
  return uapi::Errno::kEFBIG;
}

Result<host::UniqueFd> open_module(const WasiOptions& options) {
  host::UniqueFd file(::open(options.module.c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC));
  if (!file.valid()) return host::last_errno();
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return host::last_errno();
  if (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)) return gathered(file);
  if (!S_ISREG(status.st_mode)) return uapi::Errno::kEACCES;
  // What was verified must not change.  A grate executes it, which takes a permission that modules
  // seldom have.
  if (options.verify_signature || !options.grates.empty()) return gathered(file);
  return file;
}

wasi::Config wasi_config(const WasiOptions& options) {
  wasi::Config config;
  config.entry = options.entry;
  for (const Grant& grant : options.grants)
    config.preopens.push_back({.path = guest_path_of(grant.guest), .name = grant.guest});
  if (!options.cwd.empty()) {
    config.preopens.push_back({.path = guest_path_of(options.cwd), .name = "."});
  }
  config.num_sockets = static_cast<std::uint32_t>(options.listen.size());
  config.max_memory_bytes = options.max_memory_bytes;
  if (!options.invoke.empty()) config.invocation = {options.invoke, options.args};
  return config;
}

ErrorOr<std::vector<std::shared_ptr<rawposix::OpenFile>>> open_sockets(
    const std::vector<std::string>& addresses) {
  std::vector<std::shared_ptr<rawposix::OpenFile>> files;
  for (const std::string& address : addresses) {
    host::UniqueFd socket = LIND_TRY(listen_on(address));
    Result<std::shared_ptr<rawposix::OpenFile>> file = rawposix::adopt_host_file(std::move(socket));
    if (!file.ok()) return host_error("--listen " + address, static_cast<int>(file.error()));
    files.push_back(std::move(file).value());
  }
  return files;
}

rawposix::InitProcess make_init(const WasiOptions& options) {
  rawposix::InitProcess init{
      .path = options.module, .args = {options.module}, .env = {}, .file = nullptr};
  if (options.invoke.empty()) {
    init.args.insert(init.args.end(), options.args.begin(), options.args.end());
  }
  for (const auto& [name, value] : options.env)
    init.env.push_back(name + "=" + value);
  return init;
}

/// The first grate executes what stands behind it, at last the module, which it sees as /NAME.
ErrorOr<void> begin_with_grates(const WasiOptions& options, host::UniqueFd module,
                                MountTable& mounts, rawposix::InitProcess& init) {
  const std::optional<std::string> directory = grates_directory();
  if (!directory) return Error("no grates");
  LIND_TRY(mounts.add_directory(*directory, kGuestGrates, MountTable::Rights::kReadOnly));
  init.args.front() = "/" + options.module.substr(options.module.rfind('/') + 1);
  LIND_TRY(mounts.add_file(std::move(module), init.args.front(), MountTable::Rights::kReadOnly));
  init.args.insert(init.args.begin(), options.grates.begin(), options.grates.end());
  init.path = fmt::format("{}/{}", kGuestGrates, options.grates.front());
  return {};
}

ErrorOr<void> begin(const WasiOptions& options, host::UniqueFd module, MountTable& mounts,
                    rawposix::InitProcess& init) {
  if (!options.grates.empty()) return begin_with_grates(options, std::move(module), mounts, init);
  Result<std::shared_ptr<rawposix::OpenFile>> file =
      rawposix::adopt_host_file(std::move(module), true, options.module);
  if (!file.ok()) return host_error(options.module, static_cast<int>(file.error()));
  init.file = std::move(file).value();
  return {};
}

std::optional<TimeLimit> time_limit_of(const WasiOptions& options) {
  if (options.timeout_ms == 0) return std::nullopt;
  constexpr int kLucetStatus = 255;  // of its -1
  const std::chrono::milliseconds after(options.timeout_ms);
  if (options.is_lucet) {
    return TimeLimit{after, kLucetStatus, "Terminated via remote kill switch (likely a timeout)"};
  }
  return TimeLimit{after, kExitTimeLimit,
                   fmt::format("{}: ended after {} ms", options.module, options.timeout_ms)};
}

int run(const WasiOptions& options) {
  const ErrorOr<void> prepared = prepare_host();
  if (!prepared.ok()) return fail(kExitFailed, prepared.error().message());
  const ErrorOr<std::shared_ptr<MountTable>> mounts = make_mounts(options);
  if (!mounts.ok()) return fail(kExitFailed, mounts.error().message());
  Result<host::UniqueFd> module = open_module(options);
  if (!module.ok()) {
    return fail(exit_status_for(module.error()),
                host_error(options.module, static_cast<int>(module.error())).message());
  }
  if (options.verify_signature) {
    const ErrorOr<void> verified =
        verify_signature(options.module, module.value(), options.public_key);
    if (!verified.ok()) return fail(kExitNotRunnable, verified.error().message());
  }
  rawposix::InitProcess init = make_init(options);
  const ErrorOr<void> begun = begin(options, std::move(module).value(), *mounts.value(), init);
  if (!begun.ok()) return fail(kExitFailed, begun.error().message());
  ErrorOr<std::vector<std::shared_ptr<rawposix::OpenFile>>> sockets = open_sockets(options.listen);
  if (!sockets.ok()) return fail(kExitFailed, sockets.error().message());
  init.files = std::move(sockets).value();
  return launch({.name = options.module,
                 .init = std::move(init),
                 .mounts = mounts.value(),
                 .wasi = wasi_config(options),
                 .time_limit = time_limit_of(options),
                 .stack_bytes = options.stack_bytes,
                 .trace = options.debug});
}

}  // namespace

int wasi_command(const std::string& command, const std::vector<std::string>& arguments) {
  const std::optional<std::string> grates = grates_directory();
  const WordKinds kinds = {
      .is_grate = [&](const std::string& word) { return grates && is_grate(*grates, word); },
      .is_module = is_program_file};
  const ErrorOr<std::variant<WasiOptions, HelpText>> parsed =
      parse_wasi_options(command, arguments, kinds);
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
