// lindc: WebAssembly to machine code.

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "base/error.h"
#include "codegen/compile.h"
#include "host/seccomp.h"
#include "host/unique_fd.h"
#include "objdump.h"
#include "object/key.h"
#include "progress.h"
#include "wasm/decode.h"
#include "wasm/validate.h"

namespace {

using lind::Error;
using lind::ErrorOr;
using lind::codegen::Mode;
using lind::codegen::Output;
using lind::codegen::Tier;
using lind::host::UniqueFd;

enum class ExitStatus : int { kDone = 0, kFailed = 1, kUsage = 2 };

struct Arguments {
  std::string file;
  std::string output;
  int module_fd = -1;
  int object_fd = -1;
  int level = -1;      ///< of -O; -1: by the size of the module
  bool exact = false;  ///< these two: instead of what the module's imports say
  bool lind = false;
  std::string cpu = "host";
  std::string key;  ///< of .lind.key, 64 digits; empty: made from the module and our flags
  Output emit = Output::kObject;
  unsigned num_threads = 2;
  bool progress = false;  ///< to the program that reads our stderr
  bool objdump = false;   ///< describe an object instead of making one
  lind::objdump::Options dump;
};

ErrorOr<std::vector<std::byte>> read_all(int fd) {
  std::vector<std::byte> bytes;
  struct stat status{};
  if (::fstat(fd, &status) == 0 && status.st_size > 0) {
    bytes.reserve(static_cast<std::size_t>(status.st_size) + 1);
  }
  while (true) {
    const std::size_t old_size = bytes.size();
    bytes.resize(std::max<std::size_t>(old_size + 65536, bytes.capacity()));
    const ssize_t count = ::read(fd, bytes.data() + old_size, bytes.size() - old_size);
    bytes.resize(old_size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0 && errno != EINTR) return lind::host_error("read", errno);
    if (count == 0) return bytes;
  }
}

ErrorOr<void> write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      return lind::host_error("write", errno);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

/// Writes to a temporary file beside `path` and renames it, so that nobody sees half a file.
ErrorOr<void> write_file(const std::string& path, std::span<const std::byte> bytes) {
  std::string temporary = path + ".XXXXXX";
  UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd.valid()) return lind::host_error(path, errno);
  ErrorOr<void> result = write_all(fd.get(), bytes);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  if (result.ok() && ::fchmod(fd.get(), 0666 & ~mask) != 0) {
    result = lind::host_error(path, errno);
  }
  if (result.ok() && ::rename(temporary.c_str(), path.c_str()) != 0) {
    result = lind::host_error(path, errno);
  }
  if (!result.ok()) (void)::unlink(temporary.c_str());  // the first error is the one to report
  return result;
}

/// "a/b.wasm" -> "a/b.lindobj"; text goes to standard output.
std::string output_path(const Arguments& arguments) {
  if (!arguments.output.empty()) return arguments.output;
  if (arguments.emit != Output::kObject) return "-";
  std::string path = arguments.file;
  if (path.ends_with(".wasm")) path.resize(path.size() - std::string_view(".wasm").size());
  return path + ".lindobj";
}

