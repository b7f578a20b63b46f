/// \file
/// Which parts of WebAssembly beyond its version 2.0 a module may use.

#pragma once

namespace lind::wasm {

/// The default is everything that clang emits for our C library.
struct Features {
  bool threads = true;  ///< atomic instructions and shared memories

  /// WebAssembly 2.0 and nothing more.
  static constexpr Features core() noexcept { return {.threads = false}; }
};

}  // namespace lind::wasm
