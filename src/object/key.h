/// \file
/// Which object belongs to a module: the name of a cache entry and the content of .lind.key.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.h"
#include "object/digest.h"

namespace lind::object {

using Key = Digest;

/// What compiled code may use of this machine.
enum class CpuLevel : std::uint8_t {
  kV2,  ///< x86-64-v2: SSE4.2, POPCNT
  kV3,  ///< x86-64-v3: AVX2, BMI2, FMA
};

/// The highest level that processor and kernel support.  The runtime's own demand (FSGSBASE)
/// implies kV2.
CpuLevel host_cpu_level() noexcept;
/// The name that clang and lindc have for it: "x86-64-v2", "x86-64-v3".
std::string_view cpu_name(CpuLevel level) noexcept;

/// Everything but the module that decides about the bytes of its object.
struct Compiler {
  std::string_view identity;  ///< changes with every build of the compiler
  std::string_view cpu;       ///< as cpu_name
  std::string_view options;   ///< lindc's flags that change code, in a fixed order
};

/// SHA-256 over the compiler, the numbers of vmabi and the module; no two different inputs give
/// the same text to hash.
Key build_key(std::span<const std::byte> module, const Compiler& compiler);
/// The same of the module in `file` from its start, which is not kept in memory; the file offset
/// does not move.
/// Errors: more than `max_bytes`; the host's.
ErrorOr<Key> build_key(int file, std::uint64_t max_bytes, const Compiler& compiler);

}  // namespace lind::object
