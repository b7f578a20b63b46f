#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <lind/engine.h>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "base/log.h"
#include "base/units.h"
#include "embed/compiler.h"
#include "host/errno.h"
#include "host/memfd.h"
#include "module_internal.h"
#include "object/cache.h"
#include "object/file.h"
#include "runtime/thread.h"

namespace lind::embed {
namespace {

using host::UniqueFd;

/// An object may be that much larger than the largest module we compile.
constexpr std::uint64_t kMaxObjectBytes = 8 * kGiB;

Error host_problem(const lind::Error& error) {
  return Error(ErrorKind::kHost, error.message());
}

/// Handlers and checks belong to the process.
const ErrorOr<void>& runtime_ready() {
  static const ErrorOr<void> done = runtime::initialize_runtime();
  return done;
}

// The first `lindc` on PATH.
ErrorOr<CompilerProgram> compiler_on_path() {
  const char* const path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const std::string_view directory = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(directory.size() + 1, rest.size()));
    if (directory.empty()) continue;
    ErrorOr<CompilerProgram> found = open_compiler(std::string(directory) + "/lindc");
    if (found.ok()) return found;
  }
  return lind::Error("no lindc beside this program or on PATH");
}

ErrorOr<CompilerProgram> find_compiler_for(const std::string& path) {
  if (!path.empty()) return open_compiler(path);
  ErrorOr<CompilerProgram> beside = find_compiler();
  return beside.ok() ? std::move(beside) : compiler_on_path();
}

/// What a compiler gets and gives.
struct Descriptors {
  UniqueFd module;
  UniqueFd object;
  UniqueFd said;
};

ErrorOr<UniqueFd> make_memfd(const char* name) {
  lind::Result<UniqueFd> file = host::create_memfd(name, 0);
  if (!file.ok()) return host_error(name, static_cast<int>(file.error()));
  // Above the numbers that the compiler finds.
  constexpr int kFirstFree = 16;
  UniqueFd moved(::fcntl(file.value().get(), F_DUPFD_CLOEXEC, kFirstFree));
  if (!moved.valid()) return host_error(name, errno);
  return moved;
}

ErrorOr<Descriptors> make_descriptors(std::span<const std::byte> module) {
  Descriptors made{LIND_TRY(make_memfd("lind-module")), LIND_TRY(make_memfd("lind-object")),
                   LIND_TRY(make_memfd("lind-messages"))};
  const lind::Result<void, int> written = object::write_file(made.module.get(), module);
  if (!written.ok()) return host_error("lind-module", written.error());
  if (::lseek(made.module.get(), 0, SEEK_SET) != 0) return host_error("lind-module", errno);
  return made;
}

/// The wait status of lindc.
ErrorOr<int> spawn_and_wait(const CompilerProgram& compiler, const Descriptors& files,
                            const CompileJob& job) {
  std::vector<std::string> arguments = compiler_arguments(job);
  std::vector<char*> argv;
  for (std::string& argument : arguments)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::array<char*, 1> environment{nullptr};
  posix_spawn_file_actions_t actions{};
  (void)::posix_spawn_file_actions_init(&actions);
  // These fail for want of memory only, which the spawn then reports.
  (void)::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  (void)::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  (void)::posix_spawn_file_actions_adddup2(&actions, files.said.get(), STDERR_FILENO);
  (void)::posix_spawn_file_actions_adddup2(&actions, files.module.get(), kModuleFd);
  (void)::posix_spawn_file_actions_adddup2(&actions, files.object.get(), kObjectFd);
  pid_t child = 0;
  const int error = ::posix_spawn(&child, compiler.path.c_str(), &actions, nullptr, argv.data(),
                                  environment.data());
  (void)::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return host_error(compiler.path, error);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return host_error("waiting for the compiler", errno);
  }
  return status;
}

// Without what it says about its progress.
std::string messages_in(const UniqueFd& file) {
  const ErrorOr<Buffer> all = object::read_file(file.get(), 1 * kMiB);
  if (!all.ok()) return {};
  std::string text;
  for (const std::byte byte : all.value().bytes())
    text += static_cast<char>(byte);
  constexpr std::string_view kProgress = "progress ";
  while (text.starts_with(kProgress))
    text.erase(0, std::min(text.find('\n'), text.size() - 1) + 1);
  return text;
}

Result<Buffer> run_compiler(const CompilerProgram& compiler, std::span<const std::byte> module,
                            const CompileJob& job) {
  const ErrorOr<Descriptors> files = make_descriptors(module);
  if (!files.ok()) return host_problem(files.error());
  const ErrorOr<int> status = spawn_and_wait(compiler, files.value(), job);
  if (!status.ok()) return host_problem(status.error());
  const ErrorOr<void> verdict = compiler_verdict(status.value(), messages_in(files.value().said));
  if (!verdict.ok()) {
    const bool was_killed = WIFSIGNALED(status.value());
    return Error(was_killed ? ErrorKind::kHost : ErrorKind::kModule, verdict.error().message());
  }
  ErrorOr<Buffer> object = object::read_file(files.value().object.get(), kMaxObjectBytes);
  if (!object.ok()) return host_problem(object.error());
  return std::move(object).value();
}

}  // namespace

