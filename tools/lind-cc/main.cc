/// \file
/// lind-cc and lind-c++: clang as a cross compiler for guests, fit for configure and CMake.
///
/// The program only rewrites its arguments and runs clang: it selects the guest's machine and
/// sysroot, adds what a link needs, and takes out options that mean something for ELF only.

#include <system_error>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

constexpr std::string_view kMachine = "wasm32-lind-linux-gnu";

// Every object of a program and the sysroot are compiled for these; they are the ABI.
constexpr std::array kTargetFlags = {
    "--target=wasm32-unknown-unknown", "-matomics", "-mbulk-memory",
    // LLVM 22 heeds the second one only where the first is off; lindc makes short copies fast.
    "-mno-bulk-memory-opt", "-mmutable-globals", "-msign-ext", "-mnontrapping-fptoint",
    "-mno-reference-types", "-mno-multivalue", "-pthread", "-ftls-model=local-exec",
    "-D__linux__=1", "-D__linux=1", "-D__gnu_linux__=1", "-D__unix__=1", "-D__unix=1",
    "-D__lind__=1", "-nostdlibinc",
    // Wasm has no volatile: a plain load of a flag that a handler sets may leave its loop.  An
    // atomic one may not.
    "-Xclang", "-fms-volatile",
    // clang computes both sides of a small branch for wasm and picks one; a branch that is
    // predicted is faster, and our compiler still picks where it is not.
    "-mllvm", "-phi-node-folding-threshold=0",
    // clang does without for wasm; on Linux sqrt(-1) sets errno.
    "-fmath-errno",
    // Old C that Debian's gcc-12 accepts with a warning.  The caller's own -Werror comes later.
    "-Wno-error=implicit-function-declaration", "-Wno-error=implicit-int",
    "-Wno-error=int-conversion", "-Wno-error=incompatible-pointer-types",
    "-Wno-error=incompatible-function-pointer-types", "-Wno-error=return-mismatch",
    // gcc does not mention options that have no effect on its target.
    "-Wno-unused-command-line-argument"};

// For C++.  clang insists on the first two, though nothing that it emits needs them.
constexpr std::array kExceptionFlags = {"-mreference-types", "-mmultivalue", "-fwasm-exceptions"};

// docs/guest-abi.md, section 1.
constexpr std::array kLinkFlags = {
    "--no-wasm-opt",
    "-nostdlib",
    "-Wl,--shared-memory,--max-memory=4294967296,--export-memory,--export-table",
    "-Wl,--stack-first,-z,stack-size=8388608",
    "-Wl,--export=__stack_pointer,--export=__tls_base,--export=__heap_base",
    "-Wl,--export-if-defined=lind_thread_start"};

// Lists of options are words separated by spaces.
//
// Without a meaning for wasm.  Position independence, control-flow protection and dynamic linking
// belong to ELF; what they protect against, the sandbox excludes.
constexpr std::string_view kDropped =
    "-fPIC -fpic -fPIE -fpie -fno-PIC -fno-PIE -pie -no-pie -fno-plt -static -static-pie "
    "-static-libgcc -static-libstdc++ -shared-libgcc -lgcc -lgcc_s -lgcc_eh -rdynamic "
    "-fstack-clash-protection -fcf-protection -mno-omit-leaf-frame-pointer -pipe";
constexpr std::string_view kDroppedPrefixes = "-fuse-ld= -fcf-protection= -ftls-model= -specs=";
constexpr std::string_view kHostMachinePrefixes = "-march= -mtune= -mcpu= -mfpmath= -m64 -m32";

// Linker options that wasm-ld does not have, or that must not stop a link that ELF linkers let
// through (--fatal-warnings: wasm-ld warns of calls through a wrong declaration).
constexpr std::string_view kDroppedLinker =
    "--fatal-warnings --no-fatal-warnings --as-needed --no-as-needed --export-dynamic -E -rdynamic "
    "--enable-new-dtags --disable-new-dtags --start-group --end-group -( -) --sort-common "
    "--warn-common --no-undefined --no-copy-dt-needed-entries --eh-frame-hdr -Bsymbolic "
    "-Bsymbolic-functions -pie -no-pie --no-dynamic-linker";
constexpr std::string_view kDroppedLinkerPrefixes =
    "--hash-style --version-script --dynamic-list -rpath= --rpath= --dynamic-linker= -soname=";
// These take the next word with them.
constexpr std::string_view kDroppedLinkerPairs =
    "-z -rpath --rpath -rpath-link --dynamic-linker -soname";

// The value is the next argument and must not be taken for an input or an option.
constexpr std::string_view kWithValue =
    "-o -I -D -U -L -l -x -include -imacros -isystem -idirafter -iquote -isysroot -MF -MT -MQ "
    "-Xclang -Xpreprocessor -mllvm -u -T --param";
constexpr std::string_view kNoLink =
    "-c -S -E -M -MM -dM -fsyntax-only --precompile --analyze -emit-ast";

