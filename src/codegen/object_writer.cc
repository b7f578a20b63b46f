#include <elf.h>

#include <array>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/core.h>

#include "base/units.h"
#include "codegen/object_writer_internal.h"

namespace lind::codegen {
namespace {

using vmabi::kNoIndex;
using vmabi::Slice;

template <typename T>
std::span<const std::byte> bytes_of(const std::vector<T>& records) {
  return std::as_bytes(std::span(records));
}

/// `.lind.pool`: strings are stored once.
class Pool {
 public:
  Slice add(std::string_view text) {
    const auto [known, is_new] = slices_.try_emplace(std::string(text));
    if (is_new) known->second = add_bytes(std::as_bytes(std::span(text)));
    return known->second;
  }
  Slice add(std::span<const wasm::ValueType> types) {
    std::string text;
    for (const wasm::ValueType type : types)
      text += static_cast<char>(type);
    return add(text);
  }
  Slice add_bytes(std::span<const std::byte> bytes) {
    const Slice slice{static_cast<std::uint32_t>(bytes_.size()),
                      static_cast<std::uint32_t>(bytes.size())};
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return slice;
  }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
  std::unordered_map<std::string, Slice> slices_;
};

vmabi::ConstExpr to_record(const wasm::ConstExpr& expr) {
  vmabi::ConstKind kind = vmabi::ConstKind::kValue;
  switch (expr.kind) {
    case wasm::ConstExpr::Kind::kValue:
      kind = vmabi::ConstKind::kValue;
      break;
    case wasm::ConstExpr::Kind::kGlobal:
      kind = vmabi::ConstKind::kGlobal;
      break;
    case wasm::ConstExpr::Kind::kFunction:
      kind = vmabi::ConstKind::kFunction;
      break;
    case wasm::ConstExpr::Kind::kNull:
      kind = vmabi::ConstKind::kNull;
      break;
    case wasm::ConstExpr::Kind::kSteps:
      kind = vmabi::ConstKind::kSteps;
      break;
  }
  return {static_cast<std::uint32_t>(kind), expr.index, expr.low, expr.high};
}

vmabi::ConstOp const_op(wasm::Opcode opcode) {
  using wasm::Opcode;
  if (opcode == Opcode::kI32Const) return vmabi::ConstOp::kI32;
  if (opcode == Opcode::kI64Const) return vmabi::ConstOp::kI64;
  if (opcode == Opcode::kGlobalGet) return vmabi::ConstOp::kGlobal;
  if (opcode == Opcode::kI32Add) return vmabi::ConstOp::kI32Add;
  if (opcode == Opcode::kI32Sub) return vmabi::ConstOp::kI32Sub;
  if (opcode == Opcode::kI32Mul) return vmabi::ConstOp::kI32Mul;
  if (opcode == Opcode::kI64Add) return vmabi::ConstOp::kI64Add;
  if (opcode == Opcode::kI64Sub) return vmabi::ConstOp::kI64Sub;
  return vmabi::ConstOp::kI64Mul;
}

std::uint32_t to_record(wasm::SegmentMode mode) {
  switch (mode) {
    case wasm::SegmentMode::kActive:
      return static_cast<std::uint32_t>(vmabi::SegmentMode::kActive);
    case wasm::SegmentMode::kPassive:
      return static_cast<std::uint32_t>(vmabi::SegmentMode::kPassive);
    case wasm::SegmentMode::kDeclared:
      break;
  }
  return static_cast<std::uint32_t>(vmabi::SegmentMode::kDeclared);
}

vmabi::HeaderRecord make_header(const wasm::Module& module, const Plan& plan, const Image& image,
                                std::string_view cpu) {
  const auto word = [&](std::uint32_t global) {
    return global == kNoIndex ? kNoIndex : plan.first_word[global];
  };
  vmabi::HeaderRecord header{};
  header.magic = vmabi::kObjectMagic;
  header.version = vmabi::kObjectVersion;
  header.flags = plan.is_exact() ? 0 : vmabi::kFlagLindProgram;
  if (cpu != "x86-64-v2") header.flags |= vmabi::kFlagNeedsV3;
  header.start_function = module.start.value_or(kNoIndex);
  header.text_size = static_cast<std::uint32_t>(image.text.size());
  header.rodata_offset = image.rodata_offset;
  header.rodata_size = static_cast<std::uint32_t>(image.rodata.size());
  header.num_global_words = plan.num_global_words;
  header.stack_pointer_word = word(plan.stack_pointer_global);
  header.tls_base_word = word(plan.tls_base_global);
  header.num_imported_functions = module.num_imported_functions;
  return header;
}

std::vector<std::string> function_names(const wasm::Module& module) {
  std::vector<std::string> names;
  for (const wasm::Function& function : module.functions)
    names.emplace_back(function.name);
  for (const wasm::Export& item : module.exports) {
    if (item.kind == wasm::ExternKind::kFunction && names[item.index].empty()) {
      names[item.index] = item.name;
    }
  }
  for (const wasm::Import& import : module.imports) {
    if (import.kind == wasm::ExternKind::kFunction && names[import.index].empty()) {
      names[import.index] = import.name;
    }
  }
  return names;
}

/// An ELF file in the making: sections in the order they are added.
class ElfWriter {
 public:
  ElfWriter() { add("", SHT_NULL, 0, 0, {}); }

