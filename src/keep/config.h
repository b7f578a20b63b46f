/// \file
/// Enarx.toml: what a keep's program is given.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace lind::keep {

/// Larger files are refused unread.
inline constexpr std::size_t kMaxConfigBytes = 1'000'000;

enum class Protocol : std::uint8_t { kTcp, kTls };

/// One `[[files]]`: a descriptor that the program finds open.
struct File {
  enum class Kind : std::uint8_t { kNull, kStdin, kStdout, kStderr, kListen, kConnect };
  Kind kind = Kind::kNull;
  std::string name;  ///< for FD_NAMES; never with a colon
  // Of kListen and kConnect only:
  Protocol protocol = Protocol::kTcp;
  std::string host;  ///< the address to listen at, or the name or address to connect to
  std::uint16_t port = 0;
  friend bool operator==(const File&, const File&) = default;
};

/// One `[[lind.directories]]`: a host directory, shown at `guest`.
struct Directory {
  std::string host;
  std::string guest;  ///< absolute
  bool read_only = true;
  friend bool operator==(const Directory&, const Directory&) = default;
};

/// `[lind]`: what Enarx has not, and people asked for.  Host paths are as written.
struct Extensions {
  std::vector<Directory> directories;
  std::vector<std::string> modules;              ///< files of the package besides main.wasm
  std::vector<std::string> trust_anchors;        ///< PEM files: whom connections are believed
  std::vector<std::string> client_anchors;       ///< PEM files: listeners ask for a certificate
  std::optional<std::string> certificate;        ///< PEM file: the keep's own chain
  std::optional<std::string> private_key;        ///< PEM file; with a certificate, never alone
  std::vector<std::string> pass_env;             ///< variables that are as they are outside
  std::vector<std::vector<std::string>> grates;  ///< outermost first, each with its arguments
  bool append_args = false;                      ///< arguments of the command line come behind args
  std::optional<std::uint64_t> max_memory_bytes;
  std::optional<std::uint64_t> max_cpu_seconds;
  std::optional<std::uint64_t> max_seconds;  ///< by the clock on the wall
  std::optional<std::uint32_t> max_processes;
  std::optional<std::uint32_t> max_open_files;
  friend bool operator==(const Extensions&, const Extensions&) = default;
};

/// A keep's configuration, checked.
struct Config {
  std::optional<std::string> steward;                    ///< an https URL
  std::vector<std::string> args;                         ///< behind argv[0]
  std::vector<std::pair<std::string, std::string>> env;  ///< sorted by name
  std::vector<File> files;                               ///< descriptors 0, 1, 2, ...
  Extensions lind;
  friend bool operator==(const Config&, const Config&) = default;
};

/// What to do with keys at the top that nobody knows.
enum class UnknownKeys : std::uint8_t {
  kRefuse,
  kIgnore,  ///< as Enarx does: `--enarx-compat`
};

/// Reads and checks a configuration.
/// Errors: the first thing that is wrong, as "WHAT for key `KEY` at line L column C".
ErrorOr<Config> parse_config(std::string_view text, UnknownKeys unknown_keys);

/// Of a keep that has no configuration: stdin, stdout and stderr.  (One without `[[files]]` has no
/// descriptor at all.)
Config default_config();

/// The environment that a program finds: FD_COUNT and FD_NAMES, then [env], then what pass-env
/// names and `outside` has.  Each "NAME=VALUE".
std::vector<std::string> environment_of(const Config& config,
                                        std::optional<std::string> (*outside)(const std::string&));

/// The same configuration as text in one form only: equal configurations have equal texts.
std::string canonical_text(const Config& config);

/// What `lind keep config init` writes; parse_config accepts it.
extern const std::string_view kConfigTemplate;

}  // namespace lind::keep
