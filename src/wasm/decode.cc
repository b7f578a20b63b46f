// A module is an eight-byte header and sections: id (one byte), size (LEB128), content.
// Known sections come at most once and in the order of kSectionRanks; custom ones anywhere.
// Source: WebAssembly 2.0 core specification, section 5.5.

#include "wasm/decode.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/result.h"
#include "wasm/const_expr_internal.h"
#include "wasm/limits.h"
#include "wasm/name_section_internal.h"
#include "wasm/reader.h"

namespace lind::wasm {
namespace {

constexpr std::uint32_t kMagic = 0x6d736100;  // "\0asm"
constexpr std::uint32_t kVersion = 1;
constexpr std::uint8_t kFunctionForm = 0x60;

// Flags in front of the limits of a table or memory.
constexpr std::uint8_t kMaxFlag = 1;
constexpr std::uint8_t kSharedFlag = 2;
constexpr std::uint8_t kWideFlag = 4;

ValueType address_type(std::uint8_t flags) {
  return (flags & kWideFlag) != 0 ? ValueType::kI64 : ValueType::kI32;
}

enum class SectionId : std::uint8_t {
  kCustom,
  kType,
  kImport,
  kFunction,
  kTable,
  kMemory,
  kGlobal,
  kExport,
  kStart,
  kElement,
  kCode,
  kData,
  kDataCount,
  kTag,
};
constexpr std::uint8_t kNumSections = 14;

// Place of each section in a module, by SectionId.
constexpr std::array<std::uint8_t, kNumSections> kSectionRanks = {0, 1, 2,  3,  4,  5,  7,
                                                                  8, 9, 10, 12, 13, 11, 6};

class Decoder {
 public:
  Decoder(std::span<const std::byte> bytes, const Features& features)
      : reader_(bytes), num_bytes_(bytes.size()) {
    module_.features = features;
  }

  ErrorOr<Module> decode();

 private:
  ErrorOr<void> decode_header();
  ErrorOr<void> decode_section();
  ErrorOr<void> decode_content(SectionId id, Reader& reader);
  ErrorOr<void> check_counts() const;

  ErrorOr<void> decode_custom(Reader& reader);
  ErrorOr<void> decode_type(Reader& reader);
  ErrorOr<void> decode_import(Reader& reader);
  ErrorOr<void> decode_function(Reader& reader);
  ErrorOr<void> decode_table(Reader& reader);
  ErrorOr<void> decode_memory(Reader& reader);
  ErrorOr<void> decode_tag(Reader& reader);
  ErrorOr<void> decode_global(Reader& reader);
  ErrorOr<void> decode_export(Reader& reader);
  ErrorOr<void> decode_element(Reader& reader);
  ErrorOr<void> decode_code(Reader& reader);
  ErrorOr<void> decode_data(Reader& reader);

  // Reads a count and then that many items, each with `decode_item`.
  ErrorOr<void> decode_items(Reader& reader, std::string_view what, std::uint32_t limit,
                             ErrorOr<void> (Decoder::*decode_item)(Reader&));

  ErrorOr<ExternKind> read_extern_kind(Reader& reader) const;
  ErrorOr<void> read_types(Reader& reader, std::string_view what, std::uint32_t limit,
                           std::vector<ValueType>& types) const;
  ErrorOr<Limits> read_limits(Reader& reader, std::uint8_t flags) const;
  /// \param known  The flags that may be set, besides those that a feature brings.
  ErrorOr<std::uint8_t> read_limit_flags(Reader& reader, std::string_view what,
                                         std::uint8_t known) const;
  ErrorOr<TableType> read_table_type(Reader& reader) const;
  ErrorOr<MemoryType> read_memory_type(Reader& reader) const;
  ErrorOr<GlobalType> read_global_type(Reader& reader) const;
  ErrorOr<void> read_element_kind(Reader& reader) const;
  ErrorOr<void> read_local_runs(Reader& reader, Function& function) const;
  ErrorOr<ConstExpr> read_item(Reader& reader, bool is_expression);

  ErrorOr<std::uint32_t> add_import(ExternKind kind, Reader& reader);
  void declare(const ConstExpr& expr);

