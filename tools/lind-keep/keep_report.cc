#include "keep_report.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <span>

#include <fmt/core.h>
#include <fmt/format.h>

#include "exit_status.h"
#include "keep/report.h"
#include "message.h"
#include "object/file.h"

namespace lind::cli {
namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 30U;

ErrorOr<Buffer> read_bytes(const std::string& path) {
  const host::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return host_error(path, errno);
  ErrorOr<Buffer> bytes = object::read_file(file.get(), kMaxBytes);
  if (!bytes.ok()) return Error(bytes.error()).in(path);
  return bytes;
}

std::string digest(std::span<const std::byte> bytes) {
  return keep::to_hex(keep::sha384({bytes}));
}

std::string describe(const keep::File& file) {
  using Kind = keep::File::Kind;
  switch (file.kind) {
    case Kind::kNull:
      return "null " + file.name;
    case Kind::kStdin:
      return "stdin " + file.name;
    case Kind::kStdout:
      return "stdout " + file.name;
    case Kind::kStderr:
      return "stderr " + file.name;
    case Kind::kListen:
    case Kind::kConnect:
      break;
  }
  return fmt::format("{} {} {} {} {}", file.kind == Kind::kListen ? "listen" : "connect",
                     file.protocol == keep::Protocol::kTls ? "tls" : "tcp", file.host, file.port,
                     file.name);
}

/// Everything that the program is given.
void add_grants(keep::Report& report, const keep::Config& config) {
  for (std::size_t fd = 0; fd < config.files.size(); ++fd)
    report.add(fmt::format("descriptor {} {}", fd, describe(config.files[fd])));
  for (const keep::Directory& directory : config.lind.directories) {
    report.add(fmt::format("directory {} {} {}", directory.guest, directory.read_only ? "ro" : "rw",
                           directory.host));
  }
  for (const std::string& name : config.lind.pass_env)
    report.add("variable " + name);
  for (const std::vector<std::string>& grate : config.lind.grates)
    report.add(fmt::format("grate {}", fmt::join(grate, " ")));
}

int check(const std::string& file) {
  const ErrorOr<Buffer> bytes = read_bytes(file);
  if (!bytes.ok()) return fail(kExitFailed, bytes.error().message());
  std::string text(bytes.value().size(), '\0');
  std::memcpy(text.data(), bytes.value().data(), text.size());
  const ErrorOr<keep::CheckedReport> report = keep::check_report(text);
  if (!report.ok()) return fail(kExitFailed, file + ": " + report.error().message());
  for (const std::string& entry : report.value().entries)
    fmt::print("{}\n", printable(entry));
  fmt::print("measurement {}\nkey {}\n", keep::to_hex(report.value().measurement),
             keep::to_hex(report.value().key));
  return 0;
}

}  // namespace

ErrorOr<void> write_report(const std::string& file, const Package& package, keep::Backend backend) {
  const Buffer runtime = LIND_TRY(read_bytes("/proc/self/exe"));
  keep::Report report;
  report.add(fmt::format("runtime lind {} sha384 {}", LIND_VERSION, digest(runtime)));
  report.add(fmt::format("backend {}", keep::name_of(backend)));
  for (const PackageFile& each : package.files)
    report.add(fmt::format("file {} sha384 {}", each.name, digest(each.bytes)));
  const std::string config = keep::canonical_text(package.config);
  report.add(fmt::format("config sha384 {}", digest(std::as_bytes(std::span(config)))));
  add_grants(report, package.config);
  const keep::SigningKey key = LIND_TRY(keep::SigningKey::create());
  const std::string text = report.seal(key);
  const host::UniqueFd out(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!out.valid()) return host_error(file, errno);
  const Result<void, int> written = object::write_file(out.get(), std::as_bytes(std::span(text)));
  if (!written.ok()) return host_error(file, written.error());
  return {};
}

int report_command(const std::string& command, const std::vector<std::string>& words) {
  if (words.size() == 2 && words.front() == "check") return check(words.back());
  const bool help = !words.empty() && (words.front() == "--help" || words.front() == "-h");
  fmt::print(help ? stdout : stderr,
             "Usage: {} check FILE\n\nChecks a report that run --report wrote, and prints what it "
             "says.\nExit status: 0 it is whole; 125 it is not.\n",
             command);
  return help ? 0 : kExitFailed;
}

}  // namespace lind::cli
