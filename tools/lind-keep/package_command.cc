#include "package_command.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "config_commands.h"
#include "exit_status.h"
#include "keep/minisign.h"
#include "keep/package_names.h"
#include "message.h"
#include "object/file.h"

namespace lind::cli {
namespace {

constexpr char kSignatureFile[] = "package.minisig";

constexpr char kHelp[] =
    "Usage: {0} pack MODULE CONFIGURATION DIRECTORY   make a package\n"
    "       {0} sign --key KEY.pem [--public-key OUT] DIRECTORY\n"
    "       {0} verify --public-key KEY DIRECTORY\n"
    "       {0} inspect DIRECTORY                     what is in it, and what it asks for\n\n"
    "KEY.pem: `openssl genpkey -algorithm ed25519`.  Public keys and signatures are minisign's.\n\n"
    "Exit status: 0 it is right; 125, 126, 127 as for deploy.\n";

/// What a signature is of.
std::string manifest(const Package& package) {
  std::string text = "lind-keep-package 1\n";
  const auto add = [&text](const PackageFile& file) {
    text += fmt::format("sha384 {} {}\n", keep::to_hex(keep::sha384({file.bytes})), file.name);
  };
  add(package.config_file);
  for (const PackageFile& file : package.files)
    add(file);
  return text;
}

ErrorOr<void> write_file(const std::string& path, std::span<const std::byte> bytes) {
  const host::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!file.valid()) return host_error(path, errno);
  const Result<void, int> written = object::write_file(file.get(), bytes);
  if (!written.ok()) return host_error(path, written.error());
  return {};
}

ErrorOr<void> write_text(const std::string& path, std::string_view text) {
  return write_file(path, std::as_bytes(std::span(text)));
}

ErrorOr<std::string> read_text(const std::string& path) {
  constexpr std::uint64_t kMaxBytes = 65536;
  const host::UniqueFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) return host_error(path, errno);
  const ErrorOr<Buffer> bytes = object::read_file(file.get(), kMaxBytes);
  if (!bytes.ok()) return Error(bytes.error()).in(path);
  std::string text(bytes.value().size(), '\0');
  std::memcpy(text.data(), bytes.value().data(), text.size());
  return text;
}

/// The words of a subcommand behind its options.
struct Arguments {
  std::string key;
  std::string public_key;
  std::vector<std::string> words;
};

ErrorOr<Arguments> parse(const std::string& command, std::size_t num_words,
                         const std::vector<std::string>& words) {
  Arguments arguments;
  CLI::App app("", command);
  app.add_option("--key", arguments.key);
  app.add_option("--public-key", arguments.public_key);
  app.add_option("words", arguments.words);
  try {
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return Error(error.what());
  }
  if (arguments.words.size() != num_words) {
    return Error(fmt::format("expected {} words; see {} --help", num_words, command));
  }
  return arguments;
}

int fail_with(const ProgramError& error) {
  return fail(error.exit_status, error.message);
}

int pack(const Arguments& arguments) {
  const std::string& directory = arguments.words[2];
  Result<PackageFile, ProgramError> config_file =
      load_package_file(arguments.words[1], std::string(keep::kConfigName));
  if (!config_file.ok()) return fail_with(config_file.error());
  const ErrorOr<keep::Config> config =
      parse_config_file(arguments.words[1], config_file.value().bytes, keep::UnknownKeys::kRefuse);
  if (!config.ok()) return fail(kExitFailed, config.error().message());
  Result<Package, ProgramError> package = load_module(arguments.words[0], config.value());
  if (!package.ok()) return fail_with(package.error());
  const Result<void, ProgramError> stripped = strip_sections(package.value(), false);
  if (!stripped.ok()) return fail_with(stripped.error());
  if (::mkdir(directory.c_str(), 0777) != 0) {
    return fail(kExitFailed, host_error(directory, errno).message());
  }
  package.value().files.push_back(std::move(config_file).value());
  for (const PackageFile& file : package.value().files) {
    const ErrorOr<void> written = write_file(directory + "/" + file.name, file.bytes);
    if (!written.ok()) return fail(kExitFailed, written.error().message());
  }
  return 0;
}