  Reader reader_;
  std::size_t num_bytes_;
  std::uint8_t last_rank_ = 0;
  std::uint32_t num_bodies_ = 0;
  Module module_;
};

ErrorOr<Module> Decoder::decode() {
  if (num_bytes_ > kMaxModuleBytes) {
    return Error(fmt::format("module has {} bytes, the limit is {}", num_bytes_, kMaxModuleBytes));
  }
  LIND_TRY(decode_header());
  while (!reader_.done())
    LIND_TRY(decode_section());
  LIND_TRY(check_counts());
  for (const CustomSection& section : module_.custom_sections) {
    if (section.name == "name") set_function_names(section.bytes, module_.functions);
  }
  return std::move(module_);
}

ErrorOr<void> Decoder::decode_header() {
  const std::uint32_t magic = LIND_TRY(reader_.read_fixed_u32());
  if (magic != kMagic) return Error("not a WebAssembly module: it does not start with \\0asm");
  const std::uint32_t version = LIND_TRY(reader_.read_fixed_u32());
  if (version != kVersion) {
    return Error(fmt::format("WebAssembly version {} is unknown, {} expected", version, kVersion));
  }
  return {};
}

ErrorOr<void> Decoder::decode_section() {
  const std::uint32_t start = reader_.offset();
  const std::uint8_t id = LIND_TRY(reader_.read_u8());
  const bool is_known = id < kNumSections && (id != static_cast<std::uint8_t>(SectionId::kTag) ||
                                              module_.features.exceptions);
  if (!is_known) return Error(fmt::format("unknown section {} at offset {}", id, start));
  const std::uint32_t size = LIND_TRY(reader_.read_u32());
  if (size > reader_.remaining()) {
    return Error(fmt::format("section {} ends at {}, file has {} bytes", id,
                             std::uint64_t{reader_.offset()} + size, num_bytes_));
  }
  const std::uint8_t rank = kSectionRanks[id];
  if (rank != 0 && rank <= last_rank_) {
    return Error(fmt::format("section {} at offset {} is out of order or there twice", id, start));
  }
  if (rank != 0) last_rank_ = rank;

  Reader content = LIND_TRY(reader_.read_part(size));
  LIND_TRY(decode_content(static_cast<SectionId>(id), content));
  if (!content.done()) {
    return Error(fmt::format("section {} has {} bytes behind its content at offset {}", id,
                             content.remaining(), content.offset()));
  }
  return {};
}

ErrorOr<void> Decoder::decode_content(SectionId id, Reader& reader) {
  switch (id) {
    case SectionId::kCustom:
      return decode_custom(reader);
    case SectionId::kType:
      return decode_items(reader, "types", kMaxTypes, &Decoder::decode_type);
    case SectionId::kImport:
      return decode_items(reader, "imports", kMaxImports, &Decoder::decode_import);
    case SectionId::kFunction:
      return decode_items(reader, "functions", kMaxFunctions, &Decoder::decode_function);
    case SectionId::kTable:
      return decode_items(reader, "tables", kMaxTables, &Decoder::decode_table);
    case SectionId::kMemory:
      return decode_items(reader, "memories", kMaxMemories, &Decoder::decode_memory);
    case SectionId::kTag:
      return decode_items(reader, "tags", kMaxTags, &Decoder::decode_tag);
    case SectionId::kGlobal:
      return decode_items(reader, "globals", kMaxGlobals, &Decoder::decode_global);
    case SectionId::kExport:
      return decode_items(reader, "exports", kMaxExports, &Decoder::decode_export);
    case SectionId::kStart:
      module_.start = LIND_TRY(reader.read_u32());
      return {};
    case SectionId::kElement:
      return decode_items(reader, "element segments", kMaxElementSegments,
                          &Decoder::decode_element);
    case SectionId::kCode:
      return decode_items(reader, "function bodies", kMaxFunctions, &Decoder::decode_code);
    case SectionId::kData:
      return decode_items(reader, "data segments", kMaxDataSegments, &Decoder::decode_data);
    case SectionId::kDataCount:
      module_.data_count = LIND_TRY(reader.read_u32());
      return {};
  }
  return {};
}

ErrorOr<void> Decoder::decode_items(Reader& reader, std::string_view what, std::uint32_t limit,
                                    ErrorOr<void> (Decoder::*decode_item)(Reader&)) {
  const std::uint32_t count = LIND_TRY(reader.read_count(what, limit));
  for (std::uint32_t index = 0; index < count; ++index)
    LIND_TRY((this->*decode_item)(reader));
  return {};
}

ErrorOr<void> Decoder::check_counts() const {
  const std::size_t num_functions = module_.functions.size() - module_.num_imported_functions;
  if (num_functions != num_bodies_) {
    return Error(
        fmt::format("{} functions are declared, {} have a body", num_functions, num_bodies_));
  }
  if (module_.data_count && *module_.data_count != module_.data.size()) {
    return Error(fmt::format("{} data segments are announced, {} are there", *module_.data_count,
                             module_.data.size()));
  }
  return {};
}

ErrorOr<void> Decoder::decode_custom(Reader& reader) {
  const std::string_view name = LIND_TRY(reader.read_name());
  const std::span<const std::byte> bytes = LIND_TRY(reader.read_bytes(reader.remaining()));
  module_.custom_sections.push_back({.name = name, .bytes = bytes});
  return {};
}

ErrorOr<void> Decoder::decode_type(Reader& reader) {
  const std::uint32_t start = reader.offset();
  const std::uint8_t form = LIND_TRY(reader.read_u8());
  if (form != kFunctionForm) {
    return Error(fmt::format("type at offset {} has the unknown form {:#04x}", start, form));
  }
  FuncType type;
  LIND_TRY(read_types(reader, "parameters", kMaxParams, type.params));
  LIND_TRY(read_types(reader, "results", kMaxResults, type.results));
  module_.types.push_back(std::move(type));
  return {};
}

ErrorOr<void> Decoder::read_types(Reader& reader, std::string_view what, std::uint32_t limit,
                                  std::vector<ValueType>& types) const {
  const std::uint32_t count = LIND_TRY(reader.read_count(what, limit));
  types.reserve(count);
  for (std::uint32_t index = 0; index < count; ++index) {
    types.push_back(LIND_TRY(reader.read_value_type()));
  }
  return {};
}

ErrorOr<ExternKind> Decoder::read_extern_kind(Reader& reader) const {
  const std::uint32_t start = reader.offset();
  const std::uint8_t kind = LIND_TRY(reader.read_u8());
  const ExternKind last = module_.features.exceptions ? ExternKind::kTag : ExternKind::kGlobal;
  if (kind > static_cast<std::uint8_t>(last)) {
    return Error(fmt::format("unknown kind {} of import or export at offset {}", kind, start));
  }
  return static_cast<ExternKind>(kind);
}

ErrorOr<void> Decoder::decode_import(Reader& reader) {
  const std::string_view module = LIND_TRY(reader.read_name());
  const std::string_view name = LIND_TRY(reader.read_name());
  const ExternKind kind = LIND_TRY(read_extern_kind(reader));
  const std::uint32_t index = LIND_TRY(add_import(kind, reader));
  module_.imports.push_back({.module = module, .name = name, .kind = kind, .index = index});
  return {};
}

ErrorOr<std::uint32_t> Decoder::add_import(ExternKind kind, Reader& reader) {
  switch (kind) {
    case ExternKind::kFunction:
      LIND_TRY(decode_function(reader));
      return module_.num_imported_functions++;
    case ExternKind::kTable:
      LIND_TRY(decode_table(reader));
      return module_.num_imported_tables++;
    case ExternKind::kMemory:
      LIND_TRY(decode_memory(reader));
      return module_.num_imported_memories++;
    case ExternKind::kGlobal: {
      const GlobalType type = LIND_TRY(read_global_type(reader));
      module_.globals.push_back({.type = type, .init = {}});
      return module_.num_imported_globals++;
    }
    case ExternKind::kTag:
      LIND_TRY(decode_tag(reader));
      return module_.num_imported_tags++;
  }
  return std::uint32_t{0};
}

ErrorOr<void> Decoder::decode_function(Reader& reader) {
  module_.functions.emplace_back().type = LIND_TRY(reader.read_u32());
  return {};
}

ErrorOr<void> Decoder::decode_tag(Reader& reader) {
  const std::uint32_t start = reader.offset();
  const std::uint8_t attribute = LIND_TRY(reader.read_u8());
  if (attribute != 0) {
    return Error(fmt::format("unknown attribute {} of a tag at offset {}", attribute, start));
  }
  module_.tags.push_back({.type = LIND_TRY(reader.read_u32())});
  return {};
}

ErrorOr<Limits> Decoder::read_limits(Reader& reader, std::uint8_t flags) const {
  const auto read = [&reader, flags]() -> ErrorOr<std::uint64_t> {
    if ((flags & kWideFlag) != 0) return reader.read_u64();
    return std::uint64_t{LIND_TRY(reader.read_u32())};
  };
  Limits limits;
  limits.min = LIND_TRY(read());
  if ((flags & kMaxFlag) != 0) limits.max = LIND_TRY(read());
  return limits;
}

ErrorOr<std::uint8_t> Decoder::read_limit_flags(Reader& reader, std::string_view what,
                                                std::uint8_t known) const {
  const std::uint32_t start = reader.offset();
  const std::uint8_t flags = LIND_TRY(reader.read_u8());
  if (module_.features.memory64) known |= kWideFlag;
  if ((flags & ~known) == 0) return flags;
  return Error(fmt::format("unknown flags {} of a {} at offset {}", flags, what, start));
}

ErrorOr<TableType> Decoder::read_table_type(Reader& reader) const {
  const ValueType element = LIND_TRY(reader.read_reference_type());
  const std::uint8_t flags = LIND_TRY(read_limit_flags(reader, "table", kMaxFlag));
  const Limits limits = LIND_TRY(read_limits(reader, flags));
  return TableType{.element = element, .limits = limits, .address = address_type(flags)};
}

ErrorOr<void> Decoder::decode_table(Reader& reader) {
  const TableType type = LIND_TRY(read_table_type(reader));
  module_.tables.push_back({.type = type});
  return {};
}

ErrorOr<MemoryType> Decoder::read_memory_type(Reader& reader) const {
  const std::uint8_t known = module_.features.threads ? kMaxFlag | kSharedFlag : kMaxFlag;
  const std::uint8_t flags = LIND_TRY(read_limit_flags(reader, "memory", known));
  const Limits limits = LIND_TRY(read_limits(reader, flags));
  return MemoryType{
      .limits = limits, .is_shared = (flags & kSharedFlag) != 0, .address = address_type(flags)};
}

ErrorOr<void> Decoder::decode_memory(Reader& reader) {
  const MemoryType type = LIND_TRY(read_memory_type(reader));
  module_.memories.push_back({.type = type});
  return {};
}

ErrorOr<GlobalType> Decoder::read_global_type(Reader& reader) const {
  const ValueType value = LIND_TRY(reader.read_value_type());
  const std::uint32_t start = reader.offset();
  const std::uint8_t mutability = LIND_TRY(reader.read_u8());
  if (mutability > 1) {
    return Error(fmt::format("mutability at offset {} is {}, not 0 or 1", start, mutability));
  }
  return GlobalType{.value = value, .is_mutable = mutability == 1};
}

ErrorOr<void> Decoder::decode_global(Reader& reader) {
  const GlobalType type = LIND_TRY(read_global_type(reader));
  const ConstExpr init = LIND_TRY(read_const_expr(reader, module_.features, module_.const_steps));
  declare(init);
  module_.globals.push_back({.type = type, .init = init});
  return {};
}

ErrorOr<void> Decoder::decode_export(Reader& reader) {
  const std::string_view name = LIND_TRY(reader.read_name());
  const ExternKind kind = LIND_TRY(read_extern_kind(reader));
  const std::uint32_t index = LIND_TRY(reader.read_u32());
  if (kind == ExternKind::kFunction && index < module_.functions.size()) {
    module_.functions[index].is_declared = true;
  }
  module_.exports.push_back({.name = name, .kind = kind, .index = index});
  return {};
}

void Decoder::declare(const ConstExpr& expr) {
  if (expr.kind == ConstExpr::Kind::kFunction && expr.index < module_.functions.size()) {
    module_.functions[expr.index].is_declared = true;
  }
}

ErrorOr<void> Decoder::read_element_kind(Reader& reader) const {
  const std::uint32_t start = reader.offset();
  const std::uint8_t kind = LIND_TRY(reader.read_u8());
  if (kind != 0) return Error(fmt::format("unknown element kind {} at offset {}", kind, start));
  return {};
}

ErrorOr<ConstExpr> Decoder::read_item(Reader& reader, bool is_expression) {
  if (is_expression) return read_const_expr(reader, module_.features, module_.const_steps);
  const std::uint32_t function = LIND_TRY(reader.read_u32());
  return ConstExpr{
      .kind = ConstExpr::Kind::kFunction, .type = ValueType::kFuncRef, .index = function};
}

ErrorOr<void> Decoder::decode_element(Reader& reader) {
  constexpr std::uint32_t kNotActive = 1;
  constexpr std::uint32_t kExplicit = 2;  // active: a table is named; else: only declared
  constexpr std::uint32_t kExpressions = 4;
  const std::uint32_t start = reader.offset();
  const std::uint32_t flags = LIND_TRY(reader.read_u32());
  if (flags > kNotActive + kExplicit + kExpressions) {
    return Error(fmt::format("unknown flags {} of an element segment at offset {}", flags, start));
  }
  const bool is_active = (flags & kNotActive) == 0;
  const bool is_explicit = (flags & kExplicit) != 0;
  const bool has_expressions = (flags & kExpressions) != 0;

  ElementSegment& segment = module_.elements.emplace_back();
  if (is_active) {
    segment.mode = SegmentMode::kActive;
    if (is_explicit) segment.table = LIND_TRY(reader.read_u32());
    segment.offset = LIND_TRY(read_const_expr(reader, module_.features, module_.const_steps));
  } else {
    segment.mode = is_explicit ? SegmentMode::kDeclared : SegmentMode::kPassive;
  }
  if (!is_active || is_explicit) {
    if (has_expressions) {
      segment.type = LIND_TRY(reader.read_reference_type());
    } else {
      LIND_TRY(read_element_kind(reader));
    }
  }
  const std::uint32_t count = LIND_TRY(reader.read_count("elements", kMaxElementItems));
  segment.items.reserve(count);
  for (std::uint32_t index = 0; index < count; ++index) {
    segment.items.push_back(LIND_TRY(read_item(reader, has_expressions)));
    declare(segment.items.back());
  }
  return {};
}

ErrorOr<void> Decoder::read_local_runs(Reader& reader, Function& function) const {
  const std::uint32_t start = reader.offset();
  const std::uint32_t num_runs = LIND_TRY(reader.read_count("runs of locals", kMaxLocals));
  std::uint64_t num_locals = 0;
  for (std::uint32_t run = 0; run < num_runs; ++run) {
    const std::uint32_t count = LIND_TRY(reader.read_u32());
    const ValueType type = LIND_TRY(reader.read_value_type());
    num_locals += count;
    if (num_locals > kMaxLocals) {
      return Error(fmt::format("{} or more locals at offset {}, the limit is {}", num_locals, start,
                               kMaxLocals));
    }
    function.locals.push_back({.count = count, .type = type});
  }
  return {};
}

ErrorOr<void> Decoder::decode_code(Reader& reader) {
  const std::size_t index = std::size_t{module_.num_imported_functions} + num_bodies_;
  if (index >= module_.functions.size()) {
    return Error(fmt::format("function body at offset {} has no declaration", reader.offset()));
  }
  const std::uint32_t size = LIND_TRY(reader.read_u32());
  if (size > kMaxFunctionBytes) {
    return Error(
        fmt::format("function {} has {} bytes, the limit is {}", index, size, kMaxFunctionBytes));
  }
  Reader body = LIND_TRY(reader.read_part(size));
  Function& function = module_.functions[index];
  LIND_TRY(read_local_runs(body, function));
  function.body_offset = body.offset();
  function.body = LIND_TRY(body.read_bytes(body.remaining()));
  ++num_bodies_;
  return {};
}

ErrorOr<void> Decoder::decode_data(Reader& reader) {
  constexpr std::uint32_t kPassive = 1;
  constexpr std::uint32_t kExplicit = 2;
  const std::uint32_t start = reader.offset();
  const std::uint32_t flags = LIND_TRY(reader.read_u32());
  if (flags > kExplicit) {
    return Error(fmt::format("unknown flags {} of a data segment at offset {}", flags, start));
  }
  DataSegment& segment = module_.data.emplace_back();
  if (flags != kPassive) {
    segment.mode = SegmentMode::kActive;
    if (flags == kExplicit) segment.memory = LIND_TRY(reader.read_u32());
    segment.offset = LIND_TRY(read_const_expr(reader, module_.features, module_.const_steps));
  }
  const std::uint32_t size = LIND_TRY(reader.read_u32());
  segment.bytes = LIND_TRY(reader.read_bytes(size));
  return {};
}

}  // namespace

ErrorOr<Module> decode_module(std::span<const std::byte> bytes, const Features& features) {
  return Decoder(bytes, features).decode();
}

}  // namespace lind::wasm
