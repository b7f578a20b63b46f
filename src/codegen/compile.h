/// \file
/// From a validated module to the bytes of a compiled object.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "wasm/module.h"

namespace lind::codegen {

/// How much time goes into optimising.
enum class Tier : std::uint8_t {
  kInstant,     ///< nothing is optimised: half of kQuick's time, code that runs half as fast
  kQuick,       ///< a few cheap passes: as good as kFull on most code that clang has optimised
  kLight,       ///< and loops are vectorised; takes a quarter more time
  kFull,        ///< LLVM's O2; takes twice the time
  kAggressive,  ///< LLVM's O3
};

enum class Mode : std::uint8_t {
  kLindProgram,  ///< POSIX memory, tolerant calls (vmabi::kFlagLindProgram)
  kExact,        ///< WebAssembly to the letter
};

enum class Output : std::uint8_t {
  kObject,
  kIr,   ///< text of LLVM's intermediate code, optimised, for people
  kAsm,  ///< text of the machine code, before our rewriting of addresses, for people
};

/// Who is told how far a compilation is: `done` of `total` parts of about equal work.
///
/// Threading: `report` is called by the threads that compile, one at a time.  When code is compiled
/// again with more care, `done` starts again.
struct Progress {
  void (*report)(void* context, std::size_t done, std::size_t total) = nullptr;
  void* context = nullptr;
};

struct CompileOptions {
  Mode mode = Mode::kLindProgram;
  Tier tier = Tier::kLight;
  Output output = Output::kObject;
  /// "x86-64-v2", "x86-64-v3", or "host": the higher one that this machine can run.
  std::string cpu = "x86-64-v2";
  unsigned num_threads = 2;
  Progress progress;
  std::array<std::byte, 32> key{};  ///< written to .lind.key as it is; see object/key.h
};

/// The name of the CPU level that `cpu` stands for.
/// Errors: a name that is not listed at CompileOptions::cpu.
ErrorOr<std::string> resolve_cpu(std::string_view cpu);

/// The tier to use when nobody asks for one: kQuick for very large modules, else kLight.
Tier default_tier(const wasm::Module& module);

/// Changes whenever the same module may give other bytes; for cache keys.
std::string_view compiler_identity();

/// Compiles a module.  The same module and options give the same bytes, whatever num_threads is.
///
/// Requires: wasm::validate() accepted the module.
/// Threading: may run on several threads; starts num_threads - 1 more.
/// Errors: an unknown cpu, limits of vmabi (slots, global words, tables), imports from "lind"
///   of another type; "internal error: ..." if LLVM made code that our object cannot hold.
ErrorOr<std::vector<std::byte>> compile_module(const wasm::Module& module,
                                               const CompileOptions& options);

}  // namespace lind::codegen
