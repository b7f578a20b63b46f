// What becomes of a configuration: an environment, and text.

#include <algorithm>
#include <span>

#include <fmt/core.h>

#include "keep/config.h"

namespace lind::keep {
namespace {

/// A TOML basic string; every byte that could be written in two ways is written in one.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04X}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string quoted(std::span<const std::string> all) {
  std::string out = "[";
  for (const std::string& each : all)
    out += (out.size() > 1 ? ", " : "") + quoted(each);
  return out + "]";
}

std::string_view kind_text(File::Kind kind) {
  switch (kind) {
    case File::Kind::kNull:
      return "null";
    case File::Kind::kStdin:
      return "stdin";
    case File::Kind::kStdout:
      return "stdout";
    case File::Kind::kStderr:
      return "stderr";
    case File::Kind::kListen:
      return "listen";
    case File::Kind::kConnect:
      return "connect";
  }
  return "null";
}

std::string file_text(const File& file) {
  std::string text =
      fmt::format("[[files]]\nkind = \"{}\"\nname = {}\n", kind_text(file.kind), quoted(file.name));
  if (file.kind != File::Kind::kListen && file.kind != File::Kind::kConnect) return text;
  text += fmt::format(
      "prot = \"{}\"\n{} = {}\nport = {}\n", file.protocol == Protocol::kTls ? "tls" : "tcp",
      file.kind == File::Kind::kListen ? "addr" : "host", quoted(file.host), file.port);
  return text;
}

/// The keys of [lind] that are not at their defaults.
std::string extensions_text(const Extensions& lind) {
  std::string text;
  const auto add = [&text](std::string_view key, const std::string& value) {
    text += fmt::format("{} = {}\n", key, value);
  };
  const auto add_list = [&add](std::string_view key, std::span<const std::string> values) {
    if (!values.empty()) add(key, quoted(values));
  };
  const auto add_number = [&add](std::string_view key, const auto& value) {
    if (value) add(key, fmt::format("{}", *value));
  };
  if (lind.append_args) add("append-args", "true");
  if (lind.certificate) add("certificate", quoted(*lind.certificate));
  add_list("client-anchors", lind.client_anchors);
  add_number("cpu-time", lind.max_cpu_seconds);
  if (!lind.grates.empty()) {
    std::string grates;
    for (const std::vector<std::string>& grate : lind.grates)
      grates += (grates.empty() ? "" : ", ") + quoted(grate);
    add("grates", "[" + grates + "]");
  }
  add_number("memory", lind.max_memory_bytes);
  add_list("modules", lind.modules);
  add_number("open-files", lind.max_open_files);
  add_list("pass-env", lind.pass_env);
  if (lind.private_key) add("private-key", quoted(*lind.private_key));
  add_number("processes", lind.max_processes);
  add_number("time", lind.max_seconds);
  add_list("trust-anchors", lind.trust_anchors);
  for (const Directory& directory : lind.directories) {
    text += fmt::format("[[lind.directories]]\nhost = {}\nguest = {}\nread-only = {}\n",
                        quoted(directory.host), quoted(directory.guest), directory.read_only);
  }
  return text;
}

}  // namespace

Config default_config() {
  Config config;
  for (const File::Kind kind : {File::Kind::kStdin, File::Kind::kStdout, File::Kind::kStderr}) {
    File file;
    file.kind = kind;
    file.name = kind_text(kind);
    config.files.push_back(std::move(file));
  }
  return config;
}

std::vector<std::string> environment_of(const Config& config,
                                        std::optional<std::string> (*outside)(const std::string&)) {
  std::string names;
  for (const File& file : config.files)
    names += (&file == config.files.data() ? "" : ":") + file.name;
  std::vector<std::string> env = {fmt::format("FD_COUNT={}", config.files.size()),
                                  "FD_NAMES=" + names};
  for (const auto& [name, value] : config.env)
    env.push_back(name + "=" + value);
  for (const std::string& name : config.lind.pass_env) {
    const bool is_set = std::ranges::any_of(
        config.env, [&name](const auto& variable) { return variable.first == name; });
    if (is_set) continue;
    if (const std::optional<std::string> value = outside(name)) env.push_back(name + "=" + *value);
  }
  return env;
}

std::string canonical_text(const Config& config) {
  std::string text;
  if (config.steward) text += fmt::format("steward = {}\n", quoted(*config.steward));
  text += fmt::format("args = {}\n", quoted(config.args));
  text += "[env]\n";
  for (const auto& [name, value] : config.env)
    text += fmt::format("{} = {}\n", quoted(name), quoted(value));
  for (const File& file : config.files)
    text += file_text(file);
  return text + "[lind]\n" + extensions_text(config.lind);
}

// NOLINTNEXTLINE(readability-identifier-naming): a constant
const std::string_view kConfigTemplate =
    R"(## What a program in a keep is given; docs/guide/keep.md has every key.

## Arguments
# args = ["--argument1", "--argument2=foo"]

## Whom to ask for a certificate; it judges the keep's evidence.
# steward = "https://attest.example.com"

## Environment variables
# [env]
# VAR1 = "var1"
# VAR2 = "var2"

## Descriptors 0, 1, 2, ... in this order.  Without any the program has none.
[[files]]
kind = "stdin"

[[files]]
kind = "stdout"

[[files]]
kind = "stderr"

## A listening socket
# [[files]]
# name = "listen"
# kind = "listen"
# prot = "tls" # or prot = "tcp"
# port = 12345

## A connection, made before the program starts
# [[files]]
# name = "stream"
# kind = "connect"
# prot = "tls" # or prot = "tcp"
# host = "localhost"
# port = 23456

## What Enarx has not
# [lind]
# memory = "64MiB"
# trust-anchors = ["ca.pem"]
#
# [[lind.directories]]
# host = "data"
# guest = "/data"
# read-only = true
)";

}  // namespace lind::keep
