/// \file
/// How large the parts of a module may be.  A module beyond one of these is refused.
/// Source, where nothing else is said: WebAssembly JavaScript interface 2.0, section 9.

#pragma once

#include <cstdint>

namespace lind::wasm {

inline constexpr std::uint32_t kMaxModuleBytes = 1U << 30;
inline constexpr std::uint32_t kMaxTypes = 1'000'000;
inline constexpr std::uint32_t kMaxParams = 1'000;
inline constexpr std::uint32_t kMaxResults = 1'000;
inline constexpr std::uint32_t kMaxFunctions = 1'000'000;
inline constexpr std::uint32_t kMaxImports = 1'000'000;
inline constexpr std::uint32_t kMaxExports = 1'000'000;
inline constexpr std::uint32_t kMaxGlobals = 1'000'000;
inline constexpr std::uint32_t kMaxTables = 100'000;
inline constexpr std::uint32_t kMaxTags = 1'000'000;
inline constexpr std::uint32_t kMaxMemories = 64;
inline constexpr std::uint32_t kMaxDataSegments = 1'000'000;
inline constexpr std::uint32_t kMaxElementSegments = 10'000'000;
inline constexpr std::uint32_t kMaxElementItems = 10'000'000;  ///< of one segment
inline constexpr std::uint32_t kMaxFunctionBytes = 7'654'321;
inline constexpr std::uint32_t kMaxLocals = 50'000;            ///< that one function declares
inline constexpr std::uint32_t kMaxBranchTargets = 65'520;     ///< of one br_table, its default not
inline constexpr std::uint32_t kMaxTableEntries = 10'000'000;  ///< a table may have at its start
inline constexpr std::uint32_t kMaxMemoryPages = 65'536;       ///< of 64 KiB
inline constexpr std::uint64_t kMaxWidePages = 1ULL << 48;     ///< with 64-bit addresses

/// Ours: what one function body may need of the validator's two stacks.
inline constexpr std::uint32_t kMaxNesting = 65'536;          ///< blocks inside one another
inline constexpr std::uint32_t kMaxOperandStack = 1'000'000;  ///< values
/// Ours: clauses of one try_table.
inline constexpr std::uint32_t kMaxCatches = 65'536;
/// Ours: instructions of one constant expression.
inline constexpr std::uint32_t kMaxConstSteps = 1'000;

}  // namespace lind::wasm
