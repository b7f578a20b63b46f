/// \file
/// The index of each builtin; see builtins.def.

#pragma once

#include <cstddef>
#include <cstdint>

namespace lind::vmabi {

enum class Builtin : std::uint32_t {
#define LIND_BUILTIN(name, signature) k_##name,
#include "vmabi/builtins.def"
#undef LIND_BUILTIN
};

inline constexpr std::size_t kNumBuiltins = 0
#define LIND_BUILTIN(name, signature) +1
#include "vmabi/builtins.def"
#undef LIND_BUILTIN
    ;

/// A reference as compiled code holds it: 0 is null; a function of the same module is its index
/// plus one; a function of another instance, and a reference to anything else, is whatever non-zero
/// word the host chose.
inline constexpr std::uint64_t kNullReference = 0;

}  // namespace lind::vmabi