  std::uint32_t add(std::string_view name, std::uint32_t type, std::uint64_t flags,
                    std::uint64_t alignment, std::span<const std::byte> bytes,
                    std::uint64_t entry_size = 0) {
    Elf64_Shdr header{};
    header.sh_name = static_cast<Elf64_Word>(names_.size());
    header.sh_type = type;
    header.sh_flags = flags;
    header.sh_addralign = alignment;
    header.sh_size = bytes.size();
    header.sh_entsize = entry_size;
    names_.append(name).push_back('\0');
    headers_.push_back(header);
    contents_.push_back(bytes);
    return static_cast<std::uint32_t>(headers_.size() - 1);
  }
  template <typename T>
  void add_records(std::string_view name, const std::vector<T>& records) {
    if (!records.empty()) add(name, SHT_PROGBITS, 0, alignof(T), bytes_of(records), sizeof(T));
  }
  Elf64_Shdr& header(std::uint32_t section) { return headers_[section]; }

  ErrorOr<std::vector<std::byte>> finish() {
    const std::uint32_t names = add(".shstrtab", SHT_STRTAB, 0, 1, {});
    contents_[names] = std::as_bytes(std::span(names_));
    headers_[names].sh_size = names_.size();
    std::uint64_t end = sizeof(Elf64_Ehdr);
    for (std::size_t i = 1; i < headers_.size(); ++i) {
      headers_[i].sh_offset = align_up(end, headers_[i].sh_addralign);
      end = headers_[i].sh_offset + headers_[i].sh_size;
    }
    const std::uint64_t table = align_up(end, alignof(Elf64_Shdr));
    const std::uint64_t size = table + headers_.size() * sizeof(Elf64_Shdr);
    if (size > std::numeric_limits<std::uint32_t>::max()) {
      return Error(fmt::format("object of {} bytes is too large", size));
    }
    std::vector<std::byte> file(size);
    const Elf64_Ehdr elf_header = make_elf_header(table, names);
    std::memcpy(file.data(), &elf_header, sizeof elf_header);
    for (std::size_t i = 1; i < headers_.size(); ++i) {
      if (contents_[i].empty()) continue;
      std::memcpy(file.data() + headers_[i].sh_offset, contents_[i].data(), contents_[i].size());
    }
    std::memcpy(file.data() + table, headers_.data(), headers_.size() * sizeof(Elf64_Shdr));
    return file;
  }

 private:
  Elf64_Ehdr make_elf_header(std::uint64_t table, std::uint32_t names) const {
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_DYN;
    header.e_machine = EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_shoff = table;
    header.e_ehsize = sizeof(Elf64_Ehdr);
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = static_cast<Elf64_Half>(headers_.size());
    header.e_shstrndx = static_cast<Elf64_Half>(names);
    return header;
  }

  std::vector<Elf64_Shdr> headers_;
  std::vector<std::span<const std::byte>> contents_;
  std::string names_;
};

/// The records of one object; ElfWriter keeps spans of them.
class ObjectWriter {
 public:
  ObjectWriter(const wasm::Module& module, const Plan& plan, const Image& image,
               std::string_view cpu)
      : module_(module), plan_(plan), image_(image), names_(function_names(module)) {
    header_.push_back(make_header(module, plan, image, cpu));
    collect_declarations();
    collect_functions();
    collect_storage();
    collect_segments();
    collect_symbols();
  }