/// Whether `matches` holds for a word of the list.
template <typename Predicate>
bool any_word(std::string_view list, Predicate matches) {
  while (!list.empty()) {
    const std::size_t length = std::min(list.find(' '), list.size());
    if (matches(list.substr(0, length))) return true;
    list.remove_prefix(std::min(length + 1, list.size()));
  }
  return false;
}

bool is_one_of(std::string_view option, std::string_view list) {
  return any_word(list, [option](std::string_view word) { return option == word; });
}

bool starts_with_one_of(std::string_view option, std::string_view list) {
  return any_word(list, [option](std::string_view word) { return option.starts_with(word); });
}

[[noreturn]] void fail(const std::string& message) {
  throw std::runtime_error(message);
}

/// The sysroot: $LIND_SYSROOT, or next to the build or installation this program is part of.
fs::path find_sysroot() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
  if (const char* given = std::getenv("LIND_SYSROOT"); given != nullptr) return given;
  std::error_code error;
  const fs::path bin = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const char* place : {"../guest/sysroot", "../../guest/sysroot", "../lib/lind/sysroot"}) {
    const fs::path candidate = (bin / place).lexically_normal();
    if (fs::exists(candidate / "usr/include", error)) {
      return candidate;
    }
  }
  fail("no sysroot beside " + bin.string() + ": run scripts/build_guest.sh or set LIND_SYSROOT");
}

/// The words of a response file: separated by white space, quoted and escaped as gcc does.
Arguments read_response_file(const std::string& name) {
  std::ifstream file(name);
  Arguments words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (char c = 0; file.get(c);) {
    if (c == '\\' && quote != '\'' && file.get(c)) {
      word += c;
      in_word = true;
    } else if (quote == 0 && std::isspace(static_cast<unsigned char>(c)) != 0) {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
    } else if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
      in_word = true;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (in_word) words.push_back(word);
  return words;
}

/// The arguments with the contents of @FILE in its place; a name that is no file stays as it is.
Arguments expand(std::span<char* const> given, int depth = 0) {
  constexpr int kMaxDepth = 16;
  Arguments all;
  for (const std::string argument : given) {
    std::error_code error;
    if (!argument.starts_with('@') || !fs::is_regular_file(argument.substr(1), error)) {
      all.push_back(argument);
      continue;
    }
    if (depth == kMaxDepth) fail(argument + ": response files name each other too deeply");
    Arguments words = read_response_file(argument.substr(1));
    std::vector<char*> pointers;
    for (std::string& word : words)
      pointers.push_back(word.data());
    for (std::string& word : expand(pointers, depth + 1))
      all.push_back(std::move(word));
  }
  return all;
}

/// What the caller's arguments ask for.
struct Request {
  Arguments clang;  ///< the caller's arguments, less those that wasm has no use for
  bool links = true;
  bool has_input = false;
  bool relocatable = false;
  bool standard_library = true;
  bool start_files = true;
};

/// Appends the linker words of one -Wl or of -Xlinker that wasm-ld should see.
class LinkerWords {
 public:
  void add(std::string_view word, Arguments& out) {
    if (skip_next_) {
      skip_next_ = false;
      // The one -z word that concerns wasm.
      if (word.starts_with("stack-size=")) {
        out.push_back("-Wl,-z," + std::string(word));
      }
    } else if (is_one_of(word, kDroppedLinkerPairs)) {
      skip_next_ = true;
    } else if (word == "-shared" || word == "--shared") {
      fail("-shared: guests are linked statically, there are no shared libraries");
    } else if (word == "-s" || word == "--strip-all") {
      out.emplace_back("-Wl,--strip-debug");  // the runtime needs function names
    } else if (!word.empty() && !is_one_of(word, kDroppedLinker) &&
               !starts_with_one_of(word, kDroppedLinkerPrefixes)) {
      out.push_back("-Wl," + std::string(word));
    }
  }

 private:
  bool skip_next_ = false;
};

void add_wl(std::string_view list, LinkerWords& linker, Arguments& out) {
  while (true) {
    const std::size_t comma = list.find(',');
    linker.add(list.substr(0, comma), out);
    if (comma == std::string_view::npos) {
      return;
    }
    list.remove_prefix(comma + 1);
  }
}

/// Notes what an argument that goes to clang unchanged says about the request.
void note(std::string_view argument, Request& request) {
  request.links = request.links && !is_one_of(argument, kNoLink);
  request.relocatable = request.relocatable || argument == "-r";
  request.start_files =
      request.start_files && argument != "-nostdlib" && argument != "-nostartfiles";
  request.standard_library =
      request.standard_library && argument != "-nostdlib" && argument != "-nodefaultlibs";
  request.has_input = request.has_input || !argument.starts_with('-') || argument == "-" ||
                      argument.starts_with("-l");
}

Request read_arguments(std::span<const std::string> arguments) {
  Request request;
  LinkerWords linker;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const bool has_next = i + 1 < arguments.size();
    if (argument == "-shared" || argument == "-dynamiclib") {
      fail(argument + ": guests are linked statically, there are no shared libraries");
    } else if (is_one_of(argument, kDropped) || starts_with_one_of(argument, kDroppedPrefixes)) {
      continue;
    } else if (starts_with_one_of(argument, kHostMachinePrefixes)) {
      fmt::print(stderr,
                 "lind-cc: note: {} ignored: the machine is chosen ahead of time, by lindc\n",
                 argument);
    } else if (argument.starts_with("-Wl,")) {
      add_wl(std::string_view(argument).substr(4), linker, request.clang);
    } else if (argument == "-Xlinker" && has_next) {
      linker.add(arguments[++i], request.clang);
    } else if (argument == "-z" && has_next) {
      linker.add("-z", request.clang);
      linker.add(arguments[++i], request.clang);
    } else if (argument == "-s") {
      linker.add("-s", request.clang);
    } else if (argument == "-lstdc++") {
      request.clang.insert(request.clang.end(), {"-lc++", "-lc++abi"});
    } else {
      note(argument, request);
      request.clang.push_back(argument);
      if (has_next && is_one_of(argument, kWithValue)) {
        request.clang.push_back(arguments[++i]);
      }
    }
  }
  return request;
}

