#include "keep/config.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/core.h>

#include "keep/package_names.h"
#include "keep/toml_depth_internal.h"
#include "keep/toml_reader_internal.h"

namespace lind::keep {
namespace {

constexpr std::size_t kMaxFiles = 1024;
constexpr std::size_t kMaxKeyDots = 1000;
constexpr std::uint64_t kMaxPort = std::numeric_limits<std::uint16_t>::max();

// --- [[files]] ----------------------------------------------------------------------------------

struct KindName {
  std::string_view name;
  File::Kind kind;
};
constexpr std::array kKinds = {
    KindName{"null", File::Kind::kNull},     KindName{"stdin", File::Kind::kStdin},
    KindName{"stdout", File::Kind::kStdout}, KindName{"stderr", File::Kind::kStderr},
    KindName{"listen", File::Kind::kListen}, KindName{"connect", File::Kind::kConnect},
};

/// The entries of one `[[files]]`, under the name that errors give them.
class FileReader {
 public:
  explicit FileReader(const toml::table& table) : table_(table) {}
  ErrorOr<File> read() const;

 private:
  static constexpr std::string_view kKey = "files";

  Error error(std::string_view what) const { return error_at(what, kKey, table_.source()); }
  const toml::node* find(std::string_view key) const { return table_.get(key); }
  ErrorOr<std::string> needed(std::string_view key) const;
  ErrorOr<std::string> optional(std::string_view key, std::string_view otherwise) const;
  ErrorOr<File::Kind> read_kind() const;
  ErrorOr<void> read_endpoint(File& file) const;
  ErrorOr<void> read_name(File& file) const;

