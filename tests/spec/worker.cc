// A worker writes lines to its stdout:
//
//     commands N        at the start: how many it will execute
//     passed N          so far, whenever a module was made, and at the end
//     failed LINE WHY   for each failure

#include "worker.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <fmt/core.h>

#include "runtime/thread.h"
#include "script.h"
#include "script_run.h"

#ifndef LIND_SPEC_SOURCE_DIR
#error "the build says where spectest.wast is"
#endif

namespace lind::spec {
namespace {

namespace fs = std::filesystem;

void say(const std::string& line) {
  fmt::print("{}\n", line);
  (void)std::fflush(stdout);  // now, because the next command may crash
}

std::optional<std::string> execute(ScriptRun& run, const Command& command) {
  try {
    return run.execute(command);
  } catch (const std::exception& error) {
    return error.what();
  }
}

// What is wrong with a text is wast2json's to judge.
bool is_for_us(const Command& command) {
  const bool is_text = command.module.empty();
  return !is_text || (command.kind != CommandKind::kAssertMalformed &&
                      command.kind != CommandKind::kAssertInvalid);
}

// With more features than the script may use.
void make_spectest(ScriptRun& run, const fs::path& cache) {
  const fs::path wast = fs::path(LIND_SPEC_SOURCE_DIR) / "spectest.wast";
  // Workers start at the same time, and each needs it.
  const fs::path own_cache = cache / fmt::format("spectest.{}", getpid());
  for (const Command& command :
       load_script(wast, own_cache, {"--enable-threads", "--enable-multi-memory"})) {
    const std::optional<std::string> failure = execute(run, command);
    if (failure) throw std::runtime_error("spectest: " + *failure);
  }
  fs::remove_all(own_cache);
}

// Output of a process that was started with `command`; its status is appended as a line.
std::string output_of(std::vector<std::string> command) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (std::string& text : command)
    argv.push_back(text.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  const int error = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string output;
  std::array<char, 4096> buffer{};
  for (ssize_t size = 0; (size = read(ends[0], buffer.data(), buffer.size())) > 0;) {
    output.append(buffer.data(), static_cast<std::size_t>(size));
  }
  close(ends[0]);
  int status = 0;
  if (error != 0 || waitpid(child, &status, 0) != child) throw std::runtime_error("no process");
  if (WIFSIGNALED(status)) output += fmt::format("signal {}\n", WTERMSIG(status));
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
    output += fmt::format("exit {}\n", WEXITSTATUS(status));
  }
  return output;
}

ScriptResult read_result(const std::string& script, const std::string& output) {
  ScriptResult result;
  result.script = script;
  int num_commands = 1;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string word;
    fields >> word;
    if (word == "commands") fields >> num_commands;
    if (word == "passed") fields >> result.num_passed;
    if (word == "failed" && result.first_failure.empty()) result.first_failure = line.substr(7);
    if (word == "signal" || word == "exit") result.first_failure += " [ended by " + line + "]";
  }
  result.num_failed = num_commands - result.num_passed;
  return result;
}

}  // namespace

void run_script_here(const Suite& suite, const fs::path& wast, const fs::path& cache) {
  alarm(kScriptSeconds);
  std::vector<Command> commands = load_script(wast, cache, suite.conversion);
  std::erase_if(commands, [](const Command& command) { return !is_for_us(command); });
  say(fmt::format("commands {}", commands.size()));
  const ErrorOr<void> initialized = runtime::initialize_runtime();
  if (!initialized.ok()) throw std::runtime_error(initialized.error().message());

  ScriptRun run(wasm::Features{});
  make_spectest(run, cache);
  run.set_features(suite.features);
  int num_passed = 0;
  for (const Command& command : commands) {
    if (command.kind == CommandKind::kModule) say(fmt::format("passed {}", num_passed));
    const std::optional<std::string> failure = execute(run, command);
    if (failure) {
      say(fmt::format("failed {} {}", command.line, *failure));
    } else {
      ++num_passed;
    }
  }
  say(fmt::format("passed {}", num_passed));
}

std::vector<ScriptResult> run_scripts(const std::string& program, const Suite& suite,
                                      const std::vector<fs::path>& scripts, const fs::path& cache,
                                      unsigned num_workers) {
  std::vector<ScriptResult> results(scripts.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t index = next++; index < scripts.size(); index = next++) {
      const std::string name = suite.name + "/" + scripts[index].filename().string();
      try {
        const std::string output =
            output_of({program, "--script", suite.name, scripts[index].string(), cache.string()});
        results[index] = read_result(name, output);
      } catch (const std::exception& error) {
        results[index] = {
            .script = name, .num_passed = 0, .num_failed = 1, .first_failure = error.what()};
      }
    }
  };
  std::vector<std::jthread> workers;
  workers.reserve(num_workers);
  for (unsigned worker = 0; worker < num_workers; ++worker)
    workers.emplace_back(work);
  workers.clear();
  return results;
}

}  // namespace lind::spec