/// Answers the questions that configure scripts ask a compiler about itself.
bool answer_query(std::span<const std::string> arguments) {
  for (const std::string& argument : arguments) {
    if (argument == "-dumpmachine" || argument == "-print-multiarch" ||
        argument == "--print-multiarch") {
      fmt::print("{}\n", kMachine);
      return true;
    }
    if (argument == "-print-sysroot" || argument == "--print-sysroot") {
      fmt::print("{}\n", find_sysroot().string());
      return true;
    }
    std::string_view name = argument;
    if (name.starts_with("--print-")) {
      name.remove_prefix(1);
    }
    if (name.starts_with("-print-file-name=")) {
      name.remove_prefix(std::string_view("-print-file-name=").size());
      const fs::path file = find_sysroot() / "usr/lib" / name;
      std::error_code error;
      fmt::print("{}\n", (fs::exists(file, error) ? file.string() : std::string(name)));
      return true;
    }
    if (name == "-print-search-dirs") {
      fmt::print("libraries: ={}\n", (find_sysroot() / "usr/lib").string());
      return true;
    }
    if (name == "-print-libgcc-file-name") {
      fmt::print("{}\n", (find_sysroot() / "usr/lib/libclang_rt.builtins.a").string());
      return true;
    }
    if (name.starts_with("-print-prog-name=")) {
      name.remove_prefix(std::string_view("-print-prog-name=").size());
      const std::string tool(name);
      fmt::print("{}\n", (tool == "ld" ? "wasm-ld-22" : "llvm-" + tool + "-22"));
      return true;
    }
  }
  return false;
}

Arguments clang_command(const std::string& clang, const Request& request, const fs::path& sysroot) {
  const bool cplusplus = clang.starts_with("clang++");
  Arguments command = {clang};
  command.insert(command.end(), kTargetFlags.begin(), kTargetFlags.end());
  if (cplusplus) {
    command.insert(command.end(), kExceptionFlags.begin(), kExceptionFlags.end());
    command.insert(command.end(),
                   {"-nostdinc++", "-isystem" + (sysroot / "usr/include/c++/v1").string()});
  }
  command.push_back("--sysroot=" + sysroot.string());
  command.push_back("-isystem" + (sysroot / "usr/include").string());
  const fs::path lib = sysroot / "usr/lib";
  const bool links = request.links && request.has_input;
  if (links && request.relocatable) {
    command.emplace_back("-nostdlib");
  } else if (links) {
    command.insert(command.end(), kLinkFlags.begin(), kLinkFlags.end());
    if (request.start_files) {
      command.push_back((lib / "crt1.o").string());
    }
  }
  command.insert(command.end(), request.clang.begin(), request.clang.end());
  if (links && !request.relocatable) {
    command.push_back("-L" + lib.string());
    if (request.standard_library) {
      // As -Wl words, because a caller's -x must not apply to them.
      if (cplusplus) command.insert(command.end(), {"-Wl,-lc++", "-Wl,-lc++abi"});
      command.insert(command.end(),
                     {"-Wl,-lc", "-Wl," + (lib / "libclang_rt.builtins.a").string()});
    }
  }
  return command;
}

/// Answers a question, or runs clang in place of this program.
void run(int argc, char** argv) {
  const Arguments arguments = expand(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
  if (answer_query(arguments)) return;
  const std::string name = fs::path(argv[0]).filename();
  const std::string clang = name.ends_with("++") ? "clang++-22" : "clang-22";
  Arguments command = clang_command(clang, read_arguments(arguments), find_sysroot());

  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (std::string& word : command)
    words.push_back(word.data());
  words.push_back(nullptr);
  execvp(words[0], words.data());
  fail("cannot run " + clang + ": " + std::generic_category().message(errno));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(argc, argv);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "lind-cc: {}\n", error.what());
    return 1;
  }
}
