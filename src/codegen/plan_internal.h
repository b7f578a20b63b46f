/// \file
/// Decisions about a module that its code and the object's records share.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "codegen/compile.h"
#include "codegen/signature_internal.h"
#include "vmabi/builtins.h"
#include "vmabi/object_format.h"
#include "wasm/module.h"

namespace lind::codegen {

struct TablePlan {
  std::uint32_t capacity = 0;      ///< entries that may be used
  std::uint32_t index_mask = 0;    ///< 2^k - 1; the window holds index_mask + 1 entries
  std::int64_t window_offset = 0;  ///< from GS
};

struct MemoryPlan {
  std::uint64_t base = 0;          ///< of address 0 from GS
  std::uint32_t address_bits = 0;  ///< MemoryRecord::address_bits
};

struct Plan {
  Mode mode = Mode::kLindProgram;
  std::vector<Signature> signatures;      ///< by type
  std::vector<std::uint32_t> type_ids;    ///< by type
  std::vector<std::uint32_t> first_word;  ///< by global; kNoIndex: a constant
  std::uint32_t num_global_words = 0;
  std::uint32_t stack_pointer_global = vmabi::kNoIndex;
  std::uint32_t tls_base_global = vmabi::kNoIndex;
  std::vector<TablePlan> tables;
  std::vector<MemoryPlan> memories;
  std::uint64_t memory_span = vmabi::reserved_for(32);  ///< of all memories, from GS
  bool has_plain_memory = true;                         ///< at most one, with 32-bit addresses
  /// Functions of other instances may get into its tables.
  bool is_linked = false;
  bool has_exceptions = false;  ///< something may be thrown; else handlers are dead code
  std::vector<std::optional<vmabi::Builtin>> builtins;  ///< by imported function
  std::vector<bool> has_adapter;                        ///< by function
  std::vector<std::uint32_t> first_functions;           ///< to be placed first, each once
  /// Functions that wasm-ld put in place of a call with a wrong declaration -> the function meant.
  std::map<std::uint32_t, std::uint32_t> mismatch_targets;

  bool is_exact() const noexcept { return mode == Mode::kExact; }
};

/// Errors: limits of vmabi, imports from "lind" of another type.
ErrorOr<Plan> make_plan(const wasm::Module& module, Mode mode);

/// "(i32, i64) -> (i64)".
std::string to_string(const wasm::FuncType& type);

}  // namespace lind::codegen
