/// \file
/// Which parts of WebAssembly beyond its version 2.0 a module may use.

#pragma once

namespace lind::wasm {

/// The default is everything that clang emits for our C library.
struct Features {
  bool threads = true;         ///< atomic instructions and shared memories
  bool extended_const = true;  ///< arithmetic in constant expressions
  bool tail_call = true;       ///< return_call, return_call_indirect
  bool relaxed_simd = true;    ///< vector instructions whose results may differ between CPUs
  bool multi_memory = true;    ///< more than one memory
  bool memory64 = true;        ///< memories and tables with 64-bit addresses
  bool exceptions = true;      ///< tags; try and its kin, try_table and exnref

  /// WebAssembly 2.0 and nothing more.
  static constexpr Features core() noexcept {
    return {.threads = false,
            .extended_const = false,
            .tail_call = false,
            .relaxed_simd = false,
            .multi_memory = false,
            .memory64 = false,
            .exceptions = false};
  }
};

}  // namespace lind::wasm
