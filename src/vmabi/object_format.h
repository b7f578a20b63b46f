/// \file
/// The compiled object: an ELF64 ET_DYN file for x86-64 that standard tools can read and nobody
/// dlopens.  `docs/formats/object.md` draws it.  All numbers are little endian.
///
/// The image is what gets mapped: `.text` at image offset 0, then `.rodata` at the next page
/// (both inside one PT_LOAD-like range; sh_addr is the image offset).  It is position free:
/// every reference inside it is relative to the instruction pointer and already resolved.
///
/// Everything else is in sections of fixed-size records, named below.  A section may be absent
/// when it has no records.  Text and byte strings lie in `.lind.pool`, named by Slice.
///
/// A reader treats every field as hostile: a count, an index or an offset is checked before use.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "vmabi/layout.h"

namespace lind::vmabi {

inline constexpr std::uint32_t kObjectMagic = 0x444e494c;  ///< "LIND"
/// Changes whenever anything in vmabi changes its meaning.
inline constexpr std::uint32_t kObjectVersion = 5;

struct Slice {
  std::uint32_t offset;  ///< into .lind.pool
  std::uint32_t size;    ///< bytes
};

inline constexpr char kSectionText[] = ".text";
inline constexpr char kSectionRodata[] = ".rodata";
inline constexpr char kSectionHeader[] = ".lind.header";        // one HeaderRecord
inline constexpr char kSectionTypes[] = ".lind.types";          // TypeRecord
inline constexpr char kSectionImports[] = ".lind.imports";      // ImportRecord
inline constexpr char kSectionExports[] = ".lind.exports";      // ExportRecord
inline constexpr char kSectionFunctions[] = ".lind.functions";  // FunctionRecord, imports first
inline constexpr char kSectionTables[] = ".lind.tables";        // TableRecord, imports first
inline constexpr char kSectionMemories[] = ".lind.memories";    // MemoryRecord, imports first
inline constexpr char kSectionGlobals[] = ".lind.globals";      // GlobalRecord, imports first
inline constexpr char kSectionTags[] = ".lind.tags";            // TagRecord, imports first
inline constexpr char kSectionElems[] = ".lind.elems";          // ElemRecord
inline constexpr char kSectionElemItems[] = ".lind.elemitems";  // ConstExpr
inline constexpr char kSectionData[] = ".lind.data";            // DataRecord
inline constexpr char kSectionPool[] = ".lind.pool";            // bytes
inline constexpr char kSectionCallSites[] = ".lind.callsites";  // CallSiteRecord, by offset
inline constexpr char kSectionTraps[] = ".lind.traps";          // TrapRecord, by offset
inline constexpr char kSectionFsSites[] = ".lind.fssites";  // u32 image offsets of disp32 fields
inline constexpr char kSectionKey[] = ".lind.key";          // 32 bytes: SHA-256, see object/key.h

/// 32 bytes: SHA-256 of the file with zeros in this place; zeros if nobody has sealed it.
inline constexpr char kSectionDigest[] = ".lind.digest";

/// ConstStepRecord.
inline constexpr char kSectionConstSteps[] = ".lind.conststeps";

/// ValueType as one byte, the numbers of the wasm binary format.
enum class ValueKind : std::uint8_t {
  kI32 = 0x7f,
  kI64 = 0x7e,
  kF32 = 0x7d,
  kF64 = 0x7c,
  kV128 = 0x7b,
  kFuncRef = 0x70,
  kExternRef = 0x6f,
  kExnRef = 0x69,
};

enum class ExternKind : std::uint8_t {
  kFunction = 0,
  kTable = 1,
  kMemory = 2,
  kGlobal = 3,
  kTag = 4,
};
inline constexpr std::size_t kNumExternKinds = 5;

/// Module compiled for Lind programs: memory is POSIX memory (bulk operations and grow check
/// 4 GiB only), indirect calls are tolerant, gs accesses carry the address-size prefix.  Without
/// it: exact WebAssembly semantics.
inline constexpr std::uint32_t kFlagLindProgram = 1U << 0;
/// The code has instructions of x86-64-v3; without it those of x86-64-v2 suffice.
inline constexpr std::uint32_t kFlagNeedsV3 = 1U << 1;

inline constexpr std::uint32_t kNoIndex = 0xffffffff;

struct HeaderRecord {
  std::uint32_t magic;
  std::uint32_t version;
  std::uint32_t flags;
  std::uint32_t start_function;      ///< kNoIndex if there is none
  std::uint32_t text_size;           ///< bytes
  std::uint32_t rodata_offset;       ///< image offset, page aligned
  std::uint32_t rodata_size;         ///< bytes
  std::uint32_t num_global_words;    ///< of ThreadBlock::globals in use
  std::uint32_t stack_pointer_word;  ///< global exported as __stack_pointer, or kNoIndex
  std::uint32_t tls_base_word;       ///< global exported as __tls_base, or kNoIndex
  std::uint32_t num_imported_functions;
  std::uint32_t reserved;
};
static_assert(sizeof(HeaderRecord) == 48);

/// A signature.  `id` is what table entries carry: equal signatures have equal ids in every
/// object (vmabi/type_id.h), never 0.
struct TypeRecord {
  std::uint32_t id;
  Slice params;   ///< ValueKind bytes
  Slice results;  ///< ValueKind bytes
  std::uint32_t reserved;
};
static_assert(sizeof(TypeRecord) == 24);

struct ImportRecord {
  std::uint32_t kind;   ///< ExternKind
  std::uint32_t index;  ///< in the index space of its kind
  Slice module;
  Slice name;
};
static_assert(sizeof(ImportRecord) == 24);

struct ExportRecord {
  std::uint32_t kind;
  std::uint32_t index;
  Slice name;
};
static_assert(sizeof(ExportRecord) == 16);

struct FunctionRecord {
  std::uint32_t type;          ///< index into types
  std::uint32_t code_offset;   ///< image offset; for an import: its stub, callable like any other
  std::uint32_t code_size;     ///< bytes
  std::uint32_t entry_offset;  ///< adapter for the host (see README), kNoIndex if not exported
  std::uint32_t frame_bytes;   ///< rsp at the body's calls to CFA, without the return address
  std::uint32_t saved_regs;    ///< bit i: 1 rbx, 2 rbp, 4 r12, 8 r13, 16 r14, 32 r15 pushed
  Slice name;                  ///< from the name section or the export; may be empty
};
static_assert(sizeof(FunctionRecord) == 32);

struct ConstExpr {
  std::uint32_t kind;   ///< ConstKind
  std::uint32_t index;  ///< kGlobal: global, kFunction: function, kSteps: first step
  std::uint64_t low;    ///< kValue: the bits (a float's pattern, an i32 zero-extended), or steps
  std::uint64_t high;   ///< kValue of v128: upper half
};
static_assert(sizeof(ConstExpr) == 24);
enum class ConstKind : std::uint32_t {
  kValue = 0,
  kGlobal = 1,
  kFunction = 2,
  kNull = 3,
  kSteps = 4,
};

/// An instruction of a stack machine; an expression of several computes an i32 or i64 with them.
struct ConstStepRecord {
  std::uint32_t op;     ///< ConstOp
  std::uint32_t index;  ///< kGlobal: global
  std::uint64_t value;  ///< kI32, kI64: the bits (an i32 zero-extended)
};
static_assert(sizeof(ConstStepRecord) == 16);
enum class ConstOp : std::uint32_t {
  kI32 = 0,
  kI64 = 1,
  kGlobal = 2,
  kI32Add = 3,
  kI32Sub = 4,
  kI32Mul = 5,
  kI64Add = 6,
  kI64Sub = 7,
  kI64Mul = 8,
};
/// Steps of one expression, at most.
inline constexpr std::uint32_t kMaxConstSteps = 1000;

struct TableRecord {
  std::uint32_t element;       ///< ValueKind
  std::uint32_t initial;       ///< entries
  std::uint32_t declared_max;  ///< entries, kNoIndex if none
  std::uint32_t
      capacity;  ///< entries the window holds; grow beyond fails.  Only of funcref, else 0
  std::int64_t window_offset;  ///< of entry 0 from GS; page aligned, inside the table windows
  std::uint32_t address;       ///< ValueKind of an index: kI32 or kI64
  std::uint32_t reserved;
};
static_assert(sizeof(TableRecord) == 32);

struct MemoryRecord {
  std::uint64_t initial;       ///< wasm pages
  std::uint64_t declared_max;  ///< wasm pages, ~0 if none
  std::uint64_t base;          ///< of address 0 from GS; the end of the memory before it
  std::uint32_t shared;        ///< 0 or 1
  std::uint32_t address;       ///< ValueKind of an address: kI32 or kI64
  /// Compiled code cuts addresses to so many bits: 32, or up to 36 with 64-bit addresses.
  std::uint32_t address_bits;
  std::uint32_t reserved;
};
static_assert(sizeof(MemoryRecord) == 40);

/// Bytes from GS upwards that belong to an instance with these memories: compiled code never
/// reaches beyond.
/// Requires: checked records (object::Object).
constexpr std::uint64_t memory_span(std::span<const MemoryRecord> memories) noexcept {
  if (memories.empty()) return reserved_for(32);
  return memories.back().base + reserved_for(memories.back().address_bits);
}

struct GlobalRecord {
  std::uint32_t value;       ///< ValueKind
  std::uint32_t is_mutable;  ///< 0 or 1
  std::uint32_t
      first_word;  ///< of ThreadBlock::globals; v128 takes two; kNoIndex: a constant, `init`
  std::uint32_t reserved;
  ConstExpr init;  ///< of no meaning for an import
};
static_assert(sizeof(GlobalRecord) == 40);

/// What exceptions are told apart by; the parameters of its type are what they carry.
struct TagRecord {
  std::uint32_t type;  ///< index into types
};
static_assert(sizeof(TagRecord) == 4);

enum class SegmentMode : std::uint32_t { kActive = 0, kPassive = 1, kDeclared = 2 };

struct ElemRecord {
  std::uint32_t mode;  ///< SegmentMode
  std::uint32_t table;
  std::uint32_t element;  ///< ValueKind
  std::uint32_t first_item;
  std::uint32_t num_items;
  std::uint32_t reserved;
  ConstExpr offset;  ///< kActive only
};
static_assert(sizeof(ElemRecord) == 48);

struct DataRecord {
  std::uint32_t mode;
  std::uint32_t memory;
  Slice bytes;
  ConstExpr offset;  ///< kActive only
};
static_assert(sizeof(DataRecord) == 40);

/// What an unwinder needs at one return address.
struct CallSiteRecord {
  std::uint32_t return_offset;  ///< image offset of the instruction behind the call
  std::uint32_t function;       ///< index into functions; kNoIndex for adapters
  std::uint32_t frame_bytes;    ///< from rsp at the call to the caller's return address
  std::uint32_t landing_pad;    ///< image offset in the same function, kNoIndex if none
};
static_assert(sizeof(CallSiteRecord) == 16);

struct TrapRecord {
  std::uint32_t offset;  ///< image offset of the ud1
  std::uint32_t code;    ///< TrapCode
};
static_assert(sizeof(TrapRecord) == 8);

}  // namespace lind::vmabi
