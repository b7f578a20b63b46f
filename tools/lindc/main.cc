// lindc: WebAssembly to machine code.

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
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
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/units.h"
#include "codegen/compile.h"
#include "host/seccomp.h"
#include "host/unique_fd.h"
#include "imports.h"
#include "keys.h"
#include "objdump.h"
#include "object/key.h"
#include "object/minisign.h"
#include "object/seal.h"
#include "progress.h"
#include "vmabi/layout.h"
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
  bool is_lucetc = false;  ///< called so
  unsigned num_threads = 2;
  bool progress = false;              ///< to the program that reads our stderr
  std::vector<std::string> bindings;  ///< files; none: any import
  bool wasi_command = false;
  std::uint64_t min_reserved = 0;  ///< bytes, as the two that follow
  std::uint64_t max_reserved = 0;  ///< 0: what the module declares
  std::uint64_t reserved = 0;      ///< both; 0: not given
  std::uint64_t guard = 0;
  lind::KeyFiles keys;
  bool keygen = false;
  bool sign = false;
  bool verify = false;
  bool json_errors = false;
  bool verify_only = false;  ///< end behind that
  bool objdump = false;      ///< describe an object instead of making one
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

/// "a/b.wasm" -> "a/b.lindobj", as lucetc "a.out"; text goes to standard output.
std::string output_path(const Arguments& arguments) {
  if (!arguments.output.empty()) return arguments.output;
  if (arguments.emit != Output::kObject) return "-";
  if (arguments.is_lucetc) return "a.out";
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
  std::string options = fmt::format("{} O{}", mode, arguments.level);
  if (arguments.max_reserved != 0) options += fmt::format(" max {}", arguments.max_reserved);
  return options;
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

/// --max-reserved-size: what a memory may become is in the object.
ErrorOr<void> limit_memories(const Arguments& arguments, lind::wasm::Module& module) {
  if (arguments.max_reserved == 0) return {};
  const std::uint64_t max_pages = arguments.max_reserved / lind::kWasmPageSize;
  for (lind::wasm::Memory& memory : module.memories) {
    lind::wasm::Limits& limits = memory.type.limits;
    if (limits.min > max_pages) {
      return Error(fmt::format("the module begins with a memory of {} KiB, {} KiB are reserved",
                               limits.min * (lind::kWasmPageSize / lind::kKiB),
                               arguments.max_reserved / lind::kKiB));
    }
    limits.max = std::min(limits.max.value_or(max_pages), max_pages);
  }
  return {};
}

/// Our reservation and guard have one size, whoever compiles: what may be asked for.
ErrorOr<void> check_sizes(Arguments& arguments) {
  constexpr std::uint64_t kReserved = lind::vmabi::kMemoryReservedBytes;
  constexpr std::uint64_t kGuard = kReserved - 4 * lind::kGiB;
  if (arguments.reserved != 0) {
    arguments.min_reserved = arguments.reserved;
    arguments.max_reserved = arguments.reserved;
  }
  for (const std::uint64_t size :
       {arguments.min_reserved, arguments.max_reserved, arguments.guard}) {
    if (!lind::is_aligned(size, lind::kHostPageSize)) {
      return Error(fmt::format("{} is not a multiple of 4 KiB", size));
    }
  }
  if (arguments.max_reserved != 0 && arguments.min_reserved > arguments.max_reserved) {
    return Error("--min-reserved-size is above --max-reserved-size");
  }
  if (arguments.min_reserved > kReserved) {
    return Error(fmt::format("--min-reserved-size {}: memories have {} bytes reserved",
                             arguments.min_reserved, kReserved));
  }
  if (arguments.guard > kGuard) {
    return Error(fmt::format("--guard-size {}: guards have {} bytes", arguments.guard, kGuard));
  }
  return {};
}

ErrorOr<std::vector<std::byte>> compile(const Arguments& arguments,
                                        std::span<const std::byte> bytes,
                                        lind::codegen::Progress progress = {}) {
  lind::wasm::Module module = LIND_TRY(lind::wasm::decode_module(bytes, lind::wasm::Features{}));
  LIND_TRY(lind::wasm::validate(module));
  LIND_TRY(lind::check_bindings(module, arguments.bindings));
  if (arguments.wasi_command) LIND_TRY(lind::check_wasi_command(module));
  LIND_TRY(limit_memories(arguments, module));
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

/// What people keep is sealed, and signed if they want.
ErrorOr<void> keep(const Arguments& arguments, std::vector<std::byte> result) {
  const std::string path = output_path(arguments);
  if (arguments.emit == Output::kObject) LIND_TRY(lind::object::seal(result));
  if (path == "-") return write_all(STDOUT_FILENO, result);
  LIND_TRY(write_file(path, result));
  if (!arguments.sign) return {};
  return lind::sign_file(path, result, arguments.keys);
}

ErrorOr<void> run(Arguments& arguments) {
  if (arguments.objdump) return run_objdump(arguments);
  if (arguments.keygen) return lind::make_keys(arguments.keys);
  if (arguments.verify_only) {
    const std::vector<std::byte> bytes = LIND_TRY(read_module(arguments));
    return lind::object::check_signature_file(arguments.file, bytes, arguments.keys.public_key);
  }
  LIND_TRY(check_sizes(arguments));
  const auto reader = arguments.progress ? lind::ProgressReport::Reader::kProgram
                                         : lind::ProgressReport::Reader::kPerson;
  std::optional<lind::ProgressReport> progress(std::in_place, reader, arguments.file);
  LIND_TRY(confine(arguments));
  const std::vector<std::byte> bytes = LIND_TRY(read_module(arguments));
  if (arguments.verify) {
    LIND_TRY(lind::object::check_signature_file(arguments.file, bytes, arguments.keys.public_key));
  }
  std::vector<std::byte> result = LIND_TRY(compile(arguments, bytes, progress->sink()));
  progress.reset();
  if (arguments.object_fd >= 0) return write_all(arguments.object_fd, result);
  return keep(arguments, std::move(result));
}

void report(const Arguments& arguments, const Error& error) {
  std::string text = error.message();
  if (!arguments.keygen) {
    const bool has_file = !arguments.file.empty();
    text = (has_file ? arguments.file : fmt::format("descriptor {}", arguments.module_fd)) + ": " +
           text;
  }
  if (arguments.json_errors) {
    const auto quiet = nlohmann::json::error_handler_t::replace;
    const nlohmann::json list = nlohmann::json::array({{{"error", text}}});
    fmt::print(stderr, "{}\n", list.dump(-1, ' ', false, quiet));
  } else {
    fmt::print(stderr, "lindc: {}\n", text);
  }
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

/// The levels that have what those processors have.
std::map<std::string, std::string> lucet_cpus() {
  std::map<std::string, std::string> levels = {{"native", "host"}};
  for (const char* const name : {"baseline", "nehalem", "sandybridge"})
    levels.emplace(name, "x86-64-v2");
  for (const char* const name :
       {"haswell", "broadwell", "skylake", "cannonlake", "icelake", "znver1"})
    levels.emplace(name, "x86-64-v3");
  return levels;
}

void add_size_options(CLI::App& app, Arguments& arguments) {
  const auto size = [&app](const char* name, std::uint64_t& value, const char* text) {
    app.add_option(name, value, text)
        ->transform(CLI::AsSizeValue(false).description(""))
        ->type_name("SIZE");
  };
  size("--max-reserved-size", arguments.max_reserved, "no memory becomes larger, as 64MiB");
  size("--min-reserved-size", arguments.min_reserved, "at most the 8GiB that there always are");
  size("--reserved-size", arguments.reserved, "both");
  size("--guard-size", arguments.guard, "at most the 4GiB that there always are");
}

void add_trust_options(CLI::App& app, Arguments& arguments) {
  app.add_option("--bindings", arguments.bindings,
                 "JSON {\"MODULE\": {\"NAME\": \"\"}}: nothing else may be imported")
      ->allow_extra_args(false)
      ->type_name("FILE");
  app.add_flag("--wasi-start,--wasi-exe,--wasi_exe", arguments.wasi_command,
               "refuse what is no WASI command");
  app.add_flag("--keygen,--signature-keygen", arguments.keygen, "make a pair of keys and end");
  app.add_flag("--verify,--signature-verify", arguments.verify,
               "compile only what FILE.minisig signs");
  app.add_flag("--sign,--signature-create", arguments.sign, "write OUT.minisig");
  app.add_option("--signature-pk", arguments.keys.public_key, "public key, as minisign's")
      ->type_name("PATH");
  app.add_option("--signature-sk", arguments.keys.secret_key, "secret key without a password")
      ->type_name("PATH");
  const std::map<std::string, bool> styles = {{"human", false}, {"json", true}};
  app.add_option("--error-style", arguments.json_errors, "human or json")
      ->transform(CLI::CheckedTransformer(styles));
}

void add_verify(CLI::App& app, Arguments& arguments) {
  CLI::App* verify = app.add_subcommand("verify", "tell whether FILE.minisig signs a file");
  verify->add_option("FILE", arguments.file, "the file")->required();
  verify->add_option("--signature-pk", arguments.keys.public_key, "public key, as minisign's")
      ->required()
      ->type_name("PATH");
  verify->add_option("--fd", arguments.module_fd, "the file's bytes, if they are elsewhere")
      ->type_name("N");
  verify->callback([&arguments] { arguments.verify_only = true; });
}

void add_options(CLI::App& app, Arguments& arguments) {
  add_objdump(app, arguments);
  add_verify(app, arguments);
  add_size_options(app, arguments);
  add_trust_options(app, arguments);
  CLI::Option* file = app.add_option("FILE", arguments.file, "the module");
  app.add_option("-o,--output", arguments.output, "where to write; default: FILE with .lindobj")
      ->type_name("OUT");
  const std::map<std::string, int> levels = {
      {"none", 0}, {"speed", 2}, {"speed_and_size", 2}, {"best", 3}};
  app.add_option("-O,--opt-level", arguments.level,
                 "0 optimises nothing, 2 and 3 more; default: 1, for large modules less;\n"
                 "or none, speed, speed_and_size, best")
      ->transform(CLI::Transformer(levels).description(""))
      ->check(CLI::Range(0, 3));
  app.add_option("--target-cpu,--cpu", arguments.cpu,
                 "x86-64-v2, x86-64-v3 or host; or a name that lucetc has")
      ->transform(CLI::Transformer(lucet_cpus()).description(""))
      ->capture_default_str();
  CLI::Option* exact = app.add_flag("--exact", arguments.exact,
                                    "WebAssembly to the letter; default: without lind.syscall");
  app.add_flag("--lind", arguments.lind, "a Lind program; default: with lind.syscall")
      ->excludes(exact);
  const std::map<std::string, Output> kinds = {{"llvm-ir", Output::kIr},
                                               {"asm", Output::kAsm},
                                               {"obj", Output::kObject},
                                               {"so", Output::kObject}};
  app.add_option("--emit", arguments.emit, "llvm-ir, asm, obj or so, which is the same as obj")
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
  arguments.is_lucetc = argc > 0 && std::string_view(argv[0]).ends_with("lucetc");
  CLI::App app("Compiles WebAssembly to an object that lind runs.", "lindc");
  add_options(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? 0 : static_cast<int>(ExitStatus::kUsage);
  }
  if (arguments.file.empty() && arguments.module_fd < 0 && !arguments.keygen) {
    fmt::print(stderr, "lindc: no module given; see lindc --help\n");
    return static_cast<int>(ExitStatus::kUsage);
  }
  const ErrorOr<void> result = run(arguments);
  if (result.ok()) return static_cast<int>(ExitStatus::kDone);
  report(arguments, result.error());
  return static_cast<int>(ExitStatus::kFailed);
} catch (const std::exception& error) {
  std::fputs("lindc: ", stderr);
  std::fputs(error.what(), stderr);
  std::fputs("\n", stderr);
  return static_cast<int>(ExitStatus::kFailed);
}