ErrorOr<std::vector<std::byte>> read_module(const Arguments& arguments) {
  if (arguments.module_fd >= 0) return read_all(arguments.module_fd);
  const UniqueFd fd(::open(arguments.file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return lind::host_error("open", errno);
  return read_all(fd.get());
}

Tier tier_of(const Arguments& arguments, const lind::wasm::Module& module) {
  switch (arguments.level) {
    case 0:
      return Tier::kInstant;
    case 1:
      return Tier::kLight;
    case 2:
      return Tier::kFull;
    case 3:
      return Tier::kAggressive;
    default:
      return lind::codegen::default_tier(module);
  }
}

/// The flags that change code, in the order that keys have them.
std::string key_options(const Arguments& arguments) {
  const char* const mode = arguments.exact ? "exact" : arguments.lind ? "lind" : "auto";
  return fmt::format("{} O{}", mode, arguments.level);
}

/// For CLI11: an error message, or nothing.
std::string is_key(const std::string& text) {
  const bool fits = text.size() == 2 * lind::object::Key{}.size() &&
                    text.find_first_not_of("0123456789abcdef") == std::string::npos;
  return fits ? "" : "a key has 64 digits 0-9a-f";
}

/// Who imports `lind.syscall` is a Lind program: docs/decisions/0004-exact-and-lind-modules.md.
Mode mode_of(const Arguments& arguments, const lind::wasm::Module& module) {
  if (arguments.exact) return Mode::kExact;
  if (arguments.lind) return Mode::kLindProgram;
  const bool is_lind = std::ranges::any_of(module.imports, [](const lind::wasm::Import& import) {
    return import.module == "lind" && import.name == "syscall";
  });
  return is_lind ? Mode::kLindProgram : Mode::kExact;
}

lind::object::Key key_from_hex(const std::string& text) {
  lind::object::Key key{};
  for (std::size_t i = 0; i < key.size(); ++i) {
    key[i] = static_cast<std::byte>(std::stoul(text.substr(2 * i, 2), nullptr, 16));
  }
  return key;
}

ErrorOr<std::vector<std::byte>> compile(const Arguments& arguments,
                                        std::span<const std::byte> bytes,
                                        lind::codegen::Progress progress = {}) {
  const lind::wasm::Module module =
      LIND_TRY(lind::wasm::decode_module(bytes, lind::wasm::Features{}));
  LIND_TRY(lind::wasm::validate(module));
  lind::codegen::CompileOptions options;
  options.cpu = LIND_TRY(lind::codegen::resolve_cpu(arguments.cpu));
  options.mode = mode_of(arguments, module);
  options.tier = tier_of(arguments, module);
  options.output = arguments.emit;
  options.num_threads = arguments.num_threads;
  options.progress = progress;
  options.key = arguments.key.empty()
                    ? lind::object::build_key(bytes, {lind::codegen::compiler_identity(),
                                                      options.cpu, key_options(arguments)})
                    : key_from_hex(arguments.key);
  return lind::codegen::compile_module(module, options);
}

/// Whoever gives descriptors has a module that he does not trust: nothing else is reached then.
ErrorOr<void> confine(const Arguments& arguments) {
  if (arguments.module_fd < 0 || arguments.object_fd < 0) return {};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return lind::host_error("no_new_privs", errno);
  }
  return lind::host::confine_syscalls(lind::host::SyscallList::kCompiler,
                                      lind::host::OnForeignCall::kRefuse);
}

bool is_module(std::span<const std::byte> bytes) {
  constexpr std::array kMagic = {std::byte{0}, std::byte{'a'}, std::byte{'s'}, std::byte{'m'}};
  return bytes.size() >= kMagic.size() && std::ranges::equal(bytes.first(kMagic.size()), kMagic);
}

/// `lind objdump`; a module is compiled first.
ErrorOr<void> run_objdump(const Arguments& arguments) {
  std::vector<std::byte> bytes = LIND_TRY(read_module(arguments));
  if (is_module(bytes)) bytes = LIND_TRY(compile(arguments, bytes));
  lind::objdump::Options options = arguments.dump;
  if (!options.records && !options.disassembly) {
    options.records = options.functions.empty();
    options.disassembly = true;
  }
  const std::string text = LIND_TRY(lind::objdump::describe(bytes, options));
  return write_all(STDOUT_FILENO, std::as_bytes(std::span(text)));
}

ErrorOr<void> run(const Arguments& arguments) {
  if (arguments.objdump) return run_objdump(arguments);
  const auto reader = arguments.progress ? lind::ProgressReport::Reader::kProgram
                                         : lind::ProgressReport::Reader::kPerson;
  std::optional<lind::ProgressReport> progress(std::in_place, reader, arguments.file);
  LIND_TRY(confine(arguments));
  const std::vector<std::byte> bytes = LIND_TRY(read_module(arguments));
  const std::vector<std::byte> result = LIND_TRY(compile(arguments, bytes, progress->sink()));
  progress.reset();
  if (arguments.object_fd >= 0) return write_all(arguments.object_fd, result);
  const std::string path = output_path(arguments);
  return path == "-" ? write_all(STDOUT_FILENO, result) : write_file(path, result);
}

void add_objdump(CLI::App& app, Arguments& arguments) {
  CLI::App* dump = app.add_subcommand("objdump", "show what is in an object or a module's object");
  dump->add_option("FILE", arguments.file, "an object, or a module, which is compiled first")
      ->required();
  dump->add_option("FUNCTION", arguments.dump.functions,
                   "names, or func[INDEX]; default: all functions");
  dump->add_flag("-x,--records", arguments.dump.records, "the sections' records");
  dump->add_flag("-d,--disassemble", arguments.dump.disassembly, "the code");
  dump->add_flag("--exact", arguments.exact, "compile a module as exact WebAssembly");
  dump->callback([&arguments] { arguments.objdump = true; });
}

void add_options(CLI::App& app, Arguments& arguments) {
  add_objdump(app, arguments);
  CLI::Option* file = app.add_option("FILE", arguments.file, "the module");
  app.add_option("-o", arguments.output, "where to write; default: FILE with .lindobj")
      ->type_name("OUT");
  app.add_option("-O", arguments.level,
                 "0 optimises nothing, 2 and 3 more; default: 1, for large modules less")
      ->check(CLI::Range(0, 3));
  app.add_option("--target-cpu,--cpu", arguments.cpu, "x86-64-v2, x86-64-v3 or host")
      ->capture_default_str();
  CLI::Option* exact = app.add_flag("--exact", arguments.exact,
                                    "WebAssembly to the letter; default: without lind.syscall");
  app.add_flag("--lind", arguments.lind, "a Lind program; default: with lind.syscall")
      ->excludes(exact);
  const std::map<std::string, Output> kinds = {
      {"llvm-ir", Output::kIr}, {"asm", Output::kAsm}, {"obj", Output::kObject}};
  app.add_option("--emit", arguments.emit, "llvm-ir, asm or obj")
      ->transform(CLI::CheckedTransformer(kinds));
  app.add_option("-j,--threads", arguments.num_threads, "threads to compile on")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_flag("--progress", arguments.progress,
               "lines \"progress PERCENT\" on standard error, for programs");
  app.add_option("--key", arguments.key, "what to write as build key; default: made from the input")
      ->check(CLI::Validator(is_key, "64 hexadecimal digits"));
  CLI::Option* module_fd =
      app.add_option("--module-fd", arguments.module_fd, "read the module from a descriptor")
          ->excludes(file)
          ->type_name("N");
  app.add_option("--object-fd", arguments.object_fd, "write the object to a descriptor")
      ->needs(module_fd)
      ->type_name("N");
  file->excludes(module_fd);
}

}  // namespace

int main(int argc, char** argv) try {
  Arguments arguments;
  CLI::App app("Compiles WebAssembly to an object that lind runs.", "lindc");
  add_options(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? 0 : static_cast<int>(ExitStatus::kUsage);
  }
  if (arguments.file.empty() && arguments.module_fd < 0) {
    fmt::print(stderr, "lindc: no module given; see lindc --help\n");
    return static_cast<int>(ExitStatus::kUsage);
  }
  const ErrorOr<void> result = run(arguments);
  if (result.ok()) return static_cast<int>(ExitStatus::kDone);
  fmt::print(
      stderr, "lindc: {}: {}\n",
      arguments.file.empty() ? fmt::format("descriptor {}", arguments.module_fd) : arguments.file,
      result.error().message());
  return static_cast<int>(ExitStatus::kFailed);
} catch (const std::exception& error) {
  std::fputs("lindc: ", stderr);
  std::fputs(error.what(), stderr);
  std::fputs("\n", stderr);
  return static_cast<int>(ExitStatus::kFailed);
}
