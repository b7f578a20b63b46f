#include "script.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <unordered_map>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace lind::spec {
namespace {

namespace fs = std::filesystem;

void run(const std::vector<std::string>& command) {
  std::vector<std::string> strings = command;
  std::vector<char*> argv;
  argv.reserve(strings.size() + 1);
  for (std::string& text : strings)
    argv.push_back(text.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawnp(&child, argv[0], nullptr, nullptr, argv.data(), environ) != 0) {
    throw std::runtime_error(fmt::format("cannot start {}; Debian's package wabt has it", argv[0]));
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0) {
    throw std::runtime_error(fmt::format("{} ended with status {}", argv[0], status));
  }
}

// Made under another name and renamed, so that a folder that is there is complete.
fs::path convert(const fs::path& wast, const fs::path& cache,
                 const std::vector<std::string>& options) {
  const fs::path folder = cache / wast.stem();
  const fs::path json = folder / "script.json";
  if (fs::exists(json) && fs::last_write_time(json) > fs::last_write_time(wast)) return json;
  const fs::path unfinished = cache / (wast.stem().string() + ".unfinished");
  fs::remove_all(folder);
  fs::remove_all(unfinished);
  fs::create_directories(unfinished);
  std::vector<std::string> command = {"wast2json"};
  command.insert(command.end(), options.begin(), options.end());
  command.insert(command.end(), {wast.string(), "-o", (unfinished / "script.json").string()});
  run(command);
  fs::rename(unfinished, folder);
  return json;
}

CommandKind parse_kind(const std::string& type) {
  static const std::unordered_map<std::string, CommandKind> kinds = {
      {"module", CommandKind::kModule},
      {"register", CommandKind::kRegister},
      {"action", CommandKind::kAction},
      {"assert_return", CommandKind::kAssertReturn},
      {"assert_trap", CommandKind::kAssertTrap},
      {"assert_exception", CommandKind::kAssertException},
      {"assert_exhaustion", CommandKind::kAssertExhaustion},
      {"assert_invalid", CommandKind::kAssertInvalid},
      {"assert_malformed", CommandKind::kAssertMalformed},
      {"assert_unlinkable", CommandKind::kAssertUnlinkable},
      {"assert_uninstantiable", CommandKind::kAssertUninstantiable},
  };
  const auto found = kinds.find(type);
  if (found == kinds.end()) throw std::runtime_error(fmt::format("unknown command {}", type));
  return found->second;
}

Action parse_action(const nlohmann::json& json) {
  Action action;
  action.kind = json.at("type") == "get" ? Action::Kind::kGet : Action::Kind::kInvoke;
  if (json.contains("module")) action.module = json.at("module").get<std::string>();
  action.field = json.at("field").get<std::string>();
  for (const auto& value : json.value("args", nlohmann::json::array())) {
    action.arguments.push_back(parse_value(value));
  }
  return action;
}

Command parse_command(const nlohmann::json& json, const fs::path& folder) {
  Command command;
  command.kind = parse_kind(json.at("type").get<std::string>());
  command.line = json.at("line").get<unsigned>();
  if (json.contains("name")) command.name = json.at("name").get<std::string>();
  command.registered_as = json.value("as", "");
  command.text = json.value("text", "");
  if (json.contains("filename") && json.value("module_type", "binary") == "binary") {
    command.module = folder / json.at("filename").get<std::string>();
  }
  if (json.contains("action")) command.action = parse_action(json.at("action"));
  if (command.kind == CommandKind::kAssertReturn) {
    for (const auto& value : json.value("expected", nlohmann::json::array()))
      command.expected.push_back(parse_value(value));
    for (const auto& value : json.value("either", nlohmann::json::array()))
      command.either.push_back(parse_value(value));
  }
  return command;
}

}  // namespace

std::vector<Command> load_script(const fs::path& wast, const fs::path& cache,
                                 const std::vector<std::string>& options) {
  const fs::path path = convert(wast, cache, options);
  std::ifstream file(path);
  const nlohmann::json json = nlohmann::json::parse(file);
  std::vector<Command> commands;
  for (const auto& command : json.at("commands")) {
    commands.push_back(parse_command(command, path.parent_path()));
  }
  return commands;
}

std::vector<std::byte> read_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(fmt::format("cannot read {}", path.string()));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::byte> bytes(text.size());
  std::ranges::transform(text, bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
  return bytes;
}

}  // namespace lind::spec
