/// \file
/// Names by which the parts of this room talk about code inside LLVM's modules and objects.
///
///     f<N>          function N, for an import its stub
///     e<N>          adapter by which the host enters function N
///     b<N>          builtin N; becomes call *fs:[...] before machine code is written
///     kImageSymbol  start of the image
///     kFsSymbol     FS, kGsSymbol GS: displacements against them are plain numbers
///     p:<symbol>:<N>  landing pad N of a function
///     c:<symbol>:<N>:<M>  behind call M of those that landing pad N belongs to
///     kTrapSymbol, kCallSymbol  at a ud1 (+ code), behind a call: marks, no bytes

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lind::codegen {

inline constexpr char kImageSymbol[] = "__lind_image";
inline constexpr char kFsSymbol[] = "__lind_fs";
inline constexpr char kGsSymbol[] = "__lind_gs";
inline constexpr char kTrapSymbol[] = "__lind_trap";
/// Metadata of a call that must become a jump.
inline constexpr char kTailCallMark[] = "lind.tail";
inline constexpr char kCallSymbol[] = "__lind_call";

inline std::string indexed_symbol(char kind, std::uint32_t index) {
  return kind + std::to_string(index);
}

inline constexpr char kLandingPadPrefix[] = "p:";
inline constexpr char kLandingCallPrefix[] = "c:";

inline std::string landing_pad_symbol(const std::string& function, std::size_t pad) {
  return kLandingPadPrefix + function + ":" + std::to_string(pad);
}
inline std::string landing_call_symbol(const std::string& function, std::size_t pad,
                                       std::size_t call) {
  return kLandingCallPrefix + function + ":" + std::to_string(pad) + ":" + std::to_string(call);
}

/// The index in a name made by indexed_symbol(kind, ...).
inline std::optional<std::uint32_t> index_in_symbol(char kind, std::string_view name) {
  if (name.size() < 2 || name.size() > 10 || name[0] != kind) return std::nullopt;
  std::uint32_t index = 0;
  for (const char digit : name.substr(1)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    index = index * 10 + static_cast<std::uint32_t>(digit - '0');
  }
  return index;
}

}  // namespace lind::codegen
