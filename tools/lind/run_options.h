/// \file
/// The command line of `lind run` and lind-boot.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "network_options.h"

namespace lind::cli {

/// A host directory or file shown to the guest: `--dir HOST:GUEST[:ro]`, `--file ...`,
/// `--root HOST`.
struct Grant {
  std::string host;
  std::string guest;
  bool read_only = false;
};

/// `HOST:GUEST[:ro]` or `HOST::GUEST[:ro]` of `option`.  Errors: no guest path, not absolute.
ErrorOr<Grant> parse_grant(const std::string& text, const char* option = "--dir");

/// `NAME=VALUE` of --env, or `NAME` with the value it has here.  Errors: no name.
ErrorOr<void> add_variable(const std::string& text, std::map<std::string, std::string>& env);

struct RunOptions {
  std::vector<Grant> grants;               ///< at most one at "/"
  std::vector<Grant> files;                ///< single host files
  std::vector<std::string> tmpfs;          ///< guest paths of empty directories in memory
  std::string cwd = "/";                   ///< guest path
  std::map<std::string, std::string> env;  ///< of the guest, complete
  bool verbose = false;
  bool debug = false;
  bool stats = false;
  bool perf_map = false;
  std::uint32_t max_tasks = 4096;       ///< --pids
  std::uint32_t max_open_files = 1024;  ///< --nofile
  std::uint64_t max_memory_bytes = 0;   ///< --memory; 0: no limit
  std::uint64_t max_total_bytes = 0;    ///< --total-memory; 0: by what the machine has free
  std::uint64_t max_cpu_seconds = 0;    ///< --cpu-time; 0: no limit
  NetworkOptions network;               ///< --net, --allow-connect, --allow-listen
  std::string program;                  ///< as given
  std::vector<std::string> args;        ///< behind PROGRAM

  bool has_root() const;
};

/// What a person asked to read instead of a run.
struct HelpText {
  std::string text;
};

/// `arguments` are those behind the command's name; `command` is "lind run" or "lind-boot".
/// Errors: one line for a person.
ErrorOr<std::variant<RunOptions, HelpText>> parse_run_options(
    const std::string& command, const std::vector<std::string>& arguments);

}  // namespace lind::cli