struct Engine::State {
  Options options;
  std::optional<object::Cache> cache;

  /// What compiles a module, and the name of its object.
  struct Plan {
    CompilerProgram compiler;
    CompileJob job;
  };
  Result<Plan> plan(std::span<const std::byte> wasm) const;
  std::optional<Buffer> find(const Plan& plan) const;
  Result<Buffer> make(const Plan& plan, std::span<const std::byte> wasm) const;
  Result<Module> load(std::span<const std::byte> object) const;
};

Result<Engine::State::Plan> Engine::State::plan(std::span<const std::byte> wasm) const {
  if (wasm.size() > options.max_module_bytes) {
    return Error(ErrorKind::kLimit, fmt::format("a module of {} bytes, the limit is {}",
                                                wasm.size(), options.max_module_bytes));
  }
  ErrorOr<CompilerProgram> compiler = find_compiler_for(options.compiler);
  if (!compiler.ok()) return host_problem(compiler.error());
  const object::CpuLevel cpu = object::host_cpu_level();
  const object::Key key = object::build_key(wasm, {.identity = compiler.value().identity,
                                                   .cpu = object::cpu_name(cpu),
                                                   .options = kCompilerOptions});
  return Plan{.compiler = std::move(compiler).value(), .job = {.key = key, .cpu = cpu}};
}

std::optional<Buffer> Engine::State::find(const Plan& plan) const {
  return cache ? cache->find(plan.job.key) : std::nullopt;
}

Result<Buffer> Engine::State::make(const Plan& plan, std::span<const std::byte> wasm) const {
  Result<Buffer> object = run_compiler(plan.compiler, wasm, plan.job);
  if (object.ok() && cache) {
    const ErrorOr<void> stored = cache->store(plan.job.key, *object);
    if (!stored.ok()) log::warning("cannot keep the object: {}", stored.error().message());
  }
  return object;
}

Result<Module> Engine::State::load(std::span<const std::byte> object) const {
  ErrorOr<std::shared_ptr<const runtime::Program>> program = runtime::Program::load(object);
  if (!program.ok()) return Error(ErrorKind::kObject, program.error().message());
  if (options.verify == Verify::kAtLoad) {
    const ErrorOr<void> verified = program.value()->make_all_executable();
    if (!verified.ok()) return Error(ErrorKind::kObject, verified.error().message());
  }
  return detail::ModuleAccess::make(std::move(program).value());
}

Result<Engine> Engine::create(const Options& options) {
  if (!runtime_ready().ok()) return host_problem(runtime_ready().error());
  auto state = std::make_shared<State>(State{options, std::nullopt});
  std::optional<std::string> directory;
  if (options.cache == Cache::kDirectory) directory = options.cache_directory;
  if (options.cache == Cache::kDefault) directory = object::default_cache_directory();
  if (directory) {
    ErrorOr<object::Cache> cache = object::Cache::open(*directory);
    if (cache.ok()) {
      state->cache = std::move(cache).value();
    } else if (options.cache == Cache::kDirectory) {
      return host_problem(cache.error());
    }
  }
  return Engine(std::move(state));
}

Result<Module> Engine::compile(std::span<const std::byte> wasm) const {
  const Result<State::Plan> plan = state_->plan(wasm);
  if (!plan.ok()) return plan.error();
  if (const std::optional<Buffer> cached = state_->find(*plan)) {
    Result<Module> module = state_->load(*cached);
    if (module.ok()) return module;
    log::warning("{}.lo: {}, compiling again", object::to_hex(plan->job.key),
                 module.error().message());
  }
  const Result<Buffer> object = state_->make(*plan, wasm);
  if (!object.ok()) return object.error();
  return state_->load(*object);
}

Result<std::vector<std::byte>> Engine::compile_to_object(std::span<const std::byte> wasm) const {
  const Result<State::Plan> plan = state_->plan(wasm);
  if (!plan.ok()) return plan.error();
  std::optional<Buffer> object = state_->find(*plan);
  if (!object) {
    Result<Buffer> made = state_->make(*plan, wasm);
    if (!made.ok()) return made.error();
    object = std::move(made).value();
  }
  const std::span<const std::byte> bytes = object->bytes();
  return std::vector<std::byte>(bytes.begin(), bytes.end());
}

Result<Module> Engine::load(std::span<const std::byte> object) const {
  return state_->load(object);
}

}  // namespace lind::embed
