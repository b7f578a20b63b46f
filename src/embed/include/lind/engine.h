/// \file
/// The compiler and its cache.

#pragma once

#include <cstddef>
#include <cstdint>
#include <lind/api.h>
#include <lind/error.h>
#include <lind/module.h>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace lind::embed {

/// Where modules come from.
///
/// The compiler is a program of its own, `lindc`, which has LLVM in it; this library has not.  What
/// it makes, like what the cache or load() gives, is verified in this process before it can run:
/// neither is trusted.
///
/// The first engine of a process installs handlers for SIGSEGV, SIGBUS, SIGFPE, SIGILL and the
/// real-time signal SIGRTMIN+8, which pass on what is not the guest's.
/// Ownership: a counted reference; modules do not need it any more.
/// Threading: any.
class LIND_API Engine {
 public:
  /// What to keep of what was compiled.
  enum class Cache : std::uint8_t {
    kDefault,  ///< $LIND_CACHE, else below $XDG_CACHE_HOME or $HOME; none of them: as kNone
    kNone,
    kDirectory,  ///< Options::cache_directory
  };
  /// When code is verified.
  enum class Verify : std::uint8_t {
    kAtLoad,      ///< all of it, before load or compile return
    kAtFirstUse,  ///< page by page; what is refused traps (kUnreachable) where it would have run
  };
  struct Options {
    /// Path of lindc; empty: beside this program, else the first on PATH.
    std::string compiler = {};
    Cache cache = Cache::kDefault;
    std::string cache_directory = {};
    Verify verify = Verify::kAtLoad;
    std::uint64_t max_module_bytes = std::uint64_t{1} << 30;
  };

  /// Errors: kHost (this processor or kernel lacks what compiled code needs; a cache directory that
  /// was named cannot be used).  A compiler is looked for when it is needed.
  static Result<Engine> create(const Options& options);
  static Result<Engine> create() { return create(Options()); }

  /// The module behind the bytes of a .wasm file, from the cache or compiled now.
  /// Errors: kModule (what the compiler says), kLimit, kObject (it made nonsense), kHost.
  Result<Module> compile(std::span<const std::byte> wasm) const;
  /// The same as the bytes of an object, to keep and to load() elsewhere.
  Result<std::vector<std::byte>> compile_to_object(std::span<const std::byte> wasm) const;
  /// A module compiled before, by compile_to_object or by lindc.
  /// Errors: kObject (not ours, of another version, refused by the verifier), kHost.
  Result<Module> load(std::span<const std::byte> object) const;

 private:
  struct State;
  explicit Engine(std::shared_ptr<const State> state) noexcept : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace lind::embed
