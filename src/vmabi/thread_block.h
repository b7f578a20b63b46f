/// \file
/// Per-thread state that compiled code reaches as fs:[constant].
///
/// The block lies in the static TLS of the host program (local-exec), so that FS is never
/// written and every guest thread, which is one host thread, has its own.  Objects are linked
/// for kNominalOffset; the loader adds (real offset - kNominalOffset) to every fs site when it
/// copies the text.
///
/// Compiled code may load: slots, globals, builtins.  It may store: slots and globals only.

#pragma once

#include <cstddef>
#include <cstdint>

#include "vmabi/builtins.h"

namespace lind::vmabi {

inline constexpr std::size_t kNumSlots = 256;
inline constexpr std::size_t kNumGlobalWords = 512;

struct alignas(4096) ThreadBlock {
  // --- the host's own; never touched by compiled code -------------------------------------
  std::uint64_t host_rsp;     ///< host stack to switch to when the guest calls the host
  std::uint64_t guest_rsp;    ///< guest stack as spilled by the last call into the host
  std::uint64_t memory_base;  ///< GS base of this thread
  std::uint64_t pending;      ///< non-zero: look for signals before going back to guest code
  std::uint64_t in_guest;     ///< non-zero while rsp is a guest stack (set by trampolines)
  std::uint64_t thread;       ///< runtime::Thread*, for the trampolines
  std::uint64_t scratch[58];  ///< the trampolines'
  // --- read by compiled code --------------------------------------------------------------
  std::uint64_t builtin_entry[128];  ///< host addresses, indexed by Builtin
  // --- read and written by compiled code --------------------------------------------------
  std::uint64_t slots[kNumSlots];          ///< arguments and results that find no register
  std::uint64_t globals[kNumGlobalWords];  ///< the module's globals (GlobalRecord::first_word)
  std::uint64_t unused[64];                ///< up to the page's end; zero
};
static_assert(sizeof(ThreadBlock) == 8192);
static_assert(offsetof(ThreadBlock, builtin_entry) == 512);
static_assert(offsetof(ThreadBlock, slots) == 1536);
static_assert(offsetof(ThreadBlock, globals) == 3584);
static_assert(kNumBuiltins <= 128);

/// Where objects assume the block: fs:[kNominalOffset + offsetof(ThreadBlock, field)].
inline constexpr std::int64_t kNominalOffset = -8192;

/// Integers and vectors that travel in registers; the rest goes through `slots`.
inline constexpr std::size_t kMaxIntArgs = 6;
inline constexpr std::size_t kMaxVectorArgs = 8;

}  // namespace lind::vmabi
