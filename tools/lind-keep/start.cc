// The order matters: whatever can fail for a reason of the configuration's comes before launch().

#include "start.h"

#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <utility>

#include <fmt/core.h>

#include "exit_status.h"
#include "grates.h"
#include "host/self.h"
#include "host_setup.h"
#include "keep/package_names.h"
#include "keep_report.h"
#include "launch.h"
#include "message.h"
#include "rawposix/fs/open_file.h"
#include "rawposix/net/handed_connection.h"
#include "sockets.h"
#include "tls_process.h"

namespace lind::cli {
namespace {

using rawposix::InitDescriptor;
using rawposix::MountTable;

/// Where the program finds its module; argv[0] has no slash and is found from "/".
std::string guest_path_of(std::string_view name) {
  return "/" + std::string(name);
}

ErrorOr<InitDescriptor> adopt(host::UniqueFd fd, const std::string& name) {
  Result<std::shared_ptr<rawposix::OpenFile>> file = rawposix::adopt_host_file(std::move(fd));
  if (!file.ok()) return host_error(name, static_cast<int>(file.error()));
  return InitDescriptor{.file = std::move(file).value()};
}

ErrorOr<host::UniqueFd> open_socket(const keep::File& file) {
  return file.kind == keep::File::Kind::kListen ? listen_tcp(file.host, file.port)
                                                : connect_tcp(file.host, file.port);
}

bool is_tls(const keep::File& file) {
  const bool is_socket =
      file.kind == keep::File::Kind::kListen || file.kind == keep::File::Kind::kConnect;
  return is_socket && file.protocol == keep::Protocol::kTls;
}

/// Of a file that is not TLS's.
ErrorOr<InitDescriptor> open_descriptor(const keep::File& file) {
  using Kind = keep::File::Kind;
  switch (file.kind) {
    case Kind::kNull: {
      host::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
      if (!null.valid()) return host_error("/dev/null", errno);
      return adopt(std::move(null), file.name);
    }
    case Kind::kStdin:
      return InitDescriptor{.standard = 0};
    case Kind::kStdout:
      return InitDescriptor{.standard = 1};
    case Kind::kStderr:
      return InitDescriptor{.standard = 2};
    case Kind::kListen:
    case Kind::kConnect:
      break;
  }
  return adopt(LIND_TRY(open_socket(file)), file.name);
}

/// What a program starts with, and who carries its TLS connections.
struct OpenFiles {
  std::vector<InitDescriptor> descriptors;
  TlsProcess tls;
};

/// Sockets of TLS are made in the order of all files, too, and then given to one process.
ErrorOr<OpenFiles> open_files(const keep::Config& config) {
  OpenFiles open;
  std::vector<TlsEndpoint> endpoints;
  std::vector<std::size_t> places;
  for (const keep::File& file : config.files) {
    if (is_tls(file)) {
      places.push_back(open.descriptors.size());
      endpoints.push_back(
          {.kind = file.kind, .host = file.host, .tcp = LIND_TRY(open_socket(file))});
      open.descriptors.emplace_back();
    } else {
      open.descriptors.push_back(LIND_TRY(open_descriptor(file)));
    }
  }
  if (endpoints.empty() && !config.steward) return open;
  const keep::Extensions& lind = config.lind;
  open.tls = LIND_TRY(start_tls(std::move(endpoints),
                                {.certificate = lind.certificate,
                                 .private_key = lind.private_key,
                                 .trust_anchors = lind.trust_anchors,
                                 .client_anchors = lind.client_anchors},
                                config.steward));
  for (std::size_t i = 0; i < places.size(); ++i) {
    const keep::File& file = config.files[places[i]];
    host::UniqueFd& plain = open.tls.plain[i];
    if (file.kind == keep::File::Kind::kListen) {
      open.descriptors[places[i]] = {.file = rawposix::make_handing_listener(std::move(plain))};
    } else {
      open.descriptors[places[i]] = LIND_TRY(adopt(std::move(plain), file.name));
    }
  }
  return open;
}

/// The package's files in an empty root, and the directories that were granted.
ErrorOr<std::shared_ptr<MountTable>> make_mounts(const Package& package) {
  std::shared_ptr<MountTable> mounts = LIND_TRY(MountTable::create());
  for (const keep::Directory& directory : package.config.lind.directories) {
    const ErrorOr<void> added = mounts->add_directory(
        directory.host, directory.guest,
        directory.read_only ? MountTable::Rights::kReadOnly : MountTable::Rights::kReadWrite);
    if (!added.ok()) return Error(added.error()).in("[lind] directories");
  }
  for (const PackageFile& file : package.files) {
    host::UniqueFd sealed = LIND_TRY(sealed_file(file));
    LIND_TRY(mounts->add_file(std::move(sealed), guest_path_of(file.name),
                              MountTable::Rights::kReadOnly));
  }
  return mounts;
}

/// The words in front of the program's own: each grate runs what follows it.
ErrorOr<std::vector<std::string>> grate_words(const keep::Config& config, MountTable& mounts) {
  std::vector<std::string> words;
  if (config.lind.grates.empty()) return words;
  const std::optional<std::string> directory = grates_directory();
  if (!directory) return Error("[lind] grates: no grates are installed");
  LIND_TRY(mounts.add_directory(*directory, kGuestGrates, MountTable::Rights::kReadOnly));
  for (const std::vector<std::string>& grate : config.lind.grates) {
    if (!is_grate(*directory, grate.front())) {
      return Error(fmt::format("[lind] grates: there is no grate {}", grate.front()));
    }
    words.push_back(fmt::format("{}/{}", kGuestGrates, grate.front()));
    words.insert(words.end(), grate.begin() + 1, grate.end());
  }
  return words;
}

/// The command line: grates, argv[0], args, and what our own command line appends.
ErrorOr<std::vector<std::string>> command_line(const KeepOptions& options,
                                               const keep::Config& config, MountTable& mounts) {
  std::vector<std::string> words = LIND_TRY(grate_words(config, mounts));
  // A grate executes a path.
  words.push_back(words.empty() ? std::string(keep::kModuleName)
                                : guest_path_of(keep::kModuleName));
  words.insert(words.end(), config.args.begin(), config.args.end());
  if (!options.args.empty() && !config.lind.append_args) {
    return Error(fmt::format("unexpected argument {}: [lind] append-args is not true",
                             options.args.front()));
  }
  words.insert(words.end(), options.args.begin(), options.args.end());
  return words;
}

rawposix::InstanceLimits limits_of(const keep::Extensions& lind) {
  rawposix::InstanceLimits limits;
  limits.max_tasks = lind.max_processes.value_or(limits.max_tasks);
  limits.max_open_files = lind.max_open_files.value_or(limits.max_open_files);
  limits.max_memory_bytes = lind.max_memory_bytes;
  limits.max_cpu_seconds = lind.max_cpu_seconds;
  return limits;
}

/// What a WASI program finds: the files, and behind them the directories.
wasi::Config wasi_config(const keep::Config& config) {
  wasi::Config wasi;
  wasi.num_files = static_cast<std::uint32_t>(config.files.size());
  for (const keep::Directory& directory : config.lind.directories)
    wasi.preopens.push_back({.path = directory.guest, .name = directory.guest});
  return wasi;
}

ErrorOr<HostContext> make_context(const KeepOptions& options, const Package& package,
                                  keep::Backend backend, std::vector<InitDescriptor> descriptors) {
  const keep::Config& config = package.config;
  std::shared_ptr<MountTable> mounts = LIND_TRY(make_mounts(package));
  std::vector<std::string> words = LIND_TRY(command_line(options, config, *mounts));
  std::string path = config.lind.grates.empty() ? guest_path_of(keep::kModuleName) : words.front();
  rawposix::InitProcess init{.path = std::move(path),
                             .args = std::move(words),
                             .env = keep::environment_of(config, own_variable)};
  init.descriptors = std::move(descriptors);
  HostContext context{
      .name = options.subject, .init = std::move(init), .mounts = std::move(mounts)};
  context.limits = limits_of(config.lind);
  context.wasi = wasi_config(config);
  if (const auto seconds = config.lind.max_seconds) {
    context.time_limit = {.after = std::chrono::seconds(*seconds),
                          .message = fmt::format("the time limit of {} s is reached", *seconds)};
  }
  context.is_locked = backend == keep::Backend::kLocked;
  context.trace = options.debug;
  return context;
}

}  // namespace

int start_keep(const KeepOptions& options, keep::Backend backend, const keep::Config& config,
               const PackageLoader& load) {
  const auto fail_with = [](const ProgramError& error) {
    return fail(error.exit_status, error.message);
  };
  ErrorOr<void> prepared = host::close_inherited_descriptors();
  if (prepared.ok()) prepared = prepare_host();
  if (!prepared.ok()) return fail(kExitFailed, prepared.error().message());
  // Without a steward a package that is not right fails first: nobody outside hears of it.
  Result<Package, ProgramError> package = config.steward ? Package() : load();
  if (!package.ok()) return fail_with(package.error());
  ErrorOr<OpenFiles> files = open_files(config);
  if (!files.ok()) return fail(kExitFailed, files.error().message());
  if (config.steward) package = load();
  if (!package.ok()) return fail_with(package.error());
  if (package.value().config != config) {
    return fail(kExitFailed, "the configuration changed while it was read");
  }
  const ErrorOr<HostContext> context =
      make_context(options, package.value(), backend, std::move(files.value().descriptors));
  if (!context.ok()) return fail(kExitFailed, context.error().message());
  if (!options.report.empty()) {
    const ErrorOr<void> written = write_report(options.report, package.value(), backend);
    if (!written.ok()) return fail(kExitFailed, written.error().message());
  }
  return launch(context.value());
}

}  // namespace lind::cli