  ErrorOr<std::vector<std::byte>> write(std::span<const std::byte, 32> key) {
    if (pool_.bytes().size() > std::numeric_limits<std::uint32_t>::max()) {
      return Error(fmt::format("module with {} bytes of data is too large", pool_.bytes().size()));
    }
    ElfWriter elf;
    const std::uint32_t text = elf.add(vmabi::kSectionText, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR,
                                       kHostPageSize, bytes_of(image_.text));
    if (!image_.rodata.empty()) {
      const std::uint32_t rodata = elf.add(vmabi::kSectionRodata, SHT_PROGBITS, SHF_ALLOC,
                                           kHostPageSize, bytes_of(image_.rodata));
      elf.header(rodata).sh_addr = image_.rodata_offset;
    }
    elf.add_records(vmabi::kSectionHeader, header_);
    elf.add_records(vmabi::kSectionTypes, types_);
    elf.add_records(vmabi::kSectionImports, imports_);
    elf.add_records(vmabi::kSectionExports, exports_);
    elf.add_records(vmabi::kSectionFunctions, functions_);
    elf.add_records(vmabi::kSectionTables, tables_);
    elf.add_records(vmabi::kSectionMemories, memories_);
    elf.add_records(vmabi::kSectionGlobals, globals_);
    elf.add_records(vmabi::kSectionTags, tags_);
    elf.add_records(vmabi::kSectionElems, elems_);
    elf.add_records(vmabi::kSectionElemItems, elem_items_);
    elf.add_records(vmabi::kSectionConstSteps, const_steps_);
    elf.add_records(vmabi::kSectionData, data_);
    elf.add_records(vmabi::kSectionPool, pool_.bytes());
    elf.add_records(vmabi::kSectionCallSites, image_.call_sites);
    elf.add_records(vmabi::kSectionTraps, image_.traps);
    elf.add_records(vmabi::kSectionFsSites, image_.fs_sites);
    elf.add(vmabi::kSectionKey, SHT_PROGBITS, 0, 1, key);
    static constexpr std::array<std::byte, 32> kNotSealed{};
    elf.add(vmabi::kSectionDigest, SHT_PROGBITS, 0, 1, kNotSealed);
    for (Elf64_Sym& symbol : symbols_) {
      if (symbol.st_size != 0) symbol.st_shndx = static_cast<Elf64_Section>(text);
    }
    const std::uint32_t symbols =
        elf.add(".symtab", SHT_SYMTAB, 0, 8, bytes_of(symbols_), sizeof(Elf64_Sym));
    elf.header(symbols).sh_link =
        elf.add(".strtab", SHT_STRTAB, 0, 1, std::as_bytes(std::span(symbol_names_)));
    elf.header(symbols).sh_info = static_cast<Elf64_Word>(symbols_.size());  // all are local
    return elf.finish();
  }

 private:
  void collect_declarations() {
    for (std::size_t i = 0; i < module_.types.size(); ++i) {
      types_.push_back({plan_.type_ids[i], pool_.add(std::span(module_.types[i].params)),
                        pool_.add(std::span(module_.types[i].results)), 0});
    }
    for (const wasm::Import& import : module_.imports) {
      imports_.push_back({static_cast<std::uint32_t>(import.kind), import.index,
                          pool_.add(import.module), pool_.add(import.name)});
    }
    for (const wasm::Export& item : module_.exports) {
      exports_.push_back({static_cast<std::uint32_t>(item.kind), item.index, pool_.add(item.name)});
    }
  }

  void collect_functions() {
    functions_ = make_function_records(image_);
    for (std::size_t i = 0; i < functions_.size(); ++i) {
      functions_[i].type = module_.functions[i].type;
      functions_[i].name = pool_.add(names_[i]);
    }
  }

  void collect_storage() {
    tables_ = make_table_records(plan_);
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      const wasm::TableType& type = module_.tables[i].type;
      tables_[i].element = static_cast<std::uint32_t>(type.element);
      tables_[i].initial = static_cast<std::uint32_t>(type.limits.min);
      tables_[i].declared_max = static_cast<std::uint32_t>(
          std::min<std::uint64_t>(type.limits.max.value_or(kNoIndex), kNoIndex));
      tables_[i].address = static_cast<std::uint32_t>(type.address);
    }
    for (std::size_t i = 0; i < module_.memories.size(); ++i) {
      const wasm::MemoryType& type = module_.memories[i].type;
      memories_.push_back({type.limits.min, type.limits.max.value_or(~std::uint64_t{0}),
                           plan_.memories[i].base, type.is_shared ? 1U : 0U,
                           static_cast<std::uint32_t>(type.address), plan_.memories[i].address_bits,
                           0});
    }
    for (const wasm::Tag& tag : module_.tags)
      tags_.push_back({tag.type});
    for (std::size_t i = 0; i < module_.globals.size(); ++i) {
      const wasm::Global& global = module_.globals[i];
      globals_.push_back({static_cast<std::uint32_t>(global.type.value),
                          global.type.is_mutable ? 1U : 0U, plan_.first_word[i], 0,
                          to_record(global.init)});
    }
  }

