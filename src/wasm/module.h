/// \file
/// A decoded WebAssembly module.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "wasm/features.h"
#include "wasm/opcode.h"
#include "wasm/types.h"

namespace lind::wasm {

enum class ExternKind : std::uint8_t {
  kFunction = 0,
  kTable = 1,
  kMemory = 2,
  kGlobal = 3,
  kTag = 4,
};

/// An instruction of a constant expression that is more than one: a constant, global.get, or an
/// addition, subtraction or multiplication of integers.
struct ConstStep {
  Opcode opcode{};
  std::uint32_t index = 0;  ///< of the global
  std::uint64_t bits = 0;   ///< of the constant, zero-extended
};

/// A constant expression.
struct ConstExpr {
  enum class Kind : std::uint8_t {
    kValue,     ///< the bits in `low` and `high`
    kGlobal,    ///< the value of global `index`
    kFunction,  ///< a reference to function `index`
    kNull,      ///< the null reference
    kSteps,     ///< what `low` steps compute, from Module::const_steps[index] on
  };
  Kind kind = Kind::kValue;
  ValueType type = ValueType::kI32;  ///< of the result; of no meaning for kGlobal, kSteps
  std::uint32_t index = 0;
  std::uint64_t low = 0;   ///< an i32 is zero-extended, a float is its bit pattern
  std::uint64_t high = 0;  ///< lanes 8 to 15 of a v128
};

struct Import {
  std::string_view module;
  std::string_view name;
  ExternKind kind;
  std::uint32_t index;  ///< in the index space of `kind`
};

struct Export {
  std::string_view name;
  ExternKind kind;
  std::uint32_t index;  ///< in the index space of `kind`
};

/// `count` locals of one type, one after the other.
struct LocalRun {
  std::uint32_t count;
  ValueType type;
};

struct Function {
  std::uint32_t type = 0;           ///< index into Module::types
  std::vector<LocalRun> locals;     ///< behind the parameters; in all at most kMaxLocals
  std::span<const std::byte> body;  ///< instructions, the last `end` included; empty for an import
  std::uint32_t body_offset = 0;    ///< of `body` in the module
  std::string_view name;            ///< from the name section; may be empty, need not be unique
  /// Named by an export, an element segment or a global, so that ref.func may name it too.
  bool is_declared = false;
};

struct Table {
  TableType type;
};

struct Memory {
  MemoryType type;
};

struct Global {
  GlobalType type;
  ConstExpr init;  ///< of no meaning for an import
};

/// What exceptions are told apart by; its parameters are what they carry.
struct Tag {
  std::uint32_t type = 0;  ///< index into Module::types
};

enum class SegmentMode : std::uint8_t { kActive, kPassive, kDeclared };

struct ElementSegment {
  SegmentMode mode = SegmentMode::kPassive;
  ValueType type = ValueType::kFuncRef;
  std::uint32_t table = 0;  ///< kActive only
  ConstExpr offset;         ///< kActive only
  std::vector<ConstExpr> items;
};

struct DataSegment {
  SegmentMode mode = SegmentMode::kPassive;
  std::uint32_t memory = 0;  ///< kActive only
  ConstExpr offset;          ///< kActive only
  std::span<const std::byte> bytes;
};

struct CustomSection {
  std::string_view name;
  std::span<const std::byte> bytes;
};

/// What the bytes of a module say.  Each index space starts with its imports, in their order.
///
/// decode_module() promises the binary format only; indexes may be out of range and types may
/// not fit until validate() has said otherwise.
///
/// Ownership: every span and string_view points into the bytes that were decoded; they must
///   outlive the Module.
/// Threading: immutable after decoding, so any number of threads may read it.
struct Module {
  Features features;  ///< what it was decoded with and is validated against
  std::vector<FuncType> types;
  std::vector<Import> imports;
  std::vector<Function> functions;
  std::vector<Table> tables;
  std::vector<Memory> memories;
  std::vector<Tag> tags;
  std::vector<Global> globals;
  std::vector<ConstStep> const_steps;
  std::vector<Export> exports;
  std::optional<std::uint32_t> start;  ///< a function
  std::vector<ElementSegment> elements;
  std::vector<DataSegment> data;
  std::optional<std::uint32_t> data_count;
  std::vector<CustomSection> custom_sections;

  std::uint32_t num_imported_functions = 0;
  std::uint32_t num_imported_tables = 0;
  std::uint32_t num_imported_memories = 0;
  std::uint32_t num_imported_globals = 0;
  std::uint32_t num_imported_tags = 0;

  /// The signature of a function.
  /// Requires: a validated module, `function` below functions.size().
  const FuncType& type_of(std::uint32_t function) const { return types[functions[function].type]; }
  /// What exceptions of a tag carry.
  /// Requires: a validated module, `tag` below tags.size().
  const std::vector<ValueType>& payload_of(std::uint32_t tag) const {
    return types[tags[tag].type].params;
  }
};

}  // namespace lind::wasm