  const toml::table& table_;
};

ErrorOr<std::string> FileReader::needed(std::string_view key) const {
  const toml::node* const node = find(key);
  if (node == nullptr) return error(fmt::format("missing field `{}`", key));
  return Value{*node, kKey}.string();
}

ErrorOr<std::string> FileReader::optional(std::string_view key, std::string_view otherwise) const {
  const toml::node* const node = find(key);
  if (node == nullptr) return std::string(otherwise);
  return Value{*node, kKey}.string();
}

ErrorOr<File::Kind> FileReader::read_kind() const {
  const std::string name = LIND_TRY(needed("kind"));
  const auto found = std::ranges::find(kKinds, name, &KindName::name);
  if (found != kKinds.end()) return found->kind;
  return Value{*find("kind"), kKey}.error(
      fmt::format("unknown variant `{}`, expected one of `null`, `stdin`, `stdout`, `stderr`, "
                  "`listen`, `connect`",
                  name));
}

ErrorOr<void> FileReader::read_endpoint(File& file) const {
  const std::string protocol = LIND_TRY(needed("prot"));
  if (protocol != "tls" && protocol != "tcp") {
    return Value{*find("prot"), kKey}.error(
        fmt::format("unknown variant `{}`, expected `tls` or `tcp`", protocol));
  }
  file.protocol = protocol == "tls" ? Protocol::kTls : Protocol::kTcp;
  file.port = file.protocol == Protocol::kTls ? 443 : 80;
  if (const toml::node* const port = find("port"); port != nullptr) {
    file.port = static_cast<std::uint16_t>(LIND_TRY((Value{*port, kKey}.number(0, kMaxPort))));
  }
  return {};
}

ErrorOr<void> FileReader::read_name(File& file) const {
  std::string_view otherwise = file.host;  // of a connection
  const auto kind = std::ranges::find(kKinds, file.kind, &KindName::kind);
  if (file.kind != File::Kind::kConnect) otherwise = kind->name;
  if (file.kind == File::Kind::kListen) {
    file.name = LIND_TRY(needed("name"));
  } else {
    file.name = LIND_TRY(optional("name", otherwise));
  }
  // FD_NAMES separates by colons.  Enarx forgets the host that becomes a name.
  if (find("name") != nullptr && file.name.find(':') != std::string::npos) {
    return error("file name must not contain ':'");
  }
  if (file.name.find(':') != std::string::npos) {
    return error(fmt::format("host `{}` has a ':': the file needs a name", file.name));
  }
  return {};
}

ErrorOr<File> FileReader::read() const {
  File file;
  file.kind = LIND_TRY(read_kind());
  switch (file.kind) {
    case File::Kind::kNull:
    case File::Kind::kStdin:
    case File::Kind::kStdout:
    case File::Kind::kStderr:
      LIND_TRY(check_keys(table_, kKey, {"kind", "name"}));
      break;
    case File::Kind::kListen:
      LIND_TRY(check_keys(table_, kKey, {"addr", "kind", "name", "port", "prot"}));
      LIND_TRY(read_endpoint(file));
      file.host = LIND_TRY(optional("addr", "::"));
      break;
    case File::Kind::kConnect:
      LIND_TRY(check_keys(table_, kKey, {"host", "kind", "name", "port", "prot"}));
      LIND_TRY(read_endpoint(file));
      file.host = LIND_TRY(needed("host"));
      break;
  }
  LIND_TRY(read_name(file));
  return file;
}

ErrorOr<std::vector<File>> read_files(const toml::node& node) {
  const toml::array* const entries = LIND_TRY((Value{node, "files"}.array()));
  if (entries->size() > kMaxFiles) {
    return Value{node, "files"}.error(
        fmt::format("{} files, at most {} can be open", entries->size(), kMaxFiles));
  }
  std::vector<File> files;
  for (const toml::node& entry : *entries) {
    const toml::table* const table = LIND_TRY((Value{entry, "files"}.table()));
    files.push_back(LIND_TRY(FileReader(*table).read()));
  }
  return files;
}

// --- [lind] -------------------------------------------------------------------------------------

ErrorOr<std::vector<Directory>> read_directories(const toml::node& node) {
  constexpr std::string_view kKey = "lind.directories";
  const toml::array* const entries = LIND_TRY((Value{node, kKey}.array()));
  std::vector<Directory> directories;
  for (const toml::node& entry : *entries) {
    const toml::table* const table = LIND_TRY((Value{entry, kKey}.table()));
    LIND_TRY(check_keys(*table, kKey, {"guest", "host", "read-only"}));
    Directory directory;
    for (const auto& [name, text] :
         {std::pair{"host", &directory.host}, std::pair{"guest", &directory.guest}}) {
      const toml::node* const found = table->get(name);
      if (found == nullptr) {
        return error_at(fmt::format("missing field `{}`", name), kKey, table->source());
      }
      *text = LIND_TRY((Value{*found, kKey}.string()));
    }
    if (directory.host.empty()) {
      return error_at("host must not be empty", kKey, table->source());
    }
    if (!directory.guest.starts_with('/')) {
      return error_at("guest must be an absolute path", kKey, table->source());
    }
    if (const toml::node* const found = table->get("read-only"); found != nullptr) {
      directory.read_only = LIND_TRY((Value{*found, kKey}.boolean()));
    }
    directories.push_back(std::move(directory));
  }
  return directories;
}

/// Each a name, or an array of a name and its arguments.
ErrorOr<std::vector<std::vector<std::string>>> read_grates(const Value& value) {
  const toml::array* const entries = LIND_TRY(value.array());
  std::vector<std::vector<std::string>> grates;
  for (const toml::node& entry : *entries) {
    const Value one{entry, value.key};
    if (entry.is_array()) {
      grates.push_back(LIND_TRY(one.strings()));
    } else {
      grates.push_back({LIND_TRY(one.string())});
    }
    if (grates.back().empty() || grates.back().front().empty()) {
      return one.error("a grate without a name");
    }
  }
  return grates;
}

ErrorOr<std::vector<std::string>> read_modules(const Value& value) {
  std::vector<std::string> names = LIND_TRY(value.strings());
  for (const std::string& name : names) {
    const ErrorOr<void> checked = check_file_name(name);
    if (!checked.ok()) return value.error(checked.error().message());
    if (name == kModuleName || name == kConfigName) {
      return value.error(fmt::format("{} is always in a package", name));
    }
    if (std::ranges::count(names, name) > 1) return value.error(name + " is given twice");
  }
  return names;
}

ErrorOr<std::vector<std::string>> read_variable_names(const Value& value) {
  std::vector<std::string> names = LIND_TRY(value.strings());
  for (const std::string& name : names) {
    if (name.empty() || name.find('=') != std::string::npos) {
      return value.error(fmt::format("`{}` is no name of a variable", name));
    }
  }
  return names;
}

/// Reads the value of one key into `lind`.
ErrorOr<void> read_extension(const toml::key& key, const toml::node& node, Extensions& lind) {
  constexpr std::uint64_t kAny = std::numeric_limits<std::int64_t>::max();
  constexpr std::uint64_t kMaxProcesses = 32000;
  constexpr std::uint64_t kMaxOpenFiles = 65536;
  const std::string_view name = key.str();
  const std::string full_name = "lind." + std::string(name);
  const Value value{node, full_name};
  // As small as the number's range says.
  const auto small = [&value](std::uint64_t high) -> ErrorOr<std::uint32_t> {
    return static_cast<std::uint32_t>(LIND_TRY(value.number(1, high)));
  };
  if (name == "append-args") {
    lind.append_args = LIND_TRY(value.boolean());
  } else if (name == "certificate") {
    lind.certificate = LIND_TRY(value.string());
  } else if (name == "client-anchors") {
    lind.client_anchors = LIND_TRY(value.strings());
  } else if (name == "cpu-time") {
    lind.max_cpu_seconds = LIND_TRY(value.number(1, kAny));
  } else if (name == "directories") {
    lind.directories = LIND_TRY(read_directories(node));
  } else if (name == "grates") {
    lind.grates = LIND_TRY(read_grates(value));
  } else if (name == "memory") {
    lind.max_memory_bytes = LIND_TRY(value.size());
  } else if (name == "modules") {
    lind.modules = LIND_TRY(read_modules(value));
  } else if (name == "open-files") {
    lind.max_open_files = LIND_TRY(small(kMaxOpenFiles));
  } else if (name == "pass-env") {
    lind.pass_env = LIND_TRY(read_variable_names(value));
  } else if (name == "private-key") {
    lind.private_key = LIND_TRY(value.string());
  } else if (name == "processes") {
    lind.max_processes = LIND_TRY(small(kMaxProcesses));
  } else if (name == "time") {
    lind.max_seconds = LIND_TRY(value.number(1, std::numeric_limits<std::uint32_t>::max()));
  } else if (name == "trust-anchors") {
    lind.trust_anchors = LIND_TRY(value.strings());
  } else {
    constexpr std::array<std::string_view, 14> kKnown = {
        "append-args", "certificate", "client-anchors", "cpu-time",     "directories",
        "grates",      "memory",      "modules",        "open-files",   "pass-env",
        "private-key", "processes",   "time",           "trust-anchors"};
    return unknown_key(key, "lind", kKnown);
  }
  return {};
}

ErrorOr<Extensions> read_extensions(const toml::node& node) {
  const toml::table* const table = LIND_TRY((Value{node, "lind"}.table()));
  Extensions lind;
  for (const auto& [key, value] : *table)
    LIND_TRY(read_extension(key, value, lind));
  if (lind.certificate.has_value() != lind.private_key.has_value()) {
    return error_at("certificate and private-key come together", "lind", table->source());
  }
  return lind;
}

// --- the top ------------------------------------------------------------------------------------

ErrorOr<std::string> read_steward(const Value& value) {
  std::string url = LIND_TRY(value.string());
  constexpr std::string_view kScheme = "https://";
  if (url.starts_with(kScheme) && url.size() > kScheme.size()) return url;
  if (url.starts_with("http://")) {
    return value.error("refusing to use an unencrypted steward url");
  }
  return value.error(fmt::format("`{}` is no https url", url));
}

ErrorOr<std::vector<std::pair<std::string, std::string>>> read_env(const toml::node& node) {
  const toml::table* const table = LIND_TRY((Value{node, "env"}.table()));
  std::vector<std::pair<std::string, std::string>> env;
  for (const auto& [key, value] : *table) {
    const std::string name(key.str());
    if (name.empty() || name.find_first_of(std::string_view("=\0", 2)) != std::string::npos) {
      return error_at("no name of a variable", "env", key.source());
    }
    env.emplace_back(name, LIND_TRY((Value{value, "env"}.string())));
  }
  return env;
}

/// Reads the value of one key; false: nobody knows it.
ErrorOr<bool> read_top(std::string_view key, const toml::node& node, Config& config) {
  const Value value{node, key};
  if (key == "steward") {
    config.steward = LIND_TRY(read_steward(value));
  } else if (key == "args") {
    config.args = LIND_TRY(value.strings());
  } else if (key == "env") {
    config.env = LIND_TRY(read_env(node));
  } else if (key == "files") {
    config.files = LIND_TRY(read_files(node));
  } else if (key == "lind") {
    config.lind = LIND_TRY(read_extensions(node));
  } else {
    return false;
  }
  return true;
}

}  // namespace

ErrorOr<Config> parse_config(std::string_view text, UnknownKeys unknown_keys) {
  if (text.size() > kMaxConfigBytes) {
    return Error(fmt::format("{} bytes, at most {}", text.size(), kMaxConfigBytes));
  }
  if (const std::size_t dots = count_key_dots(text); dots > kMaxKeyDots) {
    return Error(fmt::format("{} dots in keys, at most {}", dots, kMaxKeyDots));
  }
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const toml::source_position place = parsed.error().source().begin;
    return Error(fmt::format("{} at line {} column {}", parsed.error().description(), place.line,
                             place.column));
  }
  constexpr std::array<std::string_view, 5> kKnown = {"args", "env", "files", "lind", "steward"};
  Config config;
  for (const auto& [key, value] : parsed.table()) {
    const bool known = LIND_TRY(read_top(key.str(), value, config));
    if (!known && unknown_keys == UnknownKeys::kRefuse) return unknown_key(key, "", kKnown);
  }
  return config;
}

}  // namespace lind::keep