  void collect_segments() {
    for (const wasm::ConstStep& step : module_.const_steps) {
      const_steps_.push_back(
          {static_cast<std::uint32_t>(const_op(step.opcode)), step.index, step.bits});
    }
    for (const wasm::ElementSegment& segment : module_.elements) {
      elems_.push_back(
          {to_record(segment.mode), segment.table, static_cast<std::uint32_t>(segment.type),
           static_cast<std::uint32_t>(elem_items_.size()),
           static_cast<std::uint32_t>(segment.items.size()), 0, to_record(segment.offset)});
      for (const wasm::ConstExpr& item : segment.items)
        elem_items_.push_back(to_record(item));
    }
    for (const wasm::DataSegment& segment : module_.data) {
      data_.push_back({to_record(segment.mode), segment.memory, pool_.add_bytes(segment.bytes),
                       to_record(segment.offset)});
    }
  }

  void collect_symbols() {
    symbols_.push_back({});
    symbol_names_.push_back('\0');
    for (std::size_t i = 0; i < names_.size(); ++i) {
      add_symbol(names_[i].empty() ? fmt::format("function[{}]", i) : names_[i],
                 image_.functions[i]);
      if (image_.adapters[i].size == 0) continue;
      add_symbol(fmt::format("entry[{}]", i), image_.adapters[i]);
    }
  }

  void add_symbol(const std::string& name, const CodeRange& code) {
    Elf64_Sym symbol{};
    symbol.st_name = static_cast<Elf64_Word>(symbol_names_.size());
    symbol.st_info = ELF64_ST_INFO(STB_LOCAL, STT_FUNC);
    symbol.st_value = code.offset;
    symbol.st_size = code.size;
    symbols_.push_back(symbol);
    symbol_names_.append(name).push_back('\0');
  }

  const wasm::Module& module_;
  const Plan& plan_;
  const Image& image_;
  std::vector<std::string> names_;
  Pool pool_;
  std::vector<vmabi::HeaderRecord> header_;
  std::vector<vmabi::TypeRecord> types_;
  std::vector<vmabi::ImportRecord> imports_;
  std::vector<vmabi::ExportRecord> exports_;
  std::vector<vmabi::FunctionRecord> functions_;
  std::vector<vmabi::TableRecord> tables_;
  std::vector<vmabi::MemoryRecord> memories_;
  std::vector<vmabi::GlobalRecord> globals_;
  std::vector<vmabi::TagRecord> tags_;
  std::vector<vmabi::ElemRecord> elems_;
  std::vector<vmabi::ConstExpr> elem_items_;
  std::vector<vmabi::ConstStepRecord> const_steps_;
  std::vector<vmabi::DataRecord> data_;
  std::vector<Elf64_Sym> symbols_;
  std::string symbol_names_;
};

}  // namespace

std::vector<vmabi::FunctionRecord> make_function_records(const Image& image) {
  std::vector<vmabi::FunctionRecord> records;
  for (std::size_t i = 0; i < image.functions.size(); ++i) {
    const CodeRange& code = image.functions[i];
    const CodeRange& adapter = image.adapters[i];
    records.push_back({.type = 0,
                       .code_offset = code.offset,
                       .code_size = code.size,
                       .entry_offset = adapter.size != 0 ? adapter.offset : kNoIndex,
                       .frame_bytes = code.frame_bytes,
                       .saved_regs = code.saved_regs,
                       .name = {}});
  }
  return records;
}

std::vector<vmabi::TableRecord> make_table_records(const Plan& plan) {
  std::vector<vmabi::TableRecord> records;
  for (const TablePlan& table : plan.tables) {
    records.push_back({.element = 0,
                       .initial = 0,
                       .declared_max = 0,
                       .capacity = table.capacity,
                       .window_offset = table.window_offset,
                       .address = static_cast<std::uint32_t>(vmabi::ValueKind::kI32),
                       .reserved = 0});
  }
  return records;
}

ErrorOr<std::vector<std::byte>> write_object(const wasm::Module& module, const Plan& plan,
                                             const Image& image, std::string_view cpu,
                                             std::span<const std::byte, 32> key) {
  return ObjectWriter(module, plan, image, cpu).write(key);
}

}  // namespace lind::codegen