ErrorOr<void> write_signature(const Arguments& arguments, const std::string& text) {
  const keep::SigningKey key = LIND_TRY(keep::SigningKey::load(arguments.key));
  LIND_TRY(write_text(arguments.words[0] + "/" + kSignatureFile,
                      keep::minisign(key, std::as_bytes(std::span(text)), "lind keep package")));
  if (arguments.public_key.empty()) return {};
  return write_text(arguments.public_key, keep::to_text(keep::minisign_key(key)));
}

int sign(const Arguments& arguments) {
  if (arguments.key.empty()) return fail(kExitFailed, "--key: expected a key to sign with");
  const Result<Package, ProgramError> package =
      load_directory(arguments.words[0], keep::UnknownKeys::kRefuse);
  if (!package.ok()) return fail_with(package.error());
  const ErrorOr<void> written = write_signature(arguments, manifest(package.value()));
  return written.ok() ? 0 : fail(kExitFailed, written.error().message());
}

int verify(const Arguments& arguments) {
  if (arguments.public_key.empty()) {
    return fail(kExitFailed, "--public-key: expected the key of who signed");
  }
  const Result<Package, ProgramError> package =
      load_directory(arguments.words[0], keep::UnknownKeys::kRefuse);
  if (!package.ok()) return fail_with(package.error());
  const Result<void, ProgramError> checked =
      check_signature(arguments.words[0], package.value(), arguments.public_key);
  return checked.ok() ? 0 : fail_with(checked.error());
}

int inspect(const Arguments& arguments) {
  const Result<Package, ProgramError> package =
      load_directory(arguments.words[0], keep::UnknownKeys::kRefuse);
  if (!package.ok()) return fail_with(package.error());
  fmt::print("{}\n{}", manifest(package.value()), keep::canonical_text(package.value().config));
  return 0;
}

struct Subcommand {
  std::string_view name;
  std::size_t num_words;
  int (*run)(const Arguments& arguments);
};
constexpr std::array kSubcommands = {Subcommand{"pack", 3, pack}, Subcommand{"sign", 1, sign},
                                     Subcommand{"verify", 1, verify},
                                     Subcommand{"inspect", 1, inspect}};

}  // namespace

Result<void, ProgramError> check_signature(const std::string& directory, const Package& package,
                                           const std::string& key_file) {
  const auto failed = [](const std::string& where, const Error& error) {
    return ProgramError{kExitFailed, where + error.message()};
  };
  const ErrorOr<std::string> key_text = read_text(key_file);
  if (!key_text.ok()) return failed("", key_text.error());
  const ErrorOr<keep::MinisignKey> key = keep::parse_minisign_key(key_text.value());
  if (!key.ok()) return failed(key_file + ": ", key.error());
  const std::string path = directory + "/" + kSignatureFile;
  const ErrorOr<std::string> signature = read_text(path);
  if (!signature.ok()) return failed("", signature.error());
  const std::string text = manifest(package);
  const ErrorOr<void> checked =
      keep::check_minisign(key.value(), std::as_bytes(std::span(text)), signature.value());
  if (!checked.ok()) return failed(path + ": ", checked.error());
  return {};
}

int package_command(const std::string& command, const std::vector<std::string>& words) {
  if (!words.empty() && (words.front() == "--help" || words.front() == "-h")) {
    fmt::print(kHelp, command);
    return 0;
  }
  for (const Subcommand& subcommand : kSubcommands) {
    if (words.empty() || words.front() != subcommand.name) continue;
    const ErrorOr<Arguments> arguments =
        parse(command, subcommand.num_words, {words.begin() + 1, words.end()});
    if (!arguments.ok()) return fail(kExitFailed, arguments.error().message());
    return subcommand.run(arguments.value());
  }
  return fail(kExitFailed,
              fmt::format("expected pack, sign, verify or inspect; see {} --help", command));
}

}  // namespace lind::cli
